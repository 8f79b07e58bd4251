#include "core/torch/interpolation/rife_lookup.h"

#include <algorithm>
#include <array>

namespace videoenhance {
namespace {

std::int64_t in_lanes(std::int64_t channels) {
  return (channels + kRifeLanes - 1) / kRifeLanes * kRifeLanes;
}

// result: [h,w,C], the motion first; before a pixel shuffle by kSide kSide * kSide places of each channel.
template <std::int64_t kSide, typename Sample>
void fill_motion(const at::Tensor& result, const at::Tensor& motion) {
  const std::int64_t height = result.size(0), width = result.size(1), channels = result.size(2);
  const std::int64_t row = kSide * width, plane = kSide * height * row;
  const auto* from = result.const_data_ptr<Sample>();
  auto* to = motion.mutable_data_ptr<float>();
  at::parallel_for(0, height, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t y = begin; y < end; ++y) {
      for (std::int64_t k = 0; k < kRifePlanes; ++k) {
        const Sample* pixel = from + y * width * channels + k * kSide * kSide;
        float* target = to + k * plane + y * kSide * row;
        for (std::int64_t x = 0; x < width; ++x, pixel += channels, target += kSide) {
          for (std::int64_t place = 0; place < kSide * kSide; ++place)
            target[place / kSide * row + place % kSide] = static_cast<float>(pixel[place]);
        }
      }
    }
  });
}

template <typename Sample>
void fill_motion(const at::Tensor& result, bool shuffles, const at::Tensor& motion) {
  shuffles ? fill_motion<2, Sample>(result, motion) : fill_motion<1, Sample>(result, motion);
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
    for (std::int64_t y = begin; y < end; ++y) {
      float* to = target + y * width * lanes;
      const Sample* from = said + y * width * count;
      for (std::int64_t x = 0; x < width; ++x, to += lanes, from += count) {
        for (std::int64_t k = 0; k < count; ++k) to[k] = static_cast<float>(from[k]);
        for (std::int64_t c = 0; c < colours; ++c) to[count + c] = planes[(c * height + y) * width + x];
        std::fill(to + count + colours, to + lanes, 0.0f);
      }
    }
  });
}

RifePixels pixels_of(const at::Tensor& tensor) {
  return {tensor.const_data_ptr<float>(), tensor.size(0), tensor.size(1), tensor.size(2)};
}

}  // namespace

// Two frames, the picture, and the motion of all maps, which have four thirds of the pixels.
std::int64_t RifeChannels::bytes() const {
  const std::int64_t floats =
      2 * in_lanes(kRifeColours + features) + kRifeColours + (4 * kRifePlanes + 2) / 3;
  return floats * static_cast<std::int64_t>(sizeof(float));
}

at::Tensor frame_pixels(const at::Tensor& image, const at::Tensor& features) {
  TORCH_CHECK_VALUE(image.dim() == 4 && image.size(1) <= kRifeColours &&
                        (!features.defined() || features.sizes().slice(2) == image.sizes().slice(2)),
                    "a picture [1,3 or 4,H,W] and features of its size are needed, these are ",
                    image.sizes());
  const at::Tensor planes = image[0].contiguous();
  const at::Tensor said = features.defined() ? features[0].permute({1, 2, 0}).contiguous()
                                             : at::empty({image.size(2), image.size(3), 0}, image.options());
  const at::Tensor pixels =
      at::empty({image.size(2), image.size(3), in_lanes(kRifeColours + said.size(2))}, image.options());
  if (said.scalar_type() == at::kBFloat16) {
    fill_pixels<c10::BFloat16>(planes, said, pixels);
  } else {
    fill_pixels<float>(planes, said.to(at::kFloat), pixels);
  }
  return pixels;
}

RifeLookup::RifeLookup(at::Tensor left, at::Tensor right, double time, RifeChannels channels)
    : left_(std::move(left)), right_(std::move(right)), time_(time), channels_(channels) {
  const bool are_frames = left_.dim() == 3 && left_.size(2) == in_lanes(kRifeColours + channels.features) &&
                          left_.is_contiguous() && right_.is_contiguous();
  TORCH_CHECK_VALUE(channels.fit() && are_frames && left_.sizes() == right_.sizes(), "frames ", left_.sizes(),
                    " and ", right_.sizes(), " were not made for ", channels.features, " features");
}

