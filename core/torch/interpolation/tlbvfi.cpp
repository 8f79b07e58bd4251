#include "core/torch/interpolation/tlbvfi.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/minimum.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "core/torch/interpolation/resize.h"
#include "core/torch/interpolation/tlbvfi_bridge.h"
#include "core/torch/interpolation/tlbvfi_decoder.h"
#include "core/torch/interpolation/tlbvfi_encoder.h"
#include "core/torch/interpolation/tlbvfi_flow.h"
#include "core/torch/interpolation/tlbvfi_noise.h"
#include "core/torch/kernels/warp.h"
#include "core/torch/runtime/cpu_allocator.h"

namespace videoenhance {
namespace {

constexpr int kLevels = TlbvfiArchitecture::kLevels, kFlowLevels = TlbvfiArchitecture::kFlowLevels;

// Places in PreparedFrame::features: the padded frame's own at 1, 1/2, … 1/32 (the first only where the flow
// is found at full size, since nothing else needs it), and for a flow at a smaller size the frame at that
// size, in
// [-1,1], and its features.
constexpr int kReducedImage = kLevels + 1, kReducedFeatures = kReducedImage + 1;

std::int64_t padded_size(std::int64_t size) {
  const std::int64_t multiple = TlbvfiArchitecture::kMultiple;
  return (size + multiple - 1) / multiple * multiple;
}

// Reflected at the end, again and again where the frame is small.
at::Tensor reflect(const at::Tensor& x, std::int64_t axis) {
  const std::int64_t size = x.size(axis), period = std::max<std::int64_t>(2 * size - 2, 1);
  const at::Tensor place =
      at::arange(padded_size(size), at::TensorOptions().dtype(c10::kLong).device(x.device()))
          .remainder(period);
  return x.index_select(axis, at::minimum(place, period - place));
}

// The frame reduced by `scale`, in [-1,1], at the top left of a canvas of zeros of the padded size times
// `scale`.
at::Tensor reduced(const at::Tensor& frame, double scale) {
  const at::Tensor range = frame * 2 - 1;
  const auto target = [&](std::int64_t axis) {
    return static_cast<std::int64_t>(static_cast<double>(padded_size(frame.size(axis))) * scale);
  };
  // A frame of one pixel still has one pixel.
  const auto size = [&](std::int64_t axis) {
    return std::max<std::int64_t>(1,
                                  static_cast<std::int64_t>(static_cast<double>(frame.size(axis)) * scale));
  };
  const at::Tensor small =
      at::upsample_bilinear2d(range, {size(2), size(3)}, /*align_corners=*/false, scale, scale);
  return at::constant_pad_nd(small, {0, target(3) - small.size(3), 0, target(2) - small.size(2)}, 0);
}

std::span<const at::Tensor> features(const PreparedFrame& frame, std::size_t first, std::size_t count) {
  return std::span(frame.features).subspan(first, count);
}

at::Tensor colours(const PreparedFrame& frame) {
  return frame.image.narrow(1, 0, 3);
}

}  // namespace

// ------------------------------------------------------------------------------------------------------------------
// loading

Result<std::shared_ptr<const PairNetwork>> Tlbvfi::load(const WeightFile& file, c10::Device device,
                                                        c10::ScalarType type) {
  const WeightBinder weights(file, "model.");
  const auto arch = TlbvfiArchitecture::read(weights.shapes(), weights.file_name());
  if (!arch) return tl::unexpected(arch.error());
  auto tensors = weights.take(arch->expected_shapes(), device);
  if (!tensors) return tl::unexpected(tensors.error());
  return std::make_shared<const Tlbvfi>(*arch, std::move(*tensors), type);
}

Tlbvfi::Tlbvfi(const TlbvfiArchitecture& arch, TensorsByKey tensors, c10::ScalarType type)
    : arch_(arch), layers_(std::move(tensors), type) {}

// ------------------------------------------------------------------------------------------------------------------
// frames

Status Tlbvfi::check(const InterpolationOptions& options) const {
  constexpr std::array kScales = {0.25, 0.5, 1.0};
  if (std::find(kScales.begin(), kScales.end(), options.flow_scale) == kScales.end()) {
    return fail(ErrorKind::kBadSettings, "For TLBVFI, flow-scale must be 0.25, 0.5 or 1.",
                "flow-scale=" + std::to_string(options.flow_scale));
  }
  if (options.ensemble)
    return fail(ErrorKind::kBadSettings,
                "TLBVFI has no ensemble mode: set ensemble=false, or use RIFE 4.0 to 4.20.");
  if (options.sample_steps < kLeastBridgeSteps || options.sample_steps > kMostBridgeSteps) {
    return fail(ErrorKind::kBadSettings,
                "sample-steps must be " + std::to_string(kLeastBridgeSteps) + " to " +
                    std::to_string(kMostBridgeSteps) + ".",
                "sample-steps=" + std::to_string(options.sample_steps));
  }
  return {};
}

// Counted in maps as wide as the finest features, as measured on frames of 256x256 to 768x768 on a CPU. The
// peak lies in the decoder's finest level, or in the flow's where that is not much smaller; halving keeps
// further frames beside. A CUDA device, whose allocator splits its blocks, had half of that in use at most; a
// fifth of it more is told.
std::uint64_t Tlbvfi::work_bytes(int width, int height, const InterpolationOptions& options) const {
  constexpr double kDecoderMaps = 15.5, kFlowMaps = 27, kFrameMaps = 4;
  const double flow_maps = kFrameMaps + kFlowMaps * options.flow_scale * options.flow_scale;
  const double map = 4.0 * static_cast<double>(padded_size(width) * padded_size(height) * arch_.widths[0]);
  const double share = layers_["vqgan.encoder.conv_in.weight"].is_cpu() ? 1 : 0.6;
  return static_cast<std::uint64_t>(share * map * (std::max(kDecoderMaps, flow_maps) + kFrameMaps));
}

PreparedFrame Tlbvfi::prepare(const at::Tensor& frame, const InterpolationOptions& options) const {
  const at::Tensor clamped = frame.clamp(0, 1);
  PreparedFrame prepared{reflect(reflect(clamped, 2), 3), {}, frame.size(2), frame.size(3)};
  prepared.features = tlbvfi_features(layers_, colours(prepared), kLevels);
  if (options.flow_scale == 1) return prepared;
  prepared.features[0].reset();
  const at::Tensor small = reduced(clamped.narrow(1, 0, 3), options.flow_scale);
  prepared.features.push_back(small);
  for (at::Tensor& level : tlbvfi_features(layers_, small / 2 + 0.5, kFlowLevels - 1))
    prepared.features.push_back(std::move(level));
  return prepared;
}

Result<at::Tensor> Tlbvfi::between(const PreparedFrame& left, const PreparedFrame& right, double time,
                                   const InterpolationOptions& options) const {
  const int wanted = std::clamp(static_cast<int>(std::lround(time * kParts)), 1, kParts - 1);
  PreparedFrame before = left, after = right;
  for (int place = kParts / 2, step = kParts / 4;; step /= 2) {
    const auto picture = halfway(before, after, options);
    if (!picture || place == wanted) return picture;
    (place < wanted ? before : after) = prepare(*picture, options);
    place += place < wanted ? step : -step;
  }
}

// ------------------------------------------------------------------------------------------------------------------
// the middle of two frames

at::Tensor Tlbvfi::grey_features(at::IntArrayRef size) const {
  const std::lock_guard lock(grey_mutex_);
  const bool known =
      grey_.defined() && grey_.size(2) == size[2] >> kLevels && grey_.size(3) == size[3] >> kLevels;
  if (!known) {
    const at::Tensor grey =
        at::full({1, 3, size[2], size[3]}, 0.5, layers_["vqgan.encoder.conv_in.weight"].options());
    grey_ = tlbvfi_features(layers_, grey, kLevels).back();
  }
  return grey_;
}

// As published, the estimator sees frames in [0,1] at full size and in [-1,1] below.
at::Tensor Tlbvfi::flow(const PreparedFrame& left, const PreparedFrame& right,
                        const InterpolationOptions& options) const {
  if (options.flow_scale == 1) {
    return tlbvfi_flow(layers_, {colours(left), features(left, 0, kFlowLevels)},
                       {colours(right), features(right, 0, kFlowLevels)});
  }
  const auto small = [](const PreparedFrame& frame) {
    return FlowFrame{frame.features[kReducedImage], features(frame, kReducedFeatures, kFlowLevels)};
  };
  return resize(tlbvfi_flow(layers_, small(left), small(right)), 1 / options.flow_scale)
      .div_(options.flow_scale);
}

// The encoder, the flow and the decoder ask for blocks of other sizes each. What one leaves behind would only
// add to the peak of the next, and getting it anew takes no time beside a picture's.
Result<at::Tensor> Tlbvfi::halfway(const PreparedFrame& left, const PreparedFrame& right,
                                   const InterpolationOptions& options) const {
  const at::Tensor one = colours(left), other = colours(right), grey = at::full_like(one, 0.5);
  const at::Tensor latent = tlbvfi_encode(
      layers_,
      {{one, grey, other}, {left.features[kLevels], grey_features(one.sizes()), right.features[kLevels]}});
  const auto noise = tlbvfi_noise(options, latent.size(3), latent.size(4), latent.device());
  if (!noise) return tl::unexpected(noise.error());
  const at::Tensor quantized = tlbvfi_quantize(layers_, tlbvfi_sample(layers_, latent, *noise));
  release_cpu_allocator();
  const at::Tensor motion = flow(left, right, options);
  release_cpu_allocator();
  const TlbvfiBlend blend = tlbvfi_decode(layers_, quantized, left.features, right.features, motion);
  const at::Tensor from_left = warp(left.image, motion.narrow(1, 0, 2));
  const at::Tensor from_right = warp(right.image, motion.narrow(1, 2, 2));
  const at::Tensor picture = (from_left - from_right).mul_(blend.mask).add_(from_right);
  picture.narrow(1, 0, 3).add_(blend.residual);
  return picture.clamp_(0, 1).narrow(2, 0, left.height).narrow(3, 0, left.width);
}

}  // namespace videoenhance
