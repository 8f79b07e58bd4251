#include "core/torch/flashvsr/projector.h"

#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/silu.h>

#include <cmath>

#include "core/torch/flashvsr/projector_input.h"
#include "core/torch/runtime/stage.h"

namespace videoenhance {
namespace {

constexpr std::int64_t kInputs = 3 * kPatch * kPatch;

std::string linear_key(std::size_t index) {
  return "linear_layers." + std::to_string(index);
}

// Widths that cannot be read off the file are 1: then the error says what is expected.
std::int64_t width_of(const ShapesByKey& shapes, const std::string& key) {
  const auto entry = shapes.find(key);
  return entry == shapes.end() || entry->second.empty() ? 1 : entry->second[0];
}

ShapesByKey expected_shapes(const ShapesByKey& shapes, int dim) {
  const std::int64_t first = width_of(shapes, "conv1.bias"), second = width_of(shapes, "conv2.bias");
  ShapesByKey expected = {{"conv1.weight", {first, kInputs, 2 * kPair, 3, 3}},
                          {"conv1.bias", {first}},
                          {"norm1.gamma", {first, 1, 1, 1}},
                          {"conv2.weight", {second, first, 2 * kPair, 3, 3}},
                          {"conv2.bias", {second}},
                          {"norm2.gamma", {second, 1, 1, 1}}};
  for (std::size_t index = 0; index == 0 || shapes.contains(linear_key(index) + ".weight"); ++index) {
    expected[linear_key(index) + ".weight"] = {dim, second};
    expected[linear_key(index) + ".bias"] = {dim};
  }
  return expected;
}

}  // namespace

Result<Projector> Projector::load(const WeightBinder& weights, int dim, c10::Device device,
                                  c10::ScalarType type) {
  const auto tensors = weights.take(expected_shapes(weights.shapes(), dim), device);
  if (!tensors) return tl::unexpected(tensors.error());
  return Projector(*tensors, type);
}

Projector::Projector(const TensorsByKey& tensors, c10::ScalarType type) {
  for (const std::string index : {"1", "2"}) {
    const at::Tensor& gamma = tensors.at("norm" + index + ".gamma");
    const auto frames = tensors.at("conv" + index + ".weight").transpose(1, 2).chunk(2, 1);
    const at::Tensor weight = at::cat({frames[0].flatten(1, 2), frames[1].flatten(1, 2)});
    stages_.push_back({weight.to(type).contiguous(at::MemoryFormat::ChannelsLast),
                       tensors.at("conv" + index + ".bias").view({-1, 1, 1}),
                       gamma.flatten() * std::sqrt(static_cast<double>(gamma.numel()))});
  }
  for (std::size_t index = 0; tensors.contains(linear_key(index) + ".weight"); ++index) {
    linear_.push_back({tensors.at(linear_key(index) + ".weight").to(type),
                       tensors.at(linear_key(index) + ".bias").to(type)});
  }
}

// A convolution in time with a stride is one in the plane whose channels are the frames of a window:
// libraries are several times faster at that. x: [2n,h,w,C] -> [n,h,w,out], normalised and activated. The
// state keeps a copy: a view would keep what the last pair is for its own window, too.
at::Tensor Projector::convolve_after_history(int index, ProjectorState& state, const at::Tensor& x,
                                             ProjectorCache cache) const {
  const Stage& stage = stages_[index];
  const auto halves =
      at::conv2d(bordered_pairs(x), stage.weight).chunk(2, 1);  // of the next window, of the own
  const at::Tensor last = halves[0].narrow(0, halves[0].size(0) - 1, 1);
  at::Tensor history = cache == ProjectorCache::kOwn ? last : state.last_two[index];
  // Only before a stream's first frame, which all of its first clip repeats.
  if (!history.defined()) history = last;
  const at::Tensor earlier = at::cat({history, halves[0].narrow(0, 0, halves[0].size(0) - 1)});
  if (cache == ProjectorCache::kPrevious) state.last_two[index] = last.clone();
  const at::Tensor y =
      halves[1].to(c10::kFloat).add(earlier).add_(stage.bias).permute({0, 2, 3, 1}).contiguous();
  const at::Tensor length =
      at::linalg_vector_norm(y, 2, at::IntArrayRef{-1}, /*keepdim=*/true).clamp_min(1e-12);
  return at::silu(y / length * stage.gain).to(stage.weight.scalar_type());
}

std::optional<std::vector<at::Tensor>> Projector::push(ProjectorState& state, const at::Tensor& clip,
                                                       ProjectorCache cache) const {
  const StageScope stage("projector");
  const bool first = !std::exchange(state.started, true);
  if (first && cache == ProjectorCache::kOwn) return std::nullopt;
  at::Tensor x = patches_of(clip.transpose(0, 1), stages_[0].weight.scalar_type());
  if (first) x = x.expand({4, -1, -1, -1});
  x = convolve_after_history(0, state, x, cache);
  if (first) {
    convolve_after_history(1, state, x, cache);
    return std::nullopt;
  }
  x = convolve_after_history(1, state, x, cache);
  const at::Tensor features = x.flatten(0, 2);
  std::vector<at::Tensor> tokens;
  for (const auto& layer : linear_) tokens.push_back(at::linear(features, layer.weight, layer.bias));
  return tokens;
}

std::uint64_t Projector::bytes() const {
  std::uint64_t bytes = 0;
  for (const auto& stage : stages_)
    bytes += stage.weight.nbytes() + stage.bias.nbytes() + stage.gain.nbytes();
  for (const auto& layer : linear_) bytes += layer.weight.nbytes() + layer.bias.nbytes();
  return bytes;
}

std::uint64_t Projector::state_bytes(std::int64_t height, std::int64_t width) const {
  const auto tokens = static_cast<std::uint64_t>(height / kPatch * (width / kPatch));
  const auto channels = static_cast<std::uint64_t>(stages_[0].outputs() + stages_[1].outputs());
  return channels * tokens * stages_[0].weight.element_size();
}

}  // namespace videoenhance
