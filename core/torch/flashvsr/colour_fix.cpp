#include "core/torch/flashvsr/colour_fix.h"

#include "core/torch/flashvsr/adain.h"
#include "core/torch/flashvsr/picture_range.h"
#include "core/torch/flashvsr/plain_memory.h"
#include "core/torch/runtime/stage.h"

namespace videoenhance {
namespace {

constexpr int kLevels = 5;  // blurs of radius 1, 2, 4, 8, 16

// [1 2 1] / 4 along a dimension with its taps `radius` pixels apart, edges repeated.
at::Tensor blur_along(const at::Tensor& x, std::int64_t dimension, std::int64_t radius) {
  const std::int64_t size = x.size(dimension);
  std::vector<std::int64_t> edge(x.sizes().begin(), x.sizes().end());
  edge[dimension] = radius;
  const at::Tensor before = x.narrow(dimension, 0, 1).expand(edge);
  const at::Tensor after = x.narrow(dimension, size - 1, 1).expand(edge);
  const at::Tensor padded = at::cat({before, x, after}, dimension);
  return (padded.narrow(dimension, 0, size) + padded.narrow(dimension, 2 * radius, size)) * 0.25 + x * 0.5;
}

// The detail of `frames` on the base of `reference`. Base and detail are linear, and detail is what the blurs
// take away: frames - blur(frames) + blur(reference).
at::Tensor wavelet(const at::Tensor& frames, const at::Tensor& reference) {
  at::Tensor base = reference - frames;
  for (int level = 0; level < kLevels; ++level) {
    const std::int64_t radius = std::int64_t{1} << level;
    base = blur_along(blur_along(base, 3, radius), 2, radius);
  }
  return frames + base;
}

}  // namespace

void fix_colour(ColourFix kind, const at::Tensor& frames, const at::Tensor& reference,
                const at::Tensor& fixed) {
  const StageScope stage("colour fix");
  TORCH_CHECK_VALUE(frames.sizes() == reference.sizes() && frames.sizes() == fixed.sizes(), "colours of ",
                    reference.sizes(), " for frames of ", frames.sizes(), " to ", fixed.sizes());
  if (kind == ColourFix::kNone) {
    fixed.copy_(frames);
    return;
  }
  // One frame after the other: what lies between stays in the cache, and little memory is needed.
  for (std::int64_t n = 0; n < frames.size(0); ++n) {
    const at::Tensor frame = frames.narrow(0, n, 1), like = reference.narrow(0, n, 1);
    const at::Tensor out = fixed.narrow(0, n, 1);
    if (kind == ColourFix::kWavelet) {
      out.copy_(wavelet(frame, network_values(like)).clamp(-1, 1));
    } else if (has_plain_rows(frame) && has_network_rows(like)) {
      adain(frame, like, out);
    } else {
      out.copy_(adain_reference(frame, network_values(like)).clamp(-1, 1));
    }
  }
}

}  // namespace videoenhance
