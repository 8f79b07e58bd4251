#include "core/torch/interpolation/film.h"

#include <ATen/ops/avg_pool2d.h>
#include <ATen/ops/upsample_nearest2d.h>

#include "core/torch/kernels/warp.h"

namespace videoenhance {
namespace {

constexpr double kSlope = 0.2;  // of LeakyReLU
constexpr auto kChannelsLast = at::MemoryFormat::ChannelsLast;

// Parts that are made one after the other, as one tensor [1,C,H,W], channels last.
class Stack {
 public:
  Stack(std::int64_t channels, const at::Tensor& like, c10::ScalarType type)
      : tensor_(at::empty({1, channels, like.size(2), like.size(3)}, like.options().dtype(type),
                          kChannelsLast)) {}

  void add(const at::Tensor& part) {
    tensor_.narrow(1, filled_, part.size(1)).copy_(part);
    filled_ += part.size(1);
  }
  const at::Tensor& tensor() const { return tensor_; }

 private:
  at::Tensor tensor_;
  std::int64_t filled_ = 0;
};

// A convolution that keeps the size, and its activation.
at::Tensor active(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
  const std::int64_t padding = weight.size(2) / 2;
  at::Tensor y = at::conv2d(x, weight, bias, {1, 1}, {padding, padding});
  return at::leaky_relu_(y, kSlope);
}

at::Tensor halved(const at::Tensor& x) {
  return at::avg_pool2d(x, {2, 2}, {2, 2});
}

at::Tensor warped(const at::Tensor& x, const at::Tensor& flow) {
  return warp(x.to(c10::kFloat), flow);
}

std::int64_t round_up(std::int64_t size) {
  return (size + FilmArchitecture::kMultiple - 1) / FilmArchitecture::kMultiple * FilmArchitecture::kMultiple;
}

}  // namespace

// ----------------------------------------------------------------------------------------------------
// loading

Result<std::shared_ptr<const PairNetwork>> Film::load(const WeightBinder& weights, Source source,
                                                      c10::Device device, c10::ScalarType type) {
  const auto arch = Arch::read(weights.shapes(), weights.file_name());
  if (!arch) return tl::unexpected(arch.error());
  const auto tensors = weights.take(arch->expected_shapes(), device);
  if (!tensors) return tl::unexpected(tensors.error());
  return std::make_shared<const Film>(*arch, source, *tensors, type);
}

Film::Film(FilmArchitecture arch, Source source, const TensorsByKey& tensors, c10::ScalarType type)
    : arch_(arch),
      draws_middle_only_(source == Source::kArchive && arch.layout == Arch::Layout::kBare),
      type_(type) {
  for (int stage = 0; stage < Arch::kStages; ++stage) {
    for (int i = 0; i < Arch::kStageLayers; ++i)
      stages_[stage].push_back(layer(tensors, arch_.stage_layer(stage, i), type_));
  }
  for (int level = 0; level <= Arch::kSharedFlow; ++level) {
    for (int i = 0; i < Arch::kFlowLayers; ++i) {
      const bool last = i + 1 == Arch::kFlowLayers;
      predictors_[level].push_back(layer(tensors, arch_.flow_layer(level, i), last ? c10::kFloat : type_));
    }
  }
  for (int level = 0; level < Arch::kFusedLevels - 1; ++level) {
    for (int i = 0; i < Arch::kFusionLayers; ++i)
      fusion_[level].push_back(layer(tensors, arch_.fusion_layer(level, i), type_));
  }
  output_ = layer(tensors, "fuse.output_conv", c10::kFloat);
}

Film::Layer Film::layer(const TensorsByKey& tensors, const std::string& key, c10::ScalarType type) {
  Layer layer{tensors.at(key + ".weight").to(type).contiguous(kChannelsLast),
              tensors.at(key + ".bias").to(type)};
  bytes_ += layer.weight.nbytes() + layer.bias.nbytes();
  return layer;
}

// ----------------------------------------------------------------------------------------------------
// what it can do

std::string Film::notice() const {
  if (!draws_middle_only_) return {};
  return halving_notice("This archive of FILM 1.0.0") + " FILM 1.0.1 and later draw any time.";
}

DrawingPlan Film::plan(std::span<const double> phases) const {
  return draws_middle_only_ ? halving_plan(phases) : adaptive_plan(phases);
}

Status Film::check(const InterpolationOptions& options) const {
  if (options.flow_scale != 1) {
    return fail(ErrorKind::kBadSettings,
                "FILM finds motion at all sizes and has no flow-scale: set flow-scale=1.",
                "flow-scale=" + std::to_string(options.flow_scale));
  }
  if (options.ensemble)
    return fail(ErrorKind::kBadSettings, "FILM has no ensemble mode: set ensemble=false.");
  return {};
}

// What the process takes, which is more than what is in use at once: memory of each level's size is kept for
// the next frame. Counted in channels at full resolution, a level's as 1/4^i of them: the features of both
// frames and of one drawn on the way, what goes into the flow predictors and the fusion, what comes out of
// convolutions, and, as float32, warped features and pictures. A CUDA device's allocator splits its blocks:
// two fifths of that were in use there at most.
std::uint64_t Film::work_bytes(int width, int height, const InterpolationOptions&) const {
  double features = 0, fusion = 0, results = 2 * arch_.stages[0], share = 1;
  for (int level = 0; level < Arch::kLevels; ++level, share /= 4) {
    features += share * arch_.features(level);
    if (level < Arch::kFusedLevels) fusion += share * arch_.aligned(level);
    if (level + 1 < Arch::kFusedLevels) {
      fusion += share * arch_.fusion[level];
      results += share * arch_.below(level);
    }
  }
  const bool converts = type_ != c10::kFloat;
  constexpr int kPictures = 4 * 3;
  const double typed = 3 * features + 2 * features + fusion + results;
  const double floats = (converts ? 2 : 1) * features + kPictures;
  const double per_pixel = (typed * static_cast<double>(c10::elementSize(type_)) + floats * sizeof(float)) *
                           (output_.weight.is_cpu() ? 1 : 0.5);
  return static_cast<std::uint64_t>(per_pixel * static_cast<double>(round_up(width)) *
                                    static_cast<double>(round_up(height)));
}

// ----------------------------------------------------------------------------------------------------
// frames

PreparedFrame Film::prepare(const at::Tensor& frame, const InterpolationOptions&) const {
  const std::int64_t height = frame.size(2), width = frame.size(3);
  const std::int64_t below = round_up(height) - height, beside = round_up(width) - width;
  const std::int64_t top = below / 2, left = beside / 2;
  const at::Tensor image = at::constant_pad_nd(frame.clamp(0, 1), {left, beside - left, top, below - top}, 0);
  return {image, extract(image.narrow(1, 0, 3)), height, width, top, left};
}

Result<at::Tensor> Film::between(const PreparedFrame& left, const PreparedFrame& right, double time,
                                 const InterpolationOptions&) const {
  Flows to_left = flows(right, left), to_right = flows(left, right);
  for (auto& flow : to_left) flow = flow * time;
  for (auto& flow : to_right) flow = flow * (1 - time);
  const at::Tensor picture = left.inside(fuse(left, right, to_left, to_right)).clamp(0, 1);
  if (left.image.size(1) == 3) return picture;
  // The network knows no alpha: it follows the same motion.
  const at::Tensor from_left = warp(left.image.narrow(1, 3, 1), to_left[0]);
  const at::Tensor from_right = warp(right.image.narrow(1, 3, 1), to_right[0]);
  return at::cat({picture, left.inside(from_left * (1 - time) + from_right * time)}, 1);
}

// Of the stages of one level, those of the finer levels' later stages have the same size: together they are
// the features of that size.
std::vector<at::Tensor> Film::extract(const at::Tensor& picture) const {
  std::vector<std::vector<at::Tensor>> parts(Arch::kLevels);
  at::Tensor scaled = picture;
  for (int level = 0; level < Arch::kLevels; ++level) {
    if (level > 0) scaled = halved(scaled);
    at::Tensor x = scaled.to(type_).contiguous(kChannelsLast);
    for (int stage = 0; stage < Arch::kStages && level + stage < Arch::kLevels; ++stage) {
      if (stage > 0) x = halved(x);
      for (const auto& [weight, bias] : stages_[stage]) x = active(x, weight, bias);
      parts[level + stage].insert(parts[level + stage].begin(), x.contiguous());
    }
  }
  std::vector<at::Tensor> features;
  for (auto& same_size : parts) {
    features.push_back(same_size.size() == 1 ? same_size[0] : at::cat(same_size, 1));
    same_size.clear();
  }
  return features;
}

// ----------------------------------------------------------------------------------------------------
// motion

Film::Flows Film::flows(const PreparedFrame& from, const PreparedFrame& to) const {
  Flows flows;
  at::Tensor flow;
  for (int level = Arch::kLevels - 1; level >= 0; --level) {
    const at::Tensor& one = from.features[level];
    const at::Tensor& other = to.features[level];
    if (flow.defined()) {
      flow = at::upsample_bilinear2d(flow * 2, one.sizes().slice(2), /*align_corners=*/false);
      flow = flow + flow_change(level, one, warped(other, flow));
    } else {
      flow = flow_change(level, one, other);
    }
    if (level < Arch::kFusedLevels) flows[level] = flow;
  }
  return flows;
}

at::Tensor Film::flow_change(int level, const at::Tensor& one, const at::Tensor& other) const {
  Stack both(one.size(1) + other.size(1), one, type_);
  both.add(one);
  both.add(other);
  at::Tensor x = both.tensor();
  const Layers& layers = predictors_[std::min(level, Arch::kSharedFlow)];
  for (std::size_t i = 0; i + 1 < layers.size(); ++i) x = active(x, layers[i].weight, layers[i].bias);
  return at::conv2d(x.to(c10::kFloat), layers.back().weight, layers.back().bias).contiguous();
}

// ----------------------------------------------------------------------------------------------------
// picture

at::Tensor Film::fusion_input(int level, const PreparedFrame& left, const PreparedFrame& right,
                              const at::Tensor& to_left, const at::Tensor& to_right,
                              const at::Tensor& below) const {
  Stack stack(arch_.aligned(level) + (below.defined() ? below.size(1) : 0), to_left, type_);
  for (const auto& [frame, flow] : {std::pair{&left, &to_left}, std::pair{&right, &to_right}}) {
    at::Tensor image = frame->image.narrow(1, 0, 3);
    for (int i = 0; i < level; ++i) image = halved(image);
    stack.add(warp(image, *flow));
    stack.add(warped(frame->features[level], *flow));
  }
  stack.add(to_left);
  stack.add(to_right);
  if (below.defined()) stack.add(below);
  return stack.tensor();
}

at::Tensor Film::fuse(const PreparedFrame& left, const PreparedFrame& right, const Flows& to_left,
                      const Flows& to_right) const {
  const int coarsest = Arch::kFusedLevels - 1;
  at::Tensor x = fusion_input(coarsest, left, right, to_left[coarsest], to_right[coarsest], {});
  for (int level = coarsest - 1; level >= 0; --level) {
    const Layers& layers = fusion_[level];
    const std::int64_t height = to_left[level].size(2), width = to_left[level].size(3);
    x = at::upsample_nearest2d(x, {height, width});
    // The kernel of 2x2 looks one pixel to the right and below, where zeros are.
    x = at::conv2d(x, layers[0].weight, layers[0].bias, {1, 1}, {1, 1});
    x = x.narrow(2, 1, height).narrow(3, 1, width);
    x = fusion_input(level, left, right, to_left[level], to_right[level], x);
    x = active(x, layers[1].weight, layers[1].bias);
    x = active(x, layers[2].weight, layers[2].bias);
  }
  return at::conv2d(x.to(c10::kFloat), output_.weight, output_.bias);
}

}  // namespace videoenhance
