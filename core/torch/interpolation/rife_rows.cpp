#include "core/torch/interpolation/rife_rows.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/torch/kernels/vectors.h"
#include "core/torch/kernels/warp_pixel.h"

namespace videoenhance {
namespace {

// Eight channels of a pixel, and four values; compilers make of it what the processor has.
using Lanes = float __attribute__((vector_size(kRifeLanes * sizeof(float))));
using Quad = float __attribute__((vector_size(4 * sizeof(float))));
using WholeLanes = std::int32_t __attribute__((vector_size(kRifeLanes * sizeof(float))));
using WholeQuad = std::int32_t __attribute__((vector_size(4 * sizeof(float))));

#define VIDEOENHANCE_INLINE inline __attribute__((always_inline))

// Between which two pixels of an axis a coordinate lies, and how far from the first one.
struct Between {
  std::int64_t first, second;
  float part;
};

Between between(float coordinate, std::int64_t size) {
  const float inside = clamp_coordinate(coordinate, size - 1);
  const auto first = static_cast<std::int64_t>(inside);
  return {first, first + (first + 1 < size), inside - static_cast<float>(first)};
}

// Where the centre of a frame's pixel falls in a map.
Between in_map(std::int64_t position, float per_pixel, std::int64_t size) {
  return between((static_cast<float>(position) + 0.5f) * per_pixel - 0.5f, size);
}

// Where they lie as they happen to.
using LanesAnywhere = float __attribute__((vector_size(kRifeLanes * sizeof(float)), aligned(sizeof(float))));
using QuadAnywhere = float __attribute__((vector_size(4 * sizeof(float)), aligned(sizeof(float))));

VIDEOENHANCE_INLINE const LanesAnywhere& lanes_at(const float* from) {
  return *reinterpret_cast<const LanesAnywhere*>(from);
}

VIDEOENHANCE_INLINE const Quad& flow_of(const Lanes& motion) {
  return reinterpret_cast<const Quad&>(motion);
}

// ------------------------------------------------------------------------------------------------------
// motion

// A line of eight channels between two rows of a map. line: width + 1 pixels, the last one twice.
struct MapLine {
  const float *upper, *lower;
  std::int64_t width, channels;
  float part;
};

// Adds a map to a row of samples: first between its rows, then between the pixels that the samples lie at.
// Its mask replaces what was there where `keeps_mask` is false.
VIDEOENHANCE_VECTORS
void add_map(const MapLine& map, const std::int32_t* firsts, const float* parts, std::int64_t count,
             bool keeps_mask, Lanes* line, Lanes* sums) {
  for (std::int64_t x = 0; x < map.width; ++x) {
    line[x] = lanes_at(map.upper + x * map.channels) * (1 - map.part) +
              lanes_at(map.lower + x * map.channels) * map.part;
  }
  line[map.width] = line[map.width - 1];
  const std::int32_t mask = keeps_mask ? -1 : 0;  // chosen, not multiplied: it may have been infinite
  const WholeLanes keep = {-1, -1, -1, -1, mask, -1, -1, -1};
  for (std::int64_t k = 0; k < count; ++k) {
    const Lanes *at = line + firsts[k], part = at[0] * (1 - parts[k]) + at[1] * parts[k];
    sums[k] = (keep ? sums[k] : Lanes{}) + part;
  }
}

// ------------------------------------------------------------------------------------------------------
// frames

// Adds a bilinear sample of each group of channels, at (x, y) + (right, below) of a pixel that lies inside.
VIDEOENHANCE_INLINE void add_sample(Lanes* sums, std::int64_t groups, const RifePixels& image, std::int32_t x,
                                    std::int32_t y, std::int32_t right, std::int32_t below, float x_part,
                                    float y_part) {
  const float* upper = image.data + (y * image.width + x) * image.channels;
  const float* lower = upper + below * image.width * image.channels;
  const std::int64_t next = right * image.channels;
  for (std::int64_t group = 0; group < groups; ++group) {
    const std::int64_t at = group * kRifeLanes;
    const Lanes above = lanes_at(upper + at) * (1 - x_part) + lanes_at(upper + at + next) * x_part;
    const Lanes below_it = lanes_at(lower + at) * (1 - x_part) + lanes_at(lower + at + next) * x_part;
    sums[group] += above * (1 - y_part) + below_it * y_part;
  }
}

struct Pair {
  RifePixels left, right;
  Quad last;  // column and row, twice
};

Pair pair_of(const RifePixels& left, const RifePixels& right) {
  const auto column = static_cast<float>(left.width - 1), row = static_cast<float>(left.height - 1);
  return {left, right, Quad{column, row, column, row}};
}

// Both frames where the motion of the pixel (x, y) points. NaN becomes 0, so that no index is ever out of
// range.
VIDEOENHANCE_INLINE void add_warped(Lanes* left, Lanes* right, std::int64_t groups, const Pair& pair,
                                    const Lanes& motion, float x, float y) {
  const Quad to = Quad{x, y, x, y} + flow_of(motion);
  const Quad positive = to > 0 ? to : Quad{};
  const Quad inside = positive < pair.last ? positive : pair.last;
  const WholeQuad first = __builtin_convertvector(inside, WholeQuad);
  const Quad whole = __builtin_convertvector(first, Quad), part = inside - whole;
  const WholeQuad more = (whole < pair.last) & WholeQuad{1, 1, 1, 1};
  add_sample(left, groups, pair.left, first[0], first[1], more[0], more[1], part[0], part[1]);
  add_sample(right, groups, pair.right, first[2], first[3], more[2], more[3], part[2], part[3]);
}

// What a pixel of a block's input is made of: sums over its samples.
struct Sums {
  Lanes motion{}, carried{}, left[kRifeGroups]{}, right[kRifeGroups]{};
};

VIDEOENHANCE_INLINE float* copy(const Lanes* from, std::int64_t first, std::int64_t count, float* to) {
  std::memcpy(to, reinterpret_cast<const float*>(from) + first,
              static_cast<std::size_t>(count) * sizeof(float));
  return to + count;
}

VIDEOENHANCE_INLINE float* write_pixel(const Sums& sums, const RifeInput& input, bool has_motion,
                                       float per_pixel, float* to) {
  to = copy(sums.left, 0, 3, to);
  to = copy(sums.right, 0, 3, to);
  to = copy(sums.left, kRifeColours, input.features, to);
  to = copy(sums.right, kRifeColours, input.features, to);
  *to++ = input.time;
  if (!has_motion) return to;
  *to++ = sums.motion[kRifeMask];
  to = copy(&sums.carried, 0, input.carried, to);
  *reinterpret_cast<QuadAnywhere*>(to) = flow_of(sums.motion) * per_pixel;
  return to + kRifeFlow;
}

RifePixels pixels_of(const at::Tensor& tensor) {
  return {tensor.const_data_ptr<float>(), tensor.size(0), tensor.size(1), tensor.size(2)};
}

}  // namespace

// Of a row of pixels: `side` rows of side * width, one after the other.
struct RifeSamples {
  const Lanes *motion, *carried;
  const float* columns;
  std::int64_t side, count;  // count: of one row
  float first_row;
};

namespace {

// kGroups: of the frames' channels, or 0 where only `groups` knows.
template <std::int64_t kGroups>
VIDEOENHANCE_INLINE void warp_row(const Pair& pair, std::int64_t groups, const RifeSamples& samples,
                                  std::int64_t width, const RifeInput& input, bool has_motion, float scale,
                                  float* to) {
  const std::int64_t side = samples.side, known = kGroups > 0 ? kGroups : groups;
  const float share = 1.0f / static_cast<float>(side * side);
  for (std::int64_t x = 0; x < width; ++x) {
    Sums sums;
    for (std::int64_t k = 0; k < side * side; ++k) {
      const std::int64_t column = x * side + k % side, at = k / side * samples.count + column;
      const Lanes motion = samples.motion[at];
      sums.motion += motion;
      if (samples.carried) sums.carried += samples.carried[at];
      add_warped(sums.left, sums.right, known, pair, motion, samples.columns[column],
                 samples.first_row + static_cast<float>(k / side));
    }
    sums.motion *= share;
    sums.carried *= share;
    for (std::int64_t group = 0; group < known; ++group) {
      sums.left[group] *= share;
      sums.right[group] *= share;
    }
    to = write_pixel(sums, input, has_motion, 1.0f / scale, to);
  }
}

VIDEOENHANCE_VECTORS
void input_row(const Pair& pair, std::int64_t groups, const RifeSamples& samples, std::int64_t width,
               const RifeInput& input, bool has_motion, float scale, float* to) {
  if (groups == 1) {
    if (input.features == 4 && input.carried == 8)
      return warp_row<1>(pair, groups, samples, width, RifeInput{4, 8, input.time}, has_motion, scale, to);
    return warp_row<1>(pair, groups, samples, width, input, has_motion, scale, to);
  }
  return warp_row<0>(pair, groups, samples, width, input, has_motion, scale, to);
}

VIDEOENHANCE_VECTORS
void picture_row(const Pair& pair, const RifeSamples& samples, std::int64_t channels, float* const* planes) {
  for (std::int64_t x = 0; x < samples.count; ++x) {
    Lanes left{}, right{};
    const Lanes motion = samples.motion[x];
    add_warped(&left, &right, 1, pair, motion, samples.columns[x], samples.first_row);
    const float mask = 1.0f / (1.0f + std::exp(-motion[kRifeMask]));
    const Lanes mixed = right + (left - right) * mask;
    for (std::int64_t c = 0; c < channels; ++c) planes[c][x] = mixed[c];
  }
}

}  // namespace

RifeRows::RifeRows(const at::Tensor& left, const at::Tensor& right, const std::vector<RifeMap>& maps,
                   bool adds_masks, std::int64_t scale, std::int64_t width)
    : left_(pixels_of(left)),
      right_(pixels_of(right)),
      map_count_(static_cast<int>(maps.size())),
      adds_masks_(adds_masks),
      scale_(scale),
      side_(scale == 1 ? 1 : 2),
      width_(width) {
  TORCH_CHECK(maps.size() <= kMostMaps, "RIFE has at most ", kMostMaps, " blocks");
  const std::int64_t count = side_ * width_;
  columns_ = at::empty({count}, at::kFloat);
  firsts_ = at::empty({map_count_, count}, at::kInt);
  parts_ = at::empty({map_count_, count}, at::kFloat);
  auto* columns = columns_.mutable_data_ptr<float>();
  for (std::int64_t k = 0; k < count; ++k)
    columns[k] = static_cast<float>(first_sample(k / side_) + k % side_);
  for (int m = 0; m < map_count_; ++m) {
    maps_[m] = pixels_of(maps[m].pixels);
    per_pixel_[m] = 1.0f / static_cast<float>(maps[m].scale);
    auto* first = firsts_.mutable_data_ptr<std::int32_t>() + m * count;
    auto* part = parts_.mutable_data_ptr<float>() + m * count;
    for (std::int64_t k = 0; k < count; ++k) {
      const Between at = in_map(static_cast<std::int64_t>(columns[k]), per_pixel_[m], maps_[m].width);
      first[k] = static_cast<std::int32_t>(at.first);
      part[k] = at.part;
    }
  }
}

std::int64_t RifeRows::scratch_size() const {
  std::int64_t line = 0;
  for (int m = 0; m < map_count_; ++m) line = std::max(line, maps_[m].width + 1);
  return (line + 2 * side_ * side_ * width_) * kRifeLanes;
}

// Motion is the sum of all maps, carried channels are the last map's.
RifeSamples RifeRows::samples_of(std::int64_t y, bool carries, float* scratch) const {
  const std::int64_t count = side_ * width_, row = first_sample(y);
  auto* motion = reinterpret_cast<Lanes*>(scratch);
  Lanes *carried = motion + side_ * count, *line = carried + side_ * count;
  std::fill_n(motion, side_ * count, Lanes{});
  if (carries) std::fill_n(carried, side_ * count, Lanes{});
  for (std::int64_t r = 0; r < side_; ++r) {
    for (int m = 0; m < map_count_; ++m) {
      const RifePixels& map = maps_[m];
      const Between at = in_map(row + r, per_pixel_[m], map.height);
      const std::int64_t step = map.width * map.channels;
      const auto* first = firsts_.const_data_ptr<std::int32_t>() + m * count;
      const auto* part = parts_.const_data_ptr<float>() + m * count;
      const auto add = [&](std::int64_t group, Lanes* sums) {
        const float* of_group = map.data + group * kRifeLanes;
        add_map({of_group + at.first * step, of_group + at.second * step, map.width, map.channels, at.part},
                first, part, count, adds_masks_, line, sums + r * count);
      };
      add(0, motion);
      if (carries && m == map_count_ - 1) add(1, carried);
    }
  }
  return {motion, carries ? carried : nullptr, columns_.const_data_ptr<float>(), side_,
          count,  static_cast<float>(row)};
}

void RifeRows::input(const RifeInput& input, std::int64_t y, float* scratch, float* to) const {
  const bool has_motion = map_count_ > 0;
  const RifeSamples samples = samples_of(y, has_motion && input.carried > 0, scratch);
  input_row(pair_of(left_, right_), left_.channels / kRifeLanes, samples, width_, input, has_motion,
            static_cast<float>(scale_), to);
}

void RifeRows::picture(std::int64_t y, std::int64_t channels, float* scratch, float* const* planes) const {
  picture_row(pair_of(left_, right_), samples_of(y, false, scratch), channels, planes);
}

}  // namespace videoenhance
