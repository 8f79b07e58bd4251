#include "core/torch/interpolation/rife_lookup.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "core/torch/kernels/vectors.h"
#include "core/torch/kernels/warp_pixel.h"

namespace videoenhance {
namespace {

constexpr std::int64_t kLanes = 8, kColours = 4, kFlow = 4, kMask = 4;
constexpr std::int64_t kMostGroups = (kColours + RifeChannels::kMostFeatures + kLanes - 1) / kLanes;
static_assert(RifeChannels::kMostCarried <= kLanes);
constexpr int kMostMaps = 8;

// Eight channels of a pixel; compilers make of it what the processor has.
using Lanes = float __attribute__((vector_size(kLanes * sizeof(float))));

#define VIDEOENHANCE_INLINE inline __attribute__((always_inline))

std::int64_t in_lanes(std::int64_t channels) {
  return (channels + kLanes - 1) / kLanes * kLanes;
}

struct Pixels {
  const float* data;
  std::int64_t height, width, channels;
  float per_pixel;  // of its own pixels, for a pixel of the frames
};

Pixels pixels_of(const at::Tensor& tensor, std::int64_t scale = 1) {
  return {tensor.const_data_ptr<float>(), tensor.size(0), tensor.size(1), tensor.size(2),
          1.0f / static_cast<float>(scale)};
}

// Between which two pixels of an axis a coordinate lies, and how far from the first one.
struct Between {
  std::int64_t first, second;
  float part;
};

VIDEOENHANCE_INLINE Between between(float coordinate, std::int64_t size) {
  const float inside = clamp_coordinate(coordinate, size - 1);
  const auto first = static_cast<std::int64_t>(inside);
  return {first, first + (first + 1 < size), inside - static_cast<float>(first)};
}

// Adds a bilinear sample of one group of channels.
VIDEOENHANCE_INLINE void add_sample(Lanes& sum, const Pixels& image, const Between& x, const Between& y,
                                    std::int64_t group) {
  const float* upper = image.data + y.first * image.width * image.channels + group * kLanes;
  const float* lower = image.data + y.second * image.width * image.channels + group * kLanes;
  Lanes corners[4];
  std::memcpy(&corners[0], upper + x.first * image.channels, sizeof(Lanes));
  std::memcpy(&corners[1], upper + x.second * image.channels, sizeof(Lanes));
  std::memcpy(&corners[2], lower + x.first * image.channels, sizeof(Lanes));
  std::memcpy(&corners[3], lower + x.second * image.channels, sizeof(Lanes));
  const Lanes above = corners[0] * (1 - x.part) + corners[1] * x.part;
  const Lanes below = corners[2] * (1 - x.part) + corners[3] * x.part;
  sum += above * (1 - y.part) + below * y.part;
}

// Everything that the rows of a picture are made from.
struct Sources {
  Pixels left, right;
  std::array<Pixels, kMostMaps> maps;
  int map_count;
  bool adds_masks;
};

Sources sources_of(const at::Tensor& left, const at::Tensor& right, const std::vector<RifeMap>& maps,
                   bool adds_masks) {
  TORCH_CHECK(maps.size() <= kMostMaps, "RIFE has at most ", kMostMaps, " blocks");
  Sources sources{pixels_of(left), pixels_of(right), {}, static_cast<int>(maps.size()), adds_masks};
  for (std::size_t k = 0; k < maps.size(); ++k) sources.maps[k] = pixels_of(maps[k].pixels, maps[k].scale);
  return sources;
}

// Where pixel centres of the frames fall in a map.
VIDEOENHANCE_INLINE Between in_map(std::int64_t position, const Pixels& map, std::int64_t size) {
  return between((static_cast<float>(position) + 0.5f) * map.per_pixel - 0.5f, size);
}

VIDEOENHANCE_INLINE void add_motion(Lanes& sum, const Sources& sources, std::int64_t x, std::int64_t y) {
  for (int k = 0; k < sources.map_count; ++k) {
    const Pixels& map = sources.maps[k];
    if (!sources.adds_masks) sum[kMask] = 0;
    add_sample(sum, map, in_map(x, map, map.width), in_map(y, map, map.height), 0);
  }
}

VIDEOENHANCE_INLINE void add_warped(Lanes& sum, const Pixels& image, const Lanes& motion, int first,
                                    std::int64_t x, std::int64_t y, std::int64_t group) {
  add_sample(sum, image, between(static_cast<float>(x) + motion[first], image.width),
             between(static_cast<float>(y) + motion[first + 1], image.height), group);
}

// The order of a block's input channels.
struct InputRow {
  std::int64_t scale, features, carried, channels;
  float time;
  std::int64_t width;
};

// What `write_pixel` reads: sums over the samples of a pixel.
struct Sums {
  Lanes motion{}, carried{}, left[kMostGroups]{}, right[kMostGroups]{};
};

VIDEOENHANCE_INLINE float* write_pixel(const Sums& sums, const InputRow& row, bool has_motion, float share,
                                       float* to) {
  const auto channel = [](const Lanes* groups, std::int64_t k) { return groups[k / kLanes][k % kLanes]; };
  for (int k = 0; k < 3; ++k) *to++ = share * sums.left[0][k];
  for (int k = 0; k < 3; ++k) *to++ = share * sums.right[0][k];
  for (std::int64_t k = 0; k < row.features; ++k) *to++ = share * channel(sums.left, kColours + k);
  for (std::int64_t k = 0; k < row.features; ++k) *to++ = share * channel(sums.right, kColours + k);
  *to++ = row.time;
  if (!has_motion) return to;
  *to++ = share * sums.motion[kMask];
  for (std::int64_t k = 0; k < row.carried; ++k) *to++ = share * sums.carried[k];
  for (int k = 0; k < kFlow; ++k) *to++ = share / static_cast<float>(row.scale) * sums.motion[k];
  return to;
}

// Resizing to 1/scale is the mean of the four pixels in the middle of scale x scale.
VIDEOENHANCE_VECTORS
void input_row(const Sources& sources, const InputRow& row, std::int64_t y, float* to) {
  const std::int64_t samples = row.scale == 1 ? 1 : 2, before = row.scale / 2 - (row.scale > 1);
  const std::int64_t groups = sources.left.channels / kLanes;
  const float share = 1.0f / static_cast<float>(samples * samples);
  for (std::int64_t x = 0; x < row.width; ++x) {
    Sums sums;
    for (std::int64_t k = 0; k < samples * samples; ++k) {
      const std::int64_t px = x * row.scale + before + k % samples, py = y * row.scale + before + k / samples;
      Lanes motion{};
      add_motion(motion, sources, px, py);
      sums.motion += motion;
      if (row.carried > 0 && sources.map_count > 0) {
        const Pixels& last = sources.maps[sources.map_count - 1];
        add_sample(sums.carried, last, in_map(px, last, last.width), in_map(py, last, last.height), 1);
      }
      for (std::int64_t group = 0; group < groups; ++group) {
        add_warped(sums.left[group], sources.left, motion, 0, px, py, group);
        add_warped(sums.right[group], sources.right, motion, 2, px, py, group);
      }
    }
    to = write_pixel(sums, row, sources.map_count > 0, share, to);
  }
}

VIDEOENHANCE_VECTORS
void picture_row(const Sources& sources, std::int64_t y, std::int64_t width, float* const* planes,
                 std::int64_t channels) {
  for (std::int64_t x = 0; x < width; ++x) {
    Lanes motion{}, left{}, right{};
    add_motion(motion, sources, x, y);
    add_warped(left, sources.left, motion, 0, x, y, 0);
    add_warped(right, sources.right, motion, 2, x, y, 0);
    const float mask = 1.0f / (1.0f + std::exp(-motion[kMask]));
    const Lanes mixed = right + (left - right) * mask;
    for (std::int64_t c = 0; c < channels; ++c) planes[c][x] = mixed[c];
  }
}

VIDEOENHANCE_VECTORS
void convert_row(const float* from, c10::BFloat16* to, std::int64_t count) {
  for (std::int64_t k = 0; k < count; ++k) to[k] = static_cast<c10::BFloat16>(from[k]);
}

void fill_input(const Sources& sources, const InputRow& row, const at::Tensor& out) {
  const std::int64_t count = row.width * row.channels;
  const bool is_float = out.scalar_type() == at::kFloat;
  void* target = out.mutable_data_ptr();
  at::parallel_for(0, out.size(2), 1, [&](std::int64_t begin, std::int64_t end) {
    const at::Tensor buffer = at::empty({is_float ? 0 : count}, at::kFloat);
    auto* values = buffer.mutable_data_ptr<float>();
    for (std::int64_t y = begin; y < end; ++y) {
      float* to = is_float ? static_cast<float*>(target) + y * count : values;
      input_row(sources, row, y, to);
      if (!is_float) convert_row(values, static_cast<c10::BFloat16*>(target) + y * count, count);
    }
  });
}

// result: [h,w,C] or, before a pixel shuffle by `side`, [h/side,w/side,C*side*side]; map: [h,w,8n].
template <typename Sample>
void fill_map(const at::Tensor& result, const at::Tensor& map, std::int64_t side, std::int64_t carried,
              float factor) {
  const auto* from = result.const_data_ptr<Sample>();
  auto* target = map.mutable_data_ptr<float>();
  const std::int64_t height = map.size(0), width = map.size(1), lanes = map.size(2), step = side * side;
  const std::int64_t row = width / side * result.size(2);
  at::parallel_for(0, height, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t y = begin; y < end; ++y) {
      float* to = target + y * width * lanes;
      for (std::int64_t x = 0; x < width; ++x, to += lanes) {
        const Sample* values = from + y / side * row + x / side * result.size(2) + y % side * side + x % side;
        std::fill_n(to, lanes, 0.0f);
        for (std::int64_t k = 0; k < kFlow; ++k) to[k] = factor * static_cast<float>(values[k * step]);
        to[kMask] = static_cast<float>(values[kMask * step]);
        for (std::int64_t k = 0; k < carried; ++k)
          to[kLanes + k] = static_cast<float>(values[(kMask + 1 + k) * step]);
      }
    }
  });
}

}  // namespace

