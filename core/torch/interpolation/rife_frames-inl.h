// Frames looked up where motion points, a row of pixels at a time; included by rife_rows.cpp once for each
// instruction set.
#if defined(VIDEOENHANCE_RIFE_FRAMES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef VIDEOENHANCE_RIFE_FRAMES_INL_H_
#undef VIDEOENHANCE_RIFE_FRAMES_INL_H_
#else
#define VIDEOENHANCE_RIFE_FRAMES_INL_H_
#endif

#include <hwy/cache_control.h>
#include <hwy/highway.h>

#include "core/torch/interpolation/rife_load-inl.h"
#include "core/torch/interpolation/rife_motion-inl.h"

HWY_BEFORE_NAMESPACE();
namespace videoenhance {
namespace HWY_NAMESPACE {
namespace {

using Pixel = hn::CappedTag<float, kRifeLanes>;  // a frame's pixel, or part of it

// Where each pixel of a row points: the pixel of a frame above and left of it, and how far it is from there.
struct Places {
  std::int32_t* pixels;
  float *across, *down;
};

// NaN becomes 0, so that no pixel is ever out of range.
template <typename V>
HWY_INLINE V inside(Row d, V at, std::int64_t size) {
  const auto zero = hn::Zero(d), last = hn::Set(d, static_cast<float>(size - 1));
  return hn::Min(hn::IfThenElse(hn::Gt(at, zero), at, zero), last);
}

// The last pixel is reached from the one before it.
template <typename V>
HWY_INLINE auto whole(V at, std::int64_t size) {
  const hn::Rebind<std::int32_t, Row> whole_numbers;
  return hn::Min(hn::ConvertTo(whole_numbers, at),
                 hn::Set(whole_numbers, static_cast<std::int32_t>(size - 2)));
}

void find_places(const float* right, const float* below, std::int64_t y, const RifePixels& frame,
                 const Places& out) {
  const Row d;
  const hn::Rebind<std::int32_t, Row> whole_numbers;
  const auto row = hn::Set(d, static_cast<float>(y));
  const auto width = hn::Set(whole_numbers, static_cast<std::int32_t>(frame.width));
  for (std::int64_t x = 0; x < frame.width; x += hn::Lanes(d)) {
    const auto column = hn::Iota(d, static_cast<float>(x));
    const auto at_x = inside(d, hn::Add(column, hn::LoadU(d, right + x)), frame.width);
    const auto at_y = inside(d, hn::Add(row, hn::LoadU(d, below + x)), frame.height);
    const auto left = whole(at_x, frame.width), top = whole(at_y, frame.height);
    hn::StoreU(hn::Add(hn::Mul(top, width), left), whole_numbers, out.pixels + x);
    hn::StoreU(hn::Sub(at_x, hn::ConvertTo(d, left)), d, out.across + x);
    hn::StoreU(hn::Sub(at_y, hn::ConvertTo(d, top)), d, out.down + x);
  }
}

template <typename D>
HWY_INLINE Vector<D> mix(Vector<D> from, Vector<D> to, Vector<D> part) {
  return hn::MulAdd(hn::Sub(to, from), part, from);
}

template <typename Sample>
struct Frame {
  explicit Frame(const RifePixels& pixels)
      : data(static_cast<const Sample*>(pixels.data)),
        channels(pixels.channels),
        below(pixels.width * channels) {}

  const Sample* data;
  std::int64_t channels, below;  // from a pixel to that of the next column and row
};

// Motion makes rows bend, which processors do not foresee: asks for what a later pixel of the row will need
// first. What lies after the row is any address, which does no harm.
template <typename Sample>
HWY_INLINE void fetch_ahead(const Frame<Sample>& frame, const std::int32_t* pixel) {
  constexpr std::int64_t kAhead = 32;
  hwy::Prefetch(frame.data + pixel[kAhead] * frame.channels + frame.below);
}

// What lies at `upper` and right of and below it.
template <typename D, typename Sample>
HWY_INLINE Vector<D> look_up(D d, const Sample* upper, std::int64_t right, std::int64_t below, float across,
                             float down) {
  const Sample* lower = upper + below;
  const auto part = hn::Set(d, across);
  const auto above = mix<D>(load(d, upper), load(d, upper + right), part);
  const auto under = mix<D>(load(d, lower), load(d, lower + right), part);
  return mix<D>(above, under, hn::Set(d, down));
}

#if HWY_MAX_BYTES >= 64
// The same of a whole pixel, of which two beside each other are one vector.
template <typename Sample>
HWY_INLINE Vector<Pixel> look_up_pixel(const Sample* upper, std::int64_t below, float across, float down) {
  const hn::CappedTag<float, 2 * kRifeLanes> two;
  const Pixel d;
  const auto both = mix<decltype(two)>(load(two, upper), load(two, upper + below), hn::Set(two, down));
  return mix<Pixel>(hn::LowerHalf(d, both), hn::UpperHalf(d, both), hn::Set(d, across));
}
#endif

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace videoenhance
HWY_AFTER_NAMESPACE();

#endif
