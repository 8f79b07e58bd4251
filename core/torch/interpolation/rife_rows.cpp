#include "core/torch/interpolation/rife_rows.h"

#include <algorithm>
#include <bit>
#include <utility>

// Compiles this file once for each instruction set.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/torch/interpolation/rife_rows.cpp"
#include <hwy/foreach_target.h>
// The order matters: the one above includes this file again.
#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

#include "core/torch/interpolation/rife_frames-inl.h"
#include "core/torch/kernels/rows.h"

HWY_BEFORE_NAMESPACE();
namespace videoenhance {
namespace HWY_NAMESPACE {
namespace {

using Colours = hn::CappedTag<float, kRifeColours>;

// ------------------------------------------------------------------------------------------------------
// what is carried

// A row between two of the map's: width + 2 pixels, the first and the last one twice.
template <typename Sample>
HWY_INLINE void mix_carried(const RifeMap& map, const Between& at, float* line) {
  const Pixel d;
  const auto part = hn::Set(d, at.part);
  const std::int64_t side = map.carried.side, step = map.carried.step, row = map.width / side * step;
  const auto* data = static_cast<const Sample*>(map.carried.data);
  for (std::int64_t x = 0; x < map.width; ++x) {
    const Sample* column = data + x / side * step + x % side * kRifeCarried;
    const Sample* upper = column + at.first / side * row + at.first % side * side * kRifeCarried;
    const Sample* lower = column + at.second / side * row + at.second % side * side * kRifeCarried;
    for (std::int64_t k = 0; k < kRifeCarried; k += hn::Lanes(d)) {
      const auto mixed = mix<Pixel>(load(d, upper + k), load(d, lower + k), part);
      hn::StoreU(mixed, d, line + (x + 1) * kRifeCarried + k);
    }
  }
  std::copy_n(line + kRifeCarried, kRifeCarried, line);
  std::copy_n(line + map.width * kRifeCarried, kRifeCarried, line + (map.width + 1) * kRifeCarried);
}

// What is carried to a row of pixels.
struct CarriedRow {
  const float* line = nullptr;
  std::int64_t factor = 1;  // pixels for one of the line's: 2, 4, …
};

CarriedRow carried_row(const RifeRows& rows, std::int64_t y, float* line) {
  if (!rows.carries()) return {};
  const RifeMap& map = rows.maps.back();
  const std::int64_t factor = map.scale / rows.scale;
  const Between at = between(y, factor, map.height);
  map.carried.is_float ? mix_carried<float>(map, at, line) : mix_carried<std::uint16_t>(map, at, line);
  return {line, factor};
}

// Of `count` pixels from `first` on, `stride` numbers apart.
void write_carried(const CarriedRow& row, std::int64_t first, std::int64_t count, float* to,
                   std::int64_t stride) {
  const Pixel d;
  const float* line = row.line;
  const std::int64_t last = row.factor - 1;
  const int power = std::countr_zero(static_cast<std::uint64_t>(row.factor));
  const float share = 1.0f / static_cast<float>(row.factor);
  for (std::int64_t x = first + row.factor / 2, end = x + count; x < end; ++x, to += stride) {
    const float* at = line + (x >> power) * kRifeCarried;
    const auto part = hn::Set(d, (static_cast<float>(x & last) + 0.5f) * share);
    for (std::int64_t k = 0; k < kRifeCarried; k += hn::Lanes(d))
      hn::StoreU(mix<Pixel>(hn::LoadU(d, at + k), hn::LoadU(d, at + kRifeCarried + k), part), d, to + k);
  }
}

// ------------------------------------------------------------------------------------------------------
// rows

constexpr std::int64_t kMostSides = 2,
                       kChunk = 64;  // samples along an axis; pixels that are converted at once

std::int64_t row_stride(const RifeRows& rows) {
  std::int64_t factor = 1;
  for (const RifeMap& map : rows.maps) factor = std::max(factor, map.scale);
  return rows.left.width + factor + kRifeSlack;  // the last pixel of a map is stretched as if one followed
}

std::int64_t line_width(const RifeRows& rows) {
  std::int64_t width = 0;
  for (const RifeMap& map : rows.maps) width = std::max(width, map.width);
  return width + 2;
}

// Hands out parts of a thread's memory.
struct Scratch {
  float* next;

