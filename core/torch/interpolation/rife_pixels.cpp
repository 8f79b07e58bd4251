#include "core/torch/interpolation/rife_pixels.h"

// Compiles this file once for each instruction set.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/torch/interpolation/rife_pixels.cpp"
#include <hwy/foreach_target.h>
// The order matters: the one above includes this file again.
#include <hwy/highway.h>

#include "core/torch/interpolation/rife_load-inl.h"

HWY_BEFORE_NAMESPACE();
namespace videoenhance {
namespace HWY_NAMESPACE {
namespace {

constexpr std::int64_t kFour = 4;
using Four = hn::CappedTag<float, kFour>;

HWY_INLINE void store(Four d, hn::Vec<Four> value, float* to) {
  hn::StoreU(value, d, to);
}

HWY_INLINE void store(Four, hn::Vec<Four> value, hwy::float16_t* to) {
  const hn::Rebind<hwy::float16_t, Four> halves;
  hn::StoreU(hn::DemoteTo(halves, value), halves, to);
}

template <typename From, typename To>
HWY_INLINE void write_four(const From* from, To* to) {
  const Four d;
  for (std::int64_t k = 0; k < kFour; k += hn::Lanes(d)) store(d, load(d, from + k), to + k);
}

template <typename Feature, typename Pixel>
void fill(const RifeFrameRow& row, std::int64_t channels, Pixel* to) {
  const auto* features = static_cast<const Feature*>(row.features);
  const std::int64_t count = row.count, colours = row.colours, width = row.width;
  const float *red = row.planes[0], *green = row.planes[1], *blue = row.planes[2], *alpha = row.planes[3];
  constexpr float kNone[kFour] = {};
  for (std::int64_t x = 0; x < width; ++x, to += channels, features += count) {
    for (std::int64_t k = 0; k < count; k += kFour) write_four(features + k, to + k);
    const float pixel[kFour] = {red[x], green[x], blue[x], colours == kFour ? alpha[x] : 0.0f};
    write_four(pixel, to + count);
    for (std::int64_t k = count + kFour; k < channels; k += kFour) write_four(kNone, to + k);
  }
}

void fill_pixels(const RifeFrameRow& row, std::int64_t channels, bool to_half, void* to) {
  if (to_half) {
    auto* pixels = static_cast<hwy::float16_t*>(to);
    row.is_float ? fill<float>(row, channels, pixels) : fill<std::uint16_t>(row, channels, pixels);
  } else {
    auto* pixels = static_cast<float*>(to);
    row.is_float ? fill<float>(row, channels, pixels) : fill<std::uint16_t>(row, channels, pixels);
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace videoenhance
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace videoenhance {

HWY_EXPORT(fill_pixels);

void rife_fill_pixels(const RifeFrameRow& row, std::int64_t channels, bool to_half, void* to) {
  HWY_DYNAMIC_DISPATCH(fill_pixels)(row, channels, to_half, to);
}

}  // namespace videoenhance
#endif