// Two frames, the picture, the last map, and the coarser ones, which have a third of its pixels.
std::int64_t RifeChannels::bytes() const {
  const std::int64_t floats =
      2 * in_lanes(kColours + features) + kColours + kLanes + (kLanes + in_lanes(carried) + 2) / 3;
  return floats * static_cast<std::int64_t>(sizeof(float));
}

at::Tensor frame_pixels(const at::Tensor& image, const at::Tensor& features) {
  const std::int64_t height = image.size(2), width = image.size(3), colours = image.size(1);
  const std::int64_t more = features.defined() ? features.size(1) : 0;
  const at::Tensor pixels = at::zeros({height, width, in_lanes(kColours + more)}, image.options());
  pixels.narrow(2, 0, colours).copy_(image[0].permute({1, 2, 0}));
  if (more > 0) pixels.narrow(2, kColours, more).copy_(features[0].permute({1, 2, 0}));
  return pixels;
}

RifeLookup::RifeLookup(at::Tensor left, at::Tensor right, double time, RifeChannels channels)
    : left_(std::move(left)), right_(std::move(right)), time_(time), channels_(channels) {
  const bool are_frames = left_.dim() == 3 && left_.size(2) == in_lanes(kColours + channels.features) &&
                          left_.is_contiguous() && right_.is_contiguous();
  TORCH_CHECK_VALUE(channels.fit() && are_frames && left_.sizes() == right_.sizes(), "frames ", left_.sizes(),
                    " and ", right_.sizes(), " were not made for ", channels.features, " features");
}