  float* take(std::int64_t count) { return std::exchange(next, next + count); }
  Places take_places(std::int64_t stride) {
    return {reinterpret_cast<std::int32_t*>(take(stride)), take(stride), take(stride)};
  }
};

// Where row y points in the left frame and in the right one.
void find_both(const RifeRows& rows, std::int64_t y, const MotionRow& motion, const Places& left,
               const Places& right) {
  find_places(motion.plane(0), motion.plane(1), y, rows.left, left);
  find_places(motion.plane(2), motion.plane(3), y, rows.right, right);
}

std::int64_t scratch_size(const RifeRows& rows) {
  const std::int64_t stride = row_stride(rows);
  return (2 * kMostSides * 3 + 2 * kRifePlanes) * stride + line_width(rows) * kRifeCarried + kRifeSlack +
         kChunk * rows.inputs() + kRifeSlack;
}

HWY_INLINE void write(const float* from, std::int64_t count, std::uint16_t* to) {
  round_row(from, to, count);
}

HWY_INLINE void write(const float* from, std::int64_t count, float* to) {
  std::copy_n(from, count, to);
}

// All that a row of a block's input is made of.
template <typename Sample>
struct InputRow {
  Frame<Sample> left, right;
  Places to_left[kMostSides], to_right[kMostSides];
  MotionRow motion;  // in the middle of each pixel
  CarriedRow carried;
};

// Pixels that are written: `stride` numbers apart.
struct Pixels {
  std::int64_t first, count;
  float* to;
  std::int64_t stride;
};

// The means of the pixels' samples, the first of which lie `scale` pixels of the frame apart; kChannels: of
// the frame, or 0 where only the frame knows.
template <std::int64_t kSide, std::int64_t kChannels, typename Sample>
void write_means(const Frame<Sample> frame, const Places* places, std::int64_t scale, const Pixels out) {
  const Pixel d;
  const std::int64_t channels = kChannels ? kChannels : frame.channels;
  const std::int64_t before = out.first * scale + scale / 2 - (kSide > 1);
  const std::int32_t* pixels[kSide];
  const float *across[kSide], *down[kSide];
  for (std::int64_t r = 0; r < kSide; ++r) {
    pixels[r] = places[r].pixels + before;
    across[r] = places[r].across + before;
    down[r] = places[r].down + before;
  }
  float* to = out.to;
  for (std::int64_t k = 0, sample = 0; k < out.count; ++k, sample += scale, to += out.stride) {
    for (std::int64_t channel = 0; channel < channels; channel += hn::Lanes(d)) {
      auto sum = hn::Zero(d);
      for (std::int64_t r = 0; r < kSide; ++r) {
        for (std::int64_t at = sample; at < sample + kSide; ++at) {
          const Sample* upper = frame.data + pixels[r][at] * channels + channel;
          fetch_ahead(frame, pixels[r] + at);
#if HWY_MAX_BYTES >= 64
          if (kChannels == kRifeLanes) {
            sum = hn::Add(sum, look_up_pixel(upper, frame.below, across[r][at], down[r][at]));
            continue;
          }
#endif
          sum = hn::Add(sum, look_up(d, upper, channels, frame.below, across[r][at], down[r][at]));
        }
      }
      hn::StoreU(hn::Mul(sum, hn::Set(d, 1.0f / (kSide * kSide))), d, to + channel);
    }
  }
}

template <std::int64_t kSide, typename Sample>
void write_means(const Frame<Sample>& frame, const Places* places, std::int64_t scale, const Pixels& out) {
  frame.channels == kRifeLanes ? write_means<kSide, kRifeLanes>(frame, places, scale, out)
                               : write_means<kSide, 0>(frame, places, scale, out);
}

void write_motion(const MotionRow& motion, float time, float share, const Pixels& out) {
  float* to = out.to;
  const float *planes = motion.planes + out.first, *mask = motion.mask() + out.first;
  for (std::int64_t x = 0; x < out.count; ++x, to += out.stride) {
    to[0] = mask[x];
    to[1] = time;
    for (std::int64_t k = 0; k + 1 < kRifePlanes; ++k) to[2 + k] = planes[k * motion.stride + x] * share;
  }
}

// Frames are written in whole vectors: what is too much lies where the next part is written after it.
template <std::int64_t kSide, typename Sample>
void write_pixels(const RifeRows& rows, const InputRow<Sample>& row, float time, Pixels out) {
  write_means<kSide>(row.left, row.to_left, rows.scale, out);
  out.to += rows.features + 3;
  write_means<kSide>(row.right, row.to_right, rows.scale, out);
  out.to += rows.features + 3;
  if (row.carried.line) {
    write_carried(row.carried, out.first, out.count, out.to, out.stride);
    out.to += kRifeCarried;
  }
  if (rows.maps.empty()) {
    for (std::int64_t x = 0; x < out.count; ++x) out.to[x * out.stride] = time;
  } else {
    write_motion(row.motion, time, 1.0f / static_cast<float>(rows.scale), out);
  }
}

template <std::int64_t kSide, typename Sample, typename Number>
void input_row(const RifeRows& rows, float time, std::int64_t y, float* scratch, Number* to) {
  Scratch memory{scratch};
  const std::int64_t stride = row_stride(rows), first = y * rows.scale + rows.scale / 2 - (kSide > 1);
  float* line = memory.take(line_width(rows) * kRifeCarried + kRifeSlack);
  InputRow<Sample> row{Frame<Sample>(rows.left),
                       Frame<Sample>(rows.right),
                       {},
                       {},
                       {memory.take(kRifePlanes * stride), stride},
                       {}};
  const MotionRow samples{kSide > 1 ? memory.take(kRifePlanes * stride) : row.motion.planes, stride};
  for (std::int64_t r = 0; r < kSide; ++r) {
    sum_maps(rows, first + r, 1, line, samples);
    row.to_left[r] = memory.take_places(stride);
    row.to_right[r] = memory.take_places(stride);
    find_both(rows, first + r, samples, row.to_left[r], row.to_right[r]);
  }
  // Between two pixels of a map motion changes evenly, so that the mean of the samples is what lies in their
  // middle.
  if (kSide > 1) sum_maps(rows, y, rows.scale, line, row.motion);
  row.carried = carried_row(rows, y, line);
  // Before the first block too much of a right frame lies in the next pixel.
  const std::int64_t width = rows.width(), inputs = rows.inputs(), step = rows.maps.empty() ? 1 : kChunk;
  float* chunk = memory.take(kChunk * inputs + kRifeSlack);
  for (std::int64_t x = 0; x < width; x += step) {
    const std::int64_t count = std::min(step, width - x);
    write_pixels<kSide>(rows, row, time, {x, count, chunk, inputs});
    write(chunk, count * inputs, to + x * inputs);
  }
}

template <typename Sample, typename Number>
void input_row_of(const RifeRows& rows, float time, std::int64_t y, float* scratch, Number* to) {
  rows.scale == 1 ? input_row<1, Sample>(rows, time, y, scratch, to)
                  : input_row<kMostSides, Sample>(rows, time, y, scratch, to);
}

template <typename Number>
void any_input_row(const RifeRows& rows, float time, std::int64_t y, float* scratch, Number* to) {
  rows.left.is_half ? input_row_of<hwy::float16_t>(rows, time, y, scratch, to)
                    : input_row_of<float>(rows, time, y, scratch, to);
}

void input_row_float(const RifeRows& rows, float time, std::int64_t y, float* scratch, float* to) {
  any_input_row(rows, time, y, scratch, to);
}

void input_row_bfloat16(const RifeRows& rows, float time, std::int64_t y, float* scratch, std::uint16_t* to) {
  any_input_row(rows, time, y, scratch, to);
}

// Of the distance from 0, where the exponential is at most 1. NaN, which Exp would take for a number, stays.
HWY_INLINE void apply_sigmoid(float* values, std::int64_t count) {
  const Row d;
  const auto one = hn::Set(d, 1.0f), farthest = hn::Set(d, 88.0f);
  for (std::int64_t x = 0; x < count; x += hn::Lanes(d)) {
    const auto value = hn::LoadU(d, values + x);
    const auto small = hn::Exp(d, hn::Neg(hn::Min(hn::Abs(value), farthest)));
    const auto above = hn::IfThenElse(hn::Gt(value, hn::Zero(d)), one, small);
    const auto share = hn::Div(above, hn::Add(one, small));
    hn::StoreU(hn::IfThenElse(hn::IsNaN(value), value, share), d, values + x);
  }
}

// pixels: `count` times kRifeColours numbers.
HWY_INLINE void write_planes(const float* pixels, std::int64_t count, std::int64_t colours,
                             float* const* planes) {
  const Row d;
  std::int64_t x = 0;
  for (; x + static_cast<std::int64_t>(hn::Lanes(d)) <= count; x += hn::Lanes(d)) {
    Vector<Row> of[kRifeColours];
    hn::LoadInterleaved4(d, pixels + x * kRifeColours, of[0], of[1], of[2], of[3]);
    for (std::int64_t c = 0; c < colours; ++c) hn::StoreU(of[c], d, planes[c] + x);
  }
  for (; x < count; ++x) {
    for (std::int64_t c = 0; c < colours; ++c) planes[c][x] = pixels[x * kRifeColours + c];
  }
}

// The colours of both frames, of the left one as much as `parts` says.
template <typename Sample>
void mix_frames(const RifeRows& rows, const Places to_left, const Places to_right, const float* parts,
                std::int64_t width, float* pixels) {
  const Colours d;
  const Frame<Sample> left(rows.left), right(rows.right);
  const std::int64_t features = rows.features;
  for (std::int64_t x = 0; x < width; ++x, pixels += kRifeColours) {
    const Sample* of_left = left.data + to_left.pixels[x] * left.channels + features;
    const Sample* of_right = right.data + to_right.pixels[x] * right.channels + features;
    const auto part = hn::Set(d, parts[x]);
    fetch_ahead(left, to_left.pixels + x);
    fetch_ahead(right, to_right.pixels + x);
    for (std::int64_t c = 0; c < kRifeColours; c += hn::Lanes(d)) {
      const auto from_left =
          look_up(d, of_left + c, left.channels, left.below, to_left.across[x], to_left.down[x]);
      const auto from_right =
          look_up(d, of_right + c, right.channels, right.below, to_right.across[x], to_right.down[x]);
      hn::StoreU(mix<Colours>(from_right, from_left, part), d, pixels + c);
    }
  }
}

void picture_row(const RifeRows& rows, std::int64_t y, std::int64_t width, std::int64_t colours,
                 float* scratch, float* const* planes) {
  Scratch memory{scratch};
  const std::int64_t stride = row_stride(rows);
  float* line = memory.take(line_width(rows) * kRifeCarried + kRifeSlack);
  const MotionRow motion{memory.take(kRifePlanes * stride), stride};
  sum_maps(rows, y, 1, line, motion);
  const Places to_left = memory.take_places(stride), to_right = memory.take_places(stride);
  find_both(rows, y, motion, to_left, to_right);
  apply_sigmoid(motion.mask(), width);
  float* pixels = memory.take(kRifeColours * width);
  rows.left.is_half ? mix_frames<hwy::float16_t>(rows, to_left, to_right, motion.mask(), width, pixels)
                    : mix_frames<float>(rows, to_left, to_right, motion.mask(), width, pixels);
  write_planes(pixels, width, colours, planes);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace videoenhance
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace videoenhance {

HWY_EXPORT(input_row_float);
HWY_EXPORT(input_row_bfloat16);
HWY_EXPORT(picture_row);

std::int64_t RifeRows::scratch_size() const {
  return HWY_STATIC_DISPATCH(scratch_size)(*this);
}

void rife_input_row(const RifeRows& rows, float time, std::int64_t y, float* scratch, float* to) {
  HWY_DYNAMIC_DISPATCH(input_row_float)(rows, time, y, scratch, to);
}

void rife_input_row(const RifeRows& rows, float time, std::int64_t y, float* scratch, std::uint16_t* to) {
  HWY_DYNAMIC_DISPATCH(input_row_bfloat16)(rows, time, y, scratch, to);
}

void rife_picture_row(const RifeRows& rows, std::int64_t y, std::int64_t width, std::int64_t colours,
                      float* scratch, float* const* planes) {
  HWY_DYNAMIC_DISPATCH(picture_row)(rows, y, width, colours, scratch, planes);
}

}  // namespace videoenhance
#endif