void RifeLookup::add(const at::Tensor& result, bool shuffles) {
  const std::int64_t side = shuffles ? 2 : 1, places = side * side, motions = kRifePlanes * places;
  const bool carries = result.dim() == 4 && result.size(1) > motions;
  TORCH_CHECK_VALUE(
      result.dim() == 4 && result.size(1) == motions + (carries ? channels_.carried * places : 0),
      "a block's result has ", result.sizes(), ": channels are missing or too many");
  const at::Tensor values = result.contiguous(at::MemoryFormat::ChannelsLast)[0].permute({1, 2, 0});
  const std::int64_t height = side * values.size(0), width = side * values.size(1);
  const at::Tensor motion = at::empty({kRifePlanes * height * width + kRifeSlack}, left_.options());
  const bool is_float = values.scalar_type() == at::kFloat;
  if (is_float) {
    fill_motion<float>(values, shuffles, motion);
  } else {
    fill_motion<c10::BFloat16>(values, shuffles, motion);
  }
  if (!maps_.empty()) maps_.back().carried = {};
  RifeMap map{motion.const_data_ptr<float>(), {}, height, width, left_.size(0) / height};
  if (carries) {
    const std::size_t before = static_cast<std::size_t>(motions) * values.element_size();
    map.carried = {static_cast<const std::byte*>(values.const_data_ptr()) + before, is_float, side,
                   values.size(2)};
  }
  maps_.push_back(map);
  motions_.push_back(motion);
  carried_ = values;
}

RifeRows RifeLookup::rows(std::int64_t scale) const {
  TORCH_CHECK_VALUE(maps_.empty() || scale == 1 || 2 * scale <= maps_.back().scale, "a block at 1/", scale,
                    " cannot follow one whose map is at 1/", maps_.back().scale);
  return {pixels_of(left_), pixels_of(right_), channels_.features, maps_, channels_.adds_masks, scale};
}

at::Tensor RifeLookup::input(std::int64_t scale, c10::ScalarType type) const {
  TORCH_CHECK_VALUE(type == at::kFloat || type == at::kBFloat16, "RIFE looks up float32 or bfloat16, not ",
                    type);
  const RifeRows rows = this->rows(scale);
  const auto time = static_cast<float>(time_);
  const std::int64_t height = left_.size(0) / scale, row = rows.width() * rows.inputs();
  const at::Tensor out = at::empty({1, height, rows.width(), rows.inputs()}, left_.options().dtype(type));
  void* to = out.mutable_data_ptr();
  at::parallel_for(0, height, 1, [&](std::int64_t begin, std::int64_t end) {
    const at::Tensor scratch = at::empty({rows.scratch_size()}, at::kFloat);
    auto* memory = scratch.mutable_data_ptr<float>();
    for (std::int64_t y = begin; y < end; ++y) {
      if (type == at::kFloat) {
        rife_input_row(rows, time, y, memory, static_cast<float*>(to) + y * row);
      } else {
        rife_input_row(rows, time, y, memory, static_cast<std::uint16_t*>(to) + y * row);
      }
    }
  });
  return out.permute({0, 3, 1, 2});
}

at::Tensor RifeLookup::picture(std::int64_t channels, std::int64_t height, std::int64_t width) const {
  TORCH_CHECK_VALUE(channels <= kRifeColours, "no frame has ", channels, " colours");
  const at::Tensor out = at::empty({1, channels, height, width}, left_.options());
  const RifeRows rows = this->rows(1);
  auto* data = out.mutable_data_ptr<float>();
  at::parallel_for(0, height, 1, [&](std::int64_t begin, std::int64_t end) {
    const at::Tensor scratch = at::empty({rows.scratch_size()}, at::kFloat);
    for (std::int64_t y = begin; y < end; ++y) {
      std::array<float*, kRifeColours> planes{};
      for (std::int64_t c = 0; c < channels; ++c) planes[c] = data + (c * height + y) * width;
      rife_picture_row(rows, y, width, channels, scratch.mutable_data_ptr<float>(), planes.data());
    }
  });
  return out;
}

}  // namespace videoenhance
