#include "core/torch/flashvsr/tc_decoder.h"

#include <ATen/ops/einsum.h>

#include "core/torch/flashvsr/phases.h"
#include "core/torch/flashvsr/pixel_order.h"
#include "core/torch/flashvsr/upsampling.h"
#include "core/torch/runtime/stage.h"

namespace videoenhance {
namespace {

constexpr auto kChannelsLast = at::MemoryFormat::ChannelsLast;
constexpr int kFramesPerLatent = 4;
constexpr int kSurplus = 3;  // frames before a stream's first one that its first latent also gives
constexpr std::int64_t kWidestInPhases = 8;
constexpr std::int64_t kBandRows = 128, kOverlap = 2;  // at H/2, and at most
constexpr std::array kGrowthLayers = {9, 15, 21};
constexpr std::array kGrowthSteps = {1, 2, 2};
constexpr std::array kFirstBlocks = {5, 11, 17};
constexpr std::array kWidthLayers = {1, 10, 16, 22};

std::string key_of(int layer, const std::string& rest = ".weight") {
  return "decoder." + std::to_string(layer) + rest;
}

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

// A map and what it was a step earlier: the channels of both in one, or where it has groups, the groups of
// both.
ChannelMap twice(const ChannelMap& map) {
  ChannelMap both = map;
  const auto channels = static_cast<std::int64_t>(map.groups.size());
  both.groups.insert(both.groups.end(), map.groups.begin(), map.groups.end());
  for (const auto channel : map.order.channels)
    both.order.channels.push_back(channel == kNoChannel ? kNoChannel : channel + channels);
  if (map.order.groups > 1) both.order.groups *= 2;
  return both;
}

at::Tensor joined(const at::Tensor& map, const at::Tensor& earlier) {
  return map.size(0) > 1 ? at::cat({map, earlier}) : join_channels(map, earlier);
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
  for (std::size_t i = 0; i < kWidthLayers.size(); ++i) {
    const std::string key = key_of(kWidthLayers[i]);
    const auto entry = shapes.find(key);
    if (entry == shapes.end() || entry->second.size() != 4 || entry->second[0] < 1)
      return refuse(file, key + " is missing or no convolution.", key);
    if (i == 0 && entry->second[1] != kCondition + kLatents)
      return refuse(file, misfit(entry->second[1]), key);
    shape.widths[i] = entry->second[0];
  }
  for (std::size_t i = 0; i < kGrowthLayers.size(); ++i) {
    shape.grown[i] = kGrowthSteps[i] * shape.widths[i];
    const auto entry = shapes.find(key_of(kGrowthLayers[i], ".conv.weight"));
    if (entry != shapes.end() && !entry->second.empty())
      shape.grown[i] = std::max(shape.grown[i], entry->second[0]);
  }
  return shape;
}

ShapesByKey TcShape::expected_shapes() const {
  ShapesByKey shapes;
  add_convolution(shapes, key_of(1, ""), widths[0], kCondition + kLatents, true);
  add_convolution(shapes, key_of(3, ""), widths[0], widths[0], false);
  for (std::size_t level = 0; level < kFirstBlocks.size(); ++level) {
    const std::int64_t width = widths[level];
    for (int block = kFirstBlocks[level]; block < kFirstBlocks[level] + 3; ++block) {
      add_convolution(shapes, key_of(block, ".conv.0"), width, 2 * width, true);
      add_convolution(shapes, key_of(block, ".conv.2"), width, width, true);
      add_convolution(shapes, key_of(block, ".conv.4"), width, width, true);
    }
    shapes[key_of(kGrowthLayers[level], ".conv.weight")] = {grown[level], width, 1, 1};
    add_convolution(shapes, key_of(kWidthLayers[level + 1], ""), widths[level + 1], width, false);
  }
  add_convolution(shapes, key_of(24, ""), widths[3], widths[3], false);
  add_convolution(shapes, key_of(26, ""), 3, widths[3], true);
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
    : shape_(shape),
      type_(type),
      ends_in_phases_(shape.widths[3] <= kWidestInPhases && tensors.at(key_of(24)).is_cpu()) {
  const at::Tensor& first = tensors.at(key_of(1));
  ChannelMap map{input_groups(first), plain_order(first.size(1))};
  head_[0] = layer(first, tensors.at(key_of(1, ".bias")), map);
  head_[1] = layer(tensors.at(key_of(3)), {}, map);
  first_blocks_ = memory_blocks(tensors, kFirstBlocks[0], map);
  for (int level = 0; level < 2; ++level) {
    levels_[level].growth = growth(tensors, level, map);
    levels_[level].blocks = memory_blocks(tensors, kFirstBlocks[level + 1], map);
  }
  last_growth_ = growth(tensors, 2, map);
  tail_ = tail(tensors, std::move(map));
}

// The picture comes in [0,1]: the last layer's weights take it to [-1,1], where rounding is finer.
std::array<GroupedLayer, 2> TcDecoder::tail(const TensorsByKey& tensors, ChannelMap map) {
  const at::Tensor first = tensors.at(key_of(24)), last = tensors.at(key_of(26)) * 2;
  const at::Tensor bias = tensors.at(key_of(26, ".bias")) * 2 - 1;
  if (ends_in_phases_) {
    const std::int64_t channels = 4 * first.size(1);
    map = {ChannelGroups(static_cast<std::size_t>(channels), kShared), plain_order(channels)};
    return {layer(convolution_of_phases(first, 1), {}, map),
            layer(convolution_of_phases(last, 2), bias.repeat(4), map)};
  }
  return {layer(first, {}, map), layer(last, bias, map)};
}

GroupedLayer TcDecoder::layer(const at::Tensor& weight, const at::Tensor& bias, ChannelMap& map) {
  const ChannelGroups outputs = output_groups(weight, bias, map.groups);
  const ChannelMap next{outputs, grouped_order(outputs)};
  const GroupedLayer made = GroupedLayer::of(weight.unsqueeze(0), bias, type_, map, next.order);
  bytes_ += made.bytes();
  map = next;
  return made;
}

TcDecoder::MemoryBlock TcDecoder::memory_block(const TensorsByKey& tensors, int index, ChannelMap& map) {
  const auto tensor = [&](const char* rest) { return tensors.at(key_of(index, rest)); };
  at::Tensor entry = tensor(".conv.0.weight");
  const std::int64_t width = entry.size(1) / 2;
  // A weight that is trained may begin as zero.
  const bool remembers = entry.requires_grad() || at::any(entry.narrow(1, width, width)).item<bool>();
  if (!remembers) entry = entry.narrow(1, 0, width);
  ChannelMap known = remembers ? twice(map) : map;
  const GroupedLayer first = layer(entry, tensor(".conv.0.bias"), known),
                     second = layer(tensor(".conv.2.weight"), tensor(".conv.2.bias"), known);
  const at::Tensor weight = tensor(".conv.4.weight"), bias = tensor(".conv.4.bias");
  const GroupedLayer third = GroupedLayer::of(weight.unsqueeze(0), bias, type_, known, map.order);
  bytes_ += third.bytes();
  map.groups = groups_of_sum(map.groups, output_groups(weight, bias, known.groups));
  return {index, remembers ? static_cast<std::uint64_t>(map.order.size()) : 0, {first, second, third}};
}

std::array<TcDecoder::MemoryBlock, 3> TcDecoder::memory_blocks(const TensorsByKey& tensors, int first,
                                                               ChannelMap& map) {
  std::array<MemoryBlock, 3> blocks;
  for (int index = 0; index < 3; ++index) blocks[index] = memory_block(tensors, first + index, map);
  return blocks;
}

// Nearest x2, a 1x1 convolution and a 3x3 one are linear and have no bias: merged, step by step. Where the
// 1x1 one has more outputs than steps need, the last ones count.
std::vector<GroupedLayer> TcDecoder::growth(const TensorsByKey& tensors, int index, ChannelMap& map) {
  const at::Tensor convolution = tensors.at(key_of(kWidthLayers[index + 1])).to(c10::kDouble);
  const at::Tensor rows = tensors.at(key_of(kGrowthLayers[index], ".conv.weight")).to(c10::kDouble);
  const int steps = kGrowthSteps[index];
  const std::int64_t width = convolution.size(1), surplus = rows.size(0) - steps * width;
  std::vector<at::Tensor> merged;
  ChannelGroups groups(static_cast<std::size_t>(convolution.size(0)), kSilent);
  for (int step = 0; step < steps; ++step) {
    const at::Tensor mix = rows.narrow(0, surplus + step * width, width).flatten(1);
    merged.push_back(at::einsum("ocyx,ci->oiyx", {convolution, mix}));
    groups = groups_of_sum(groups, output_groups(merged.back(), {}, map.groups));
  }
  const ChannelMap next{groups, grouped_order(groups)};
  std::vector<GroupedLayer> layers;
  for (const auto& weight : merged) {
    layers.push_back(
        GroupedLayer::of(phase_weights(weight).unflatten(0, {4, -1}), {}, type_, map, next.order));
    bytes_ += layers.back().bytes();
  }
  map = next;
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
// the picture that they become, and the layers' results; at H in phases, of one band. Besides: the network's
// input in float32 while it is made of condition and latent, the frames, and weights in the order that the
// convolutions want.
std::uint64_t TcDecoder::work_bytes(std::int64_t height, std::int64_t width) const {
  const auto& [eighth, quarter, half, full] = shape_.widths;
  const double band = static_cast<double>(2 * (kBandRows + 2 * kOverlap)) / static_cast<double>(height);
  const double drawn = ends_in_phases_ ? std::min(band, 1.0) : 1.0;
  const double elements = 3.0 * drawn * static_cast<double>(full) + 5.0 / 4 * static_cast<double>(half) +
                          5.0 / 16 * static_cast<double>(quarter) + 5.0 / 64 * static_cast<double>(eighth);
  constexpr double kInput = 5.0 * (TcShape::kCondition + TcShape::kLatents) / 64,
                   kFrames = kFramesPerLatent * 3;
  const double per_pixel =
      elements * static_cast<double>(c10::elementSize(type_)) + (kInput + kFrames) * sizeof(float);
  return static_cast<std::uint64_t>(per_pixel * static_cast<double>(height * width)) + bytes_;
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
      known = joined(x, memory.empty() ? at::zeros_like(x) : memory[0]);
      memory = {x};
    }
    const auto& [first, second, third] = block.layers;
    x = convolve_add_relu(third, convolve_relu(second, convolve_relu(first, known)), x);
  }
  return x;
}

at::Tensor TcDecoder::last_layer(const at::Tensor& x) const {
  const auto& [weight, bias] = tail_[1].weights[0];
  return at::conv2d(read_by(tail_[1], x), weight.plain(), bias, 1, weight.plain().size(2) / 2);
}

void TcDecoder::draw(const at::Tensor& x, const GroupedLayer& growth, DecodedFrames& frames) const {
  const StageScope stage("decoder, full size");
  if (ends_in_phases_) {
    draw_in_phases(x, growth, frames.next());
  } else {
    frames.add(last_layer(convolve_relu(tail_[0], upsample_convolve_relu(growth, x))));
  }
}

// Band by band, which stay in the cache from layer to layer. Those beside each other overlap by as much as
// three layers see. All are of one size, for which weights are packed.
void TcDecoder::draw_in_phases(const at::Tensor& x, const GroupedLayer& growth,
                               const at::Tensor& frame) const {
  const std::int64_t height = x.size(2), bands = (height + kBandRows - 1) / kBandRows;
  const std::int64_t band = (height + bands - 1) / bands, size = std::min(band + 2 * kOverlap, height);
  for (std::int64_t first = 0; first < height; first += band) {
    const std::int64_t rows = std::min(band, height - first);
    const std::int64_t begin = std::clamp<std::int64_t>(first - kOverlap, 0, height - size);
    at::Tensor y = cleared_outside(convolve_relu(growth, x.narrow(2, begin, size)), 1);
    y = last_layer(cleared_outside(convolve_relu(tail_[0], y), 2));
    split_phases(y.narrow(2, first - begin, y.size(2) - (first - begin)), 3,
                 frame.narrow(2, 2 * first, 2 * rows));
  }
}

// Depth first: each step in time goes through all finer levels before the next one, so that little waits.
void TcDecoder::decode_one(DecoderState& state, const at::Tensor& input, int surplus,
                           DecodedFrames& frames) const {
  at::Tensor x = convolve_relu(head_[1], convolve_relu(head_[0], input));
  x = remember(state, first_blocks_, x);
  x = remember(state, levels_[0].blocks, upsample_convolve(levels_[0].growth[0], x));
  for (const auto& step : levels_[1].growth) {
    const at::Tensor y = remember(state, levels_[1].blocks, upsample_convolve(step, x));
    for (const auto& last_step : last_growth_) {
      if (surplus-- <= 0) draw(y, last_step, frames);
    }
  }
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
    const at::Tensor input = network_input(group, latent.select(1, i), type_);
    decode_one(state, input, surplus, frames);
    state.started = true;
    next += seen;
  }
  return frames.tensor();
}

}  // namespace videoenhance
