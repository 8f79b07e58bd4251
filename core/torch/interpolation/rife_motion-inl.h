// The sum of the blocks' motion, a row of pixels at a time; included by rife_rows.cpp once for each
// instruction set.
#if defined(VIDEOENHANCE_RIFE_MOTION_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef VIDEOENHANCE_RIFE_MOTION_INL_H_
#undef VIDEOENHANCE_RIFE_MOTION_INL_H_
#else
#define VIDEOENHANCE_RIFE_MOTION_INL_H_
#endif

#include <hwy/highway.h>

#include <algorithm>

#include "core/torch/interpolation/rife_rows.h"

HWY_BEFORE_NAMESPACE();
namespace videoenhance {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using Row = hn::ScalableTag<float>;  // as many pixels as the processor likes
template <typename D>
using Vector = hn::Vec<D>;

// Between which two rows of a map a row lies, and how far from the first one.
struct Between {
  std::int64_t first, second;
  float part;
};

// Row y of a picture that has `factor` rows for each of the map's `height`.
HWY_INLINE Between between(std::int64_t y, std::int64_t factor, std::int64_t height) {
  const float at = (static_cast<float>(y) + 0.5f) / static_cast<float>(factor) - 0.5f;
  const float inside = std::clamp(at, 0.0f, static_cast<float>(height - 1));
  const auto first = static_cast<std::int64_t>(inside);
  return {first, std::min(first + 1, height - 1), inside - static_cast<float>(first)};
}

// line: width + 1 pixels, the last one twice.
HWY_INLINE void mix_rows(const float* upper, const float* lower, float upper_part, float lower_part,
                         std::int64_t width, float* line) {
  const Row d;
  const auto of_upper = hn::Set(d, upper_part), of_lower = hn::Set(d, lower_part);
  for (std::int64_t x = 0; x < width; x += hn::Lanes(d)) {
    hn::StoreU(hn::MulAdd(hn::LoadU(d, lower + x), of_lower, hn::Mul(hn::LoadU(d, upper + x), of_upper)), d,
               line + x);
  }
  line[width] = line[width - 1];
}

// Adds what lies between two neighbours of a line, `factor` pixels from the middle of the first one on.
template <typename D>
HWY_INLINE void add_between(D d, const float* line, std::int64_t width, std::int64_t factor, float* sums) {
  const auto share = hn::Set(d, 1.0f / static_cast<float>(factor));
  for (std::int64_t k = 0; k < factor; k += hn::Lanes(d)) {
    const auto part = hn::Mul(hn::Iota(d, static_cast<float>(k) + 0.5f), share);
    float* to = sums + k;
    for (std::int64_t x = 0; x < width; ++x, to += factor) {
      const auto from = hn::Set(d, line[x]), change = hn::Set(d, line[x + 1] - line[x]);
      hn::StoreU(hn::Add(hn::LoadU(d, to), hn::MulAdd(change, part, from)), d, to);
    }
  }
}

HWY_INLINE void add_twice_as_wide(const float* line, std::int64_t width, float* sums) {
  const Row d;
  const auto near = hn::Set(d, 0.75f), far = hn::Set(d, 0.25f);
  for (std::int64_t x = 0; x < width; x += hn::Lanes(d)) {
    const auto left = hn::LoadU(d, line + x), right = hn::LoadU(d, line + x + 1);
    Vector<Row> odd, even;
    hn::LoadInterleaved2(d, sums + 2 * x, odd, even);
    odd = hn::Add(odd, hn::MulAdd(left, near, hn::Mul(right, far)));
    even = hn::Add(even, hn::MulAdd(right, near, hn::Mul(left, far)));
    hn::StoreInterleaved2(odd, even, d, sums + 2 * x);
  }
}

HWY_INLINE void add_as_wide(const float* line, std::int64_t width, float* sums) {
  const Row d;
  for (std::int64_t x = 0; x < width; x += hn::Lanes(d))
    hn::StoreU(hn::Add(hn::LoadU(d, sums + x), hn::LoadU(d, line + x)), d, sums + x);
}

// Adds a line to one that is `factor`, a power of two, times as wide.
HWY_INLINE void add_stretched(const float* line, std::int64_t width, std::int64_t factor, float* sums) {
  if (factor == 1) return add_as_wide(line, width, sums);
  for (std::int64_t x = 0; x < factor / 2; ++x) sums[x] += line[0];
  float* after_first = sums + factor / 2;
  if (factor == 2) return add_twice_as_wide(line, width, after_first);
  if (factor == 4) return add_between(hn::CappedTag<float, 4>(), line, width, factor, after_first);
  if (factor == 8) return add_between(hn::CappedTag<float, 8>(), line, width, factor, after_first);
  return add_between(hn::CappedTag<float, 16>(), line, width, factor, after_first);
}

// The motion of a row of pixels: kRifePlanes rows of `stride` numbers.
struct MotionRow {
  float* planes;
  std::int64_t stride;

  float* plane(std::int64_t index) const { return planes + index * stride; }
  float* mask() const { return plane(kRifePlanes - 1); }
};

// The sum of all maps in pixels of the frames, for row y of the picture whose pixels are `scale` of theirs
// wide.
void sum_maps(const RifeRows& rows, std::int64_t y, std::int64_t scale, float* line,
              const MotionRow& motion) {
  std::fill_n(motion.planes, kRifePlanes * motion.stride, 0.0f);
  for (const RifeMap& map : rows.maps) {
    const std::int64_t factor = map.scale / scale;
    const Between at = between(y, factor, map.height);
    for (std::int64_t plane = 0; plane < kRifePlanes; ++plane) {
      const bool is_mask = plane + 1 == kRifePlanes;
      if (is_mask && !rows.adds_masks && &map != &rows.maps.back()) continue;
      const float unit = is_mask ? 1.0f : static_cast<float>(map.scale);
      const float* source = map.motion + plane * map.height * map.width;
      mix_rows(source + at.first * map.width, source + at.second * map.width, (1 - at.part) * unit,
               at.part * unit, map.width, line);
      add_stretched(line, map.width, factor, motion.plane(plane));
    }
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace videoenhance
HWY_AFTER_NAMESPACE();

#endif