void RifeLookup::add(const at::Tensor& result, bool shuffles, bool is_last) {
  const std::int64_t side = shuffles ? 2 : 1, carried = is_last ? 0 : channels_.carried;
  const at::Tensor values = result.contiguous(at::MemoryFormat::ChannelsLast)[0].permute({1, 2, 0});
  const std::int64_t lanes = kLanes + in_lanes(carried);
  const at::Tensor map = at::empty({side * values.size(0), side * values.size(1), lanes}, left_.options());
  const std::int64_t scale = left_.size(0) / map.size(0);
  if (values.scalar_type() == at::kBFloat16) {
    fill_map<c10::BFloat16>(values, map, side, carried, static_cast<float>(scale));
  } else {
    fill_map<float>(values, map, side, carried, static_cast<float>(scale));
  }
  maps_.push_back({map, scale});
}

at::Tensor RifeLookup::input(std::int64_t scale, c10::ScalarType type) const {
  const bool first = maps_.empty();
  const std::int64_t channels = 7 + 2 * channels_.features + (first ? 0 : kFlow + 1 + channels_.carried);
  const std::int64_t height = left_.size(0) / scale, width = left_.size(1) / scale;
  const Sources sources = sources_of(left_, right_, maps_, channels_.adds_masks);
  const InputRow row{scale,    channels_.features,        channels_.carried,
                     channels, static_cast<float>(time_), width};
  const at::Tensor out =
      at::empty({1, height, width, channels}, left_.options().dtype(type)).permute({0, 3, 1, 2});
  TORCH_CHECK_VALUE(type == at::kFloat || type == at::kBFloat16, "RIFE looks up float32 or bfloat16, not ",
                    type);
  fill_input(sources, row, out);
  return out;
}

at::Tensor RifeLookup::picture(std::int64_t channels, std::int64_t height, std::int64_t width) const {
  const at::Tensor out = at::empty({1, channels, height, width}, left_.options());
  const Sources sources = sources_of(left_, right_, maps_, channels_.adds_masks);
  auto* data = out.mutable_data_ptr<float>();
  at::parallel_for(0, height, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t y = begin; y < end; ++y) {
      std::array<float*, kColours> planes{};
      for (std::int64_t c = 0; c < channels; ++c) planes[c] = data + (c * height + y) * width;
      picture_row(sources, y, width, planes.data(), channels);
    }
  });
  return out;
}

}  // namespace videoenhance
