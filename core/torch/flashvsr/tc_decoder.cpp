#include "core/torch/flashvsr/tc_decoder.h"

#include "core/torch/flashvsr/pixel_order.h"
#include "core/torch/flashvsr/tc_layers.h"
#include "core/torch/flashvsr/upsampling.h"
#include "core/torch/kernels/convolution.h"
#include "core/torch/runtime/stage.h"

namespace videoenhance {
namespace {

constexpr auto kChannelsLast = at::MemoryFormat::ChannelsLast;
constexpr int kFramesPerLatent = 4;
constexpr int kSurplus = 3;  // frames before a stream's first one that its first latent also gives
tl::unexpected<Error> refuse(const std::string& file, const std::string& trouble, const std::string& detail) {
  return fail(ErrorKind::kBadModel,
              "The tiny decoder's weights " + file + " cannot be used: " + trouble +
                  " Use FlashVSR's own TCDecoder.ckpt.",
              detail);
}

// Why a first layer that reads `inputs` channels does not fit.
std::string misfit(std::int64_t inputs) {
  const std::string own = "; FlashVSR's latents have 16.";
  constexpr std::int64_t kWan22 = 48, kHunyuan = 32;
  for (const std::int64_t condition : {std::int64_t{0}, TcShape::kCondition}) {
    if (inputs == condition + kWan22)
      return "decoder.1.weight reads latents of 48 channels, those of Wan 2.2" + own;
    if (inputs == condition + kHunyuan)
      return "decoder.1.weight reads latents of 32 channels, those of HunyuanVideo 1.5" + own;
  }
  if (inputs == TcShape::kLatents) {
    return "decoder.1.weight reads latents alone, so this is a plain TAEHV (such as taew2_1), which is not "
           "conditioned on the input.";
  }
  return "decoder.1.weight reads a condition of " + std::to_string(inputs - TcShape::kLatents) +
         " channels besides the latents instead of " + std::to_string(TcShape::kCondition) + ".";
}

void add_convolution(ShapesByKey& shapes, const std::string& name, std::int64_t outputs, std::int64_t inputs,
                     bool bias) {
  shapes[name + ".weight"] = {outputs, inputs, 3, 3};
  if (bias) shapes[name + ".bias"] = {outputs};
}

// 3 tanh(x / 3) of the condition of four frames [3,4,H,W] and of their latent [16,H/8,W/8], as
// [1,784,H/8,W/8] of the type, its channels last.
at::Tensor network_input(const at::Tensor& frames, const at::Tensor& latent, c10::ScalarType type) {
  const at::Tensor out = at::empty({latent.size(1), latent.size(2), TcShape::kCondition + TcShape::kLatents},
                                   latent.options().dtype(type));
  unshuffle_clamped(frames, out);
  const at::Tensor said = (latent / 3).tanh() * 3;
  out.narrow(2, TcShape::kCondition, TcShape::kLatents).copy_(said.permute({1, 2, 0}));
  return out.permute({2, 0, 1}).unsqueeze(0);
}

void check_sizes(const DecoderState& state, const at::Tensor& latent, const at::Tensor& condition) {
  TORCH_CHECK_VALUE(latent.dim() == 4 && latent.size(0) == TcShape::kLatents && latent.size(1) > 0,
                    "latents [16,f,H/8,W/8] are needed, these are ", latent.sizes());
  const std::int64_t frames = kFramesPerLatent * latent.size(1) - (state.started ? 0 : kSurplus);
  const std::array<std::int64_t, 4> wanted = {3, frames, 8 * latent.size(2), 8 * latent.size(3)};
  TORCH_CHECK_VALUE(condition.sizes() == at::IntArrayRef(wanted), "a condition ", at::IntArrayRef(wanted),
                    " is needed, this is ", condition.sizes());
}

}  // namespace

// ----------------------------------------------------------------------------------------------------
// loading

Result<TcShape> TcShape::read(const ShapesByKey& shapes, const std::string& file) {
  TcShape shape{};
  for (std::size_t i = 0; i < kTcWidthLayers.size(); ++i) {
    const std::string key = tc_key(kTcWidthLayers[i]);
    const auto entry = shapes.find(key);
    if (entry == shapes.end() || entry->second.size() != 4 || entry->second[0] < 1)
      return refuse(file, key + " is missing or no convolution.", key);
    if (i == 0 && entry->second[1] != kCondition + kLatents)
      return refuse(file, misfit(entry->second[1]), key);
    shape.widths[i] = entry->second[0];
  }
  for (std::size_t i = 0; i < kTcGrowthLayers.size(); ++i) {
    shape.grown[i] = kTcGrowthSteps[i] * shape.widths[i];
    const auto entry = shapes.find(tc_key(kTcGrowthLayers[i], ".conv.weight"));
    if (entry != shapes.end() && !entry->second.empty())
      shape.grown[i] = std::max(shape.grown[i], entry->second[0]);
  }
  return shape;
}

ShapesByKey TcShape::expected_shapes() const {
  ShapesByKey shapes;
  add_convolution(shapes, tc_key(1, ""), widths[0], kCondition + kLatents, true);
  add_convolution(shapes, tc_key(3, ""), widths[0], widths[0], false);
  for (std::size_t level = 0; level < kTcFirstBlocks.size(); ++level) {
    const std::int64_t width = widths[level];
    for (int block = kTcFirstBlocks[level]; block < kTcFirstBlocks[level] + 3; ++block) {
      add_convolution(shapes, tc_key(block, ".conv.0"), width, 2 * width, true);
      add_convolution(shapes, tc_key(block, ".conv.2"), width, width, true);
      add_convolution(shapes, tc_key(block, ".conv.4"), width, width, true);
    }
    shapes[tc_key(kTcGrowthLayers[level], ".conv.weight")] = {grown[level], width, 1, 1};
    add_convolution(shapes, tc_key(kTcWidthLayers[level + 1], ""), widths[level + 1], width, false);
  }
  add_convolution(shapes, tc_key(24, ""), widths[3], widths[3], false);
  add_convolution(shapes, tc_key(26, ""), 3, widths[3], true);
  return shapes;
}

Result<std::shared_ptr<const LatentDecoder>> load_tc_decoder(const WeightBinder& weights, c10::Device device,
                                                             c10::ScalarType type) {
  const auto shape = TcShape::read(weights.shapes(), weights.file_name());
  if (!shape) return tl::unexpected(shape.error());
  const auto tensors = weights.take(shape->expected_shapes(), device);
  if (!tensors) return tl::unexpected(tensors.error());
  return std::make_shared<const TcDecoder>(*shape, *tensors, type);
}

TcDecoder::TcDecoder(const TcShape& shape, const TensorsByKey& tensors, c10::ScalarType type)
    : shape_(shape), type_(type) {
  if (RowDecoder::suits(tensors, type)) {
    rows_.emplace(tensors, type);
    bytes_ = rows_->bytes();
    return;
  }
  head_ = {layer(tensors.at(tc_key(1)), tensors.at(tc_key(1, ".bias"))), layer(tensors.at(tc_key(3)), {})};
  first_blocks_ = memory_blocks(tensors, kTcFirstBlocks[0]);
  for (int level = 0; level < 2; ++level) {
    levels_[level].growth = growth(tensors, level);
    levels_[level].blocks = memory_blocks(tensors, kTcFirstBlocks[level + 1]);
  }
  last_growth_ = growth(tensors, 2);
  const TcTail tail = tc_tail(tensors);
  tail_ = {layer(tail.first, {}), layer(tail.last, tail.bias)};
}

TcDecoder::Layer TcDecoder::layer(const at::Tensor& weight, const at::Tensor& bias) {
  const at::Tensor stored = weight.to(type_).contiguous(kChannelsLast);
  bytes_ += stored.nbytes() + (bias.defined() ? bias.numel() * stored.element_size() : 0);
  return {stored, bias.defined() ? bias.to(type_) : bias};
}

std::array<TcDecoder::MemoryBlock, 3> TcDecoder::memory_blocks(const TensorsByKey& tensors, int first) {
  std::array<MemoryBlock, 3> blocks;
  for (int index = 0; index < 3; ++index) {
    const auto [weights, biases, remembers] = tc_block(tensors, first + index);
    const std::int64_t remembered = remembers ? weights[1].size(0) : 0;
    blocks[index] = {first + index, static_cast<std::uint64_t>(remembered), {}};
    for (int i = 0; i < 3; ++i) blocks[index].layers[i] = layer(weights[i], biases[i]);
  }
  return blocks;
}

// Phases of each step.
std::vector<TcDecoder::Layer> TcDecoder::growth(const TensorsByKey& tensors, std::size_t index) {
  std::vector<Layer> layers;
  for (const auto& weight : tc_growth(tensors, index)) layers.push_back(layer(phase_weights(weight), {}));
  return layers;
}

// ------------------------------------------------------------------------------------------------------
// memory

// The inputs of the memory blocks at each of three sizes.
std::uint64_t TcDecoder::state_bytes(std::int64_t height, std::int64_t width) const {
  const auto pixels = static_cast<std::uint64_t>(height * width);
  std::uint64_t elements = 0;
  const std::array levels = {&first_blocks_, &levels_[0].blocks, &levels_[1].blocks};
  for (std::size_t level = 0; level < levels.size(); ++level) {
    for (const auto& block : *levels[level]) elements += block.remembered * pixels / (64u >> (2 * level));
  }
  return elements * c10::elementSize(type_);
}

// What the CPU's allocator was seen to keep for latents. Each level asks for sizes of its own: the phases and
// the picture that they become, and the layers' results. Besides: the network's input in float32 while it is
// made of condition and latent, the frames, and weights in the order that the convolutions want.
std::uint64_t TcDecoder::work_bytes(std::int64_t height, std::int64_t width) const {
  constexpr double kInput = 5.0 * (TcShape::kCondition + TcShape::kLatents) / 64,
                   kFrames = kFramesPerLatent * 3;
  const auto& [eighth, quarter, half, full] = shape_.widths;
  double elements = 5.0 / 64 * static_cast<double>(eighth);
  if (!rows_) {
    elements += 3.0 * static_cast<double>(full) + 5.0 / 4 * static_cast<double>(half) +
                5.0 / 16 * static_cast<double>(quarter);
  }
  const double per_pixel =
      elements * static_cast<double>(c10::elementSize(type_)) + (kInput + kFrames) * sizeof(float);
  return static_cast<std::uint64_t>(per_pixel * static_cast<double>(height * width)) +
         (rows_ ? rows_->work_bytes(height, width) : 0) + bytes_;
}

// --------------------------------------------------------------------------------------------------------
// pictures

at::Tensor TcDecoder::remember(DecoderState& state, const std::array<MemoryBlock, 3>& blocks,
                               at::Tensor x) const {
  const StageScope stage("decoder, blocks with memory");
  for (const auto& block : blocks) {
    at::Tensor known = x;
    if (block.remembered > 0) {
      auto& memory = state.memory[block.key];
      known = join_channels(x, memory.empty() ? at::zeros_like(x) : memory[0]);
      memory = {x};
    }
    const auto& [first, second, third] = block.layers;
    known = convolve_relu(convolve_relu(known, first.weight, first.bias), second.weight, second.bias);
    x = convolve_add_relu(known, third.weight, third.bias, x);
  }
  return x;
}

void TcDecoder::draw(const at::Tensor& x, const Layer& growth, DecodedFrames& frames) const {
  const StageScope stage("decoder, full size");
  const auto& [first, last] = tail_;
  const at::Tensor full = convolve_relu(upsample_convolve_relu(x, growth.weight), first.weight, first.bias);
  frames.add(at::conv2d(full, last.weight.plain(), last.bias, 1, 1));
}

// Depth first: each step in time goes through all finer levels before the next one, so that little waits.
void TcDecoder::decode_one(DecoderState& state, const at::Tensor& input, int surplus,
                           DecodedFrames& frames) const {
  at::Tensor x = convolve_relu(input, head_[0].weight, head_[0].bias);
  x = convolve_relu(x, head_[1].weight, head_[1].bias);
  x = remember(state, first_blocks_, x);
  x = remember(state, levels_[0].blocks, upsample_convolve(x, levels_[0].growth[0].weight.plain()));
  for (const auto& step : levels_[1].growth) {
    const at::Tensor y = remember(state, levels_[1].blocks, upsample_convolve(x, step.weight.plain()));
    for (const auto& last_step : last_growth_) {
      if (surplus-- <= 0) draw(y, last_step, frames);
    }
  }
}

void TcDecoder::skip(DecoderState& state, const at::Tensor& latent, const at::Tensor& condition) const {
  if (!rows_) return LatentDecoder::skip(state, latent, condition);
  check_sizes(state, latent, condition);
  state.started = true;
}

at::Tensor TcDecoder::decode(DecoderState& state, const at::Tensor& latent,
                             const at::Tensor& condition) const {
  const StageScope stage("decoder");
  check_sizes(state, latent, condition);
  DecodedFrames frames(latent, state.started);
  for (std::int64_t i = 0, next = 0; i < latent.size(1); ++i) {
    const int surplus = state.started ? 0 : kSurplus, seen = kFramesPerLatent - surplus;
    at::Tensor group = condition.narrow(1, next, seen);
    if (surplus > 0) group = at::cat({group.expand({-1, surplus, -1, -1}), group}, 1);
    if (rows_) {
      rows_->decode(latent.select(1, i), group, surplus, frames);
    } else {
      decode_one(state, network_input(group, latent.select(1, i), type_), surplus, frames);
    }
    state.started = true;
    next += seen;
  }
  return frames.tensor();
}

}  // namespace videoenhance
