#include "core/torch/flashvsr/dense_decoder.h"

#include "core/torch/flashvsr/pixel_order.h"
#include "core/torch/flashvsr/tc_layers.h"
#include "core/torch/flashvsr/upsampling.h"
#include "core/torch/kernels/convolution.h"
#include "core/torch/runtime/stage.h"

namespace videoenhance {
namespace {

constexpr auto kChannelsLast = at::MemoryFormat::ChannelsLast;

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

}  // namespace

DenseDecoder::DenseDecoder(const TcShape& shape, const TensorsByKey& tensors, c10::ScalarType type)
    : shape_(shape), type_(type) {
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

DenseDecoder::Layer DenseDecoder::layer(const at::Tensor& weight, const at::Tensor& bias) {
  const at::Tensor stored = weight.to(type_).contiguous(kChannelsLast);
  bytes_ += stored.nbytes() + (bias.defined() ? bias.numel() * stored.element_size() : 0);
  return {stored, bias.defined() ? bias.to(type_) : bias};
}

std::array<DenseDecoder::MemoryBlock, 3> DenseDecoder::memory_blocks(const TensorsByKey& tensors, int first) {
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
std::vector<DenseDecoder::Layer> DenseDecoder::growth(const TensorsByKey& tensors, std::size_t index) {
  std::vector<Layer> layers;
  for (const auto& weight : tc_growth(tensors, index)) layers.push_back(layer(phase_weights(weight), {}));
  return layers;
}

// ------------------------------------------------------------------------------------------------------
// memory

// The inputs of the memory blocks at each of three sizes.
std::uint64_t DenseDecoder::state_bytes(std::int64_t height, std::int64_t width) const {
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
std::uint64_t DenseDecoder::work_bytes(std::int64_t height, std::int64_t width) const {
  constexpr double kInput = 5.0 * (TcShape::kCondition + TcShape::kLatents) / 64,
                   kFrames = kFramesPerLatent * 3;
  const auto& [eighth, quarter, half, full] = shape_.widths;
  const double elements = 3.0 * static_cast<double>(full) + 5.0 / 4 * static_cast<double>(half) +
                          5.0 / 16 * static_cast<double>(quarter) + 5.0 / 64 * static_cast<double>(eighth);
  const double per_pixel =
      elements * static_cast<double>(c10::elementSize(type_)) + (kInput + kFrames) * sizeof(float);
  return static_cast<std::uint64_t>(per_pixel * static_cast<double>(height * width)) + bytes_;
}

// --------------------------------------------------------------------------------------------------------
// pictures

at::Tensor DenseDecoder::remember(DecoderState& state, const std::array<MemoryBlock, 3>& blocks,
                                  at::Tensor x) const {
  const StageScope stage("decoder, blocks");
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

at::Tensor DenseDecoder::picture(const at::Tensor& x, const Layer& growth) const {
  const StageScope stage("decoder, full size");
  const auto& [first, last] = tail_;
  const at::Tensor full = convolve_relu(upsample_convolve_relu(x, growth.weight), first.weight, first.bias);
  return at::conv2d(full, last.weight.plain(), last.bias, 1, 1);
}

// Depth first: each step in time goes through all finer levels before the next one, so that little waits.
void DenseDecoder::draw(DecoderState& state, const at::Tensor& latent, const at::Tensor& condition,
                        int surplus, DecodedFrames& frames) const {
  at::Tensor x = network_input(condition, latent, type_);
  for (const auto& layer : head_) x = convolve_relu(x, layer.weight, layer.bias);
  x = remember(state, first_blocks_, x);
  x = remember(state, levels_[0].blocks, upsample_convolve(x, levels_[0].growth[0].weight.plain()));
  for (const auto& step : levels_[1].growth) {
    const at::Tensor y = remember(state, levels_[1].blocks, upsample_convolve(x, step.weight.plain()));
    for (const auto& last_step : last_growth_) {
      if (surplus-- <= 0) frames.add(picture(y, last_step));
    }
  }
}

}  // namespace videoenhance
