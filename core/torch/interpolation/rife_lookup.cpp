#include "core/torch/interpolation/rife_lookup.h"

#include <algorithm>
#include <array>

#include "core/torch/kernels/vectors.h"

namespace videoenhance {
namespace {

constexpr std::int64_t kLanes = kRifeLanes, kColours = kRifeColours, kFlow = kRifeFlow, kMask = kRifeMask;
static_assert(RifeChannels::kMostCarried <= kLanes &&
              kColours + RifeChannels::kMostFeatures <= kRifeGroups * kLanes);

std::int64_t in_lanes(std::int64_t channels) {
  return (channels + kLanes - 1) / kLanes * kLanes;
}

VIDEOENHANCE_VECTORS
void convert_row(const float* from, c10::BFloat16* to, std::int64_t count) {
  for (std::int64_t k = 0; k < count; ++k) to[k] = static_cast<c10::BFloat16>(from[k]);
}

void fill_input(const RifeRows& rows, const RifeInput& input, const at::Tensor& out) {
  const std::int64_t count = out.size(3) * out.size(1);
  const bool is_float = out.scalar_type() == at::kFloat;
  void* target = out.mutable_data_ptr();
  at::parallel_for(0, out.size(2), 1, [&](std::int64_t begin, std::int64_t end) {
    const at::Tensor buffer = at::empty({rows.scratch_size() + (is_float ? 0 : count)}, at::kFloat);
    auto* scratch = buffer.mutable_data_ptr<float>();
    float* values = scratch + rows.scratch_size();
    for (std::int64_t y = begin; y < end; ++y) {
      rows.input(input, y, scratch, is_float ? static_cast<float*>(target) + y * count : values);
      if (!is_float) convert_row(values, static_cast<c10::BFloat16*>(target) + y * count, count);
    }
  });
}

// Numbers of a pixel in float32, one after the other.
VIDEOENHANCE_VECTORS
void widen(const c10::BFloat16* from, float* to, std::int64_t count) {
  for (std::int64_t k = 0; k < count; ++k) to[k] = static_cast<float>(from[k]);
}

void widen(const float* from, float* to, std::int64_t count) {
  std::copy_n(from, count, to);
}

// result: [h,w,C] or, before a pixel shuffle by `side`, [h/side,w/side,C*side*side]; map: [h,w,8n].
template <typename Sample>
void fill_map(const at::Tensor& result, const at::Tensor& map, std::int64_t side, std::int64_t carried,
              float factor) {
  const auto* from = result.const_data_ptr<Sample>();
  auto* target = map.mutable_data_ptr<float>();
  const std::int64_t width = result.size(1), channels = result.size(2), lanes = map.size(2),
                     step = side * side;
  at::parallel_for(0, result.size(0), 1, [&](std::int64_t begin, std::int64_t end) {
    const at::Tensor row = at::empty({width * channels}, at::kFloat);
    auto* values = row.mutable_data_ptr<float>();
    for (std::int64_t line = begin * side; line < end * side; ++line) {
      if (line % side == 0) widen(from + line / side * width * channels, values, width * channels);
      float* to = target + line * side * width * lanes;
      for (std::int64_t x = 0; x < side * width; ++x, to += lanes) {
        const float* pixel = values + x / side * channels + line % side * side + x % side;
        std::fill_n(to, lanes, 0.0f);
        for (std::int64_t k = 0; k < kFlow; ++k) to[k] = factor * pixel[k * step];
        to[kMask] = pixel[kMask * step];
        for (std::int64_t k = 0; k < carried; ++k) to[kLanes + k] = pixel[(kMask + 1 + k) * step];
      }
    }
  });
}

// A frame's pixels row by row. image: [C,H,W]; features: [H,W,F], F may be 0.
template <typename Sample>
void fill_pixels(const at::Tensor& image, const at::Tensor& features, const at::Tensor& pixels) {
  const std::int64_t height = pixels.size(0), width = pixels.size(1), lanes = pixels.size(2);
  const std::int64_t colours = image.size(0), count = features.size(2);
  const float* planes = image.const_data_ptr<float>();
  const auto* said = features.const_data_ptr<Sample>();
  auto* target = pixels.mutable_data_ptr<float>();
  at::parallel_for(0, height, 1, [&](std::int64_t begin, std::int64_t end) {
    const at::Tensor row = at::empty({width * count}, at::kFloat);
    auto* values = row.mutable_data_ptr<float>();
    for (std::int64_t y = begin; y < end; ++y) {
      widen(said + y * width * count, values, width * count);
      float* to = target + y * width * lanes;
      for (std::int64_t x = 0; x < width; ++x, to += lanes) {
        std::fill_n(to, lanes, 0.0f);
        for (std::int64_t c = 0; c < colours; ++c) to[c] = planes[(c * height + y) * width + x];
        for (std::int64_t k = 0; k < count; ++k) to[kColours + k] = values[x * count + k];
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
  TORCH_CHECK_VALUE(image.dim() == 4 && image.size(1) <= kColours &&
                        (!features.defined() || features.sizes().slice(2) == image.sizes().slice(2)),
                    "a picture [1,3 or 4,H,W] and features of its size are needed, these are ",
                    image.sizes());
  const at::Tensor planes = image[0].contiguous();
  const at::Tensor said = features.defined() ? features[0].permute({1, 2, 0}).contiguous()
                                             : at::empty({image.size(2), image.size(3), 0}, image.options());
  const at::Tensor pixels =
      at::empty({image.size(2), image.size(3), in_lanes(kColours + said.size(2))}, image.options());
  if (said.scalar_type() == at::kBFloat16) {
    fill_pixels<c10::BFloat16>(planes, said, pixels);
  } else {
    fill_pixels<float>(planes, said.to(at::kFloat), pixels);
  }
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
  TORCH_CHECK_VALUE(result.dim() == 4 && result.size(1) >= (kFlow + 1 + carried) * side * side,
                    "a block's result has ", result.sizes(), ": channels are missing");
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
  const at::Tensor out =
      at::empty({1, height, width, channels}, left_.options().dtype(type)).permute({0, 3, 1, 2});
  TORCH_CHECK_VALUE(type == at::kFloat || type == at::kBFloat16, "RIFE looks up float32 or bfloat16, not ",
                    type);
  fill_input(RifeRows(left_, right_, maps_, channels_.adds_masks, scale, width),
             {channels_.features, channels_.carried, static_cast<float>(time_)}, out);
  return out;
}

at::Tensor RifeLookup::picture(std::int64_t channels, std::int64_t height, std::int64_t width) const {
  TORCH_CHECK_VALUE(channels <= kColours, "no frame has ", channels, " colours");
  const at::Tensor out = at::empty({1, channels, height, width}, left_.options());
  const RifeRows rows(left_, right_, maps_, channels_.adds_masks, 1, width);
  auto* data = out.mutable_data_ptr<float>();
  at::parallel_for(0, height, 1, [&](std::int64_t begin, std::int64_t end) {
    const at::Tensor scratch = at::empty({rows.scratch_size()}, at::kFloat);
    for (std::int64_t y = begin; y < end; ++y) {
      std::array<float*, kColours> planes{};
      for (std::int64_t c = 0; c < channels; ++c) planes[c] = data + (c * height + y) * width;
      rows.picture(y, channels, scratch.mutable_data_ptr<float>(), planes.data());
    }
  });
  return out;
}

}  // namespace videoenhance
