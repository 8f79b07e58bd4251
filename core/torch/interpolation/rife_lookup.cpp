#include "core/torch/interpolation/rife_lookup.h"

#include <algorithm>
#include <array>

#include "core/torch/interpolation/rife_pixels.h"
#include "core/torch/runtime/stage.h"

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
      const Sample* pixel = from + y * width * channels;
      float* target = to + y * kSide * row;
      for (std::int64_t x = 0; x < width; ++x, pixel += channels, target += kSide) {
        for (std::int64_t k = 0; k < kRifePlanes; ++k) {
          for (std::int64_t place = 0; place < kSide * kSide; ++place)
            target[k * plane + place / kSide * row + place % kSide] =
                static_cast<float>(pixel[k * kSide * kSide + place]);
        }
      }
    }
  });
}

template <typename Sample>
void fill_motion(const at::Tensor& result, bool shuffles, const at::Tensor& motion) {
  shuffles ? fill_motion<2, Sample>(result, motion) : fill_motion<1, Sample>(result, motion);
}

RifePixels pixels_of(const at::Tensor& tensor) {
  return {tensor.const_data_ptr(), tensor.scalar_type() == at::kHalf, tensor.size(0), tensor.size(1),
          tensor.size(2)};
}

}  // namespace

// Two frames, the picture, and the motion of all maps, which have four thirds of the pixels.
std::int64_t RifeChannels::bytes(c10::ScalarType frames) const {
  const auto of_frames = static_cast<std::int64_t>(c10::elementSize(frames));
  return 2 * of_frames * in_lanes(kRifeColours + features) +
         static_cast<std::int64_t>(sizeof(float)) * (kRifeColours + (4 * kRifePlanes + 2) / 3);
}

at::Tensor frame_pixels(const at::Tensor& image, const at::Tensor& features, c10::ScalarType type) {
  TORCH_CHECK_VALUE(
      image.dim() == 4 && (image.size(1) == 3 || image.size(1) == kRifeColours) &&
          (!features.defined() ||
           (features.size(1) % 4 == 0 && features.sizes().slice(2) == image.sizes().slice(2))) &&
          (type == at::kFloat || type == at::kHalf),
      "a picture [1,3 or 4,H,W] and features of its size are needed, these are ", image.sizes());
  const std::int64_t height = image.size(2), width = image.size(3);
  const at::Tensor planes = image[0].contiguous();
  at::Tensor said = features.defined() ? features[0].permute({1, 2, 0}).contiguous()
                                       : at::empty({height, width, 0}, image.options());
  if (said.scalar_type() != at::kBFloat16) said = said.to(at::kFloat);
  const at::Tensor pixels =
      at::empty({height, width, in_lanes(kRifeColours + said.size(2))}, image.options().dtype(type));
  const KernelScope kernel("frame_pixels", {planes, said, pixels});
  at::parallel_for(0, height, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t y = begin; y < end; ++y) {
      const auto at_row = [&](const at::Tensor& tensor, std::int64_t index) {
        const auto* first = static_cast<const std::byte*>(tensor.const_data_ptr());
        return first ? first + index * tensor.stride(0) * tensor.element_size() : nullptr;
      };
      RifeFrameRow row{{},           planes.size(0), at_row(said, y), said.scalar_type() == at::kFloat,
                       said.size(2), width};
      for (std::int64_t c = 0; c < planes.size(0); ++c)
        row.planes[c] = planes.const_data_ptr<float>() + (c * height + y) * width;
      void* to =
          static_cast<std::byte*>(pixels.mutable_data_ptr()) + y * pixels.stride(0) * pixels.element_size();
      rife_fill_pixels(row, pixels.size(2), type == at::kHalf, to);
    }
  });
  return pixels;
}

RifeLookup::RifeLookup(at::Tensor left, at::Tensor right, double time, RifeChannels channels)
    : left_(std::move(left)), right_(std::move(right)), time_(time), channels_(channels) {
  const bool are_frames = left_.dim() == 3 && left_.size(2) == in_lanes(kRifeColours + channels.features) &&
                          left_.size(0) > 1 && left_.size(1) > 1 && left_.is_contiguous() &&
                          right_.is_contiguous() && left_.scalar_type() == right_.scalar_type() &&
                          (left_.scalar_type() == at::kFloat || left_.scalar_type() == at::kHalf);
  TORCH_CHECK_VALUE(channels.fit() && are_frames && left_.sizes() == right_.sizes(), "frames ", left_.sizes(),
                    " and ", right_.sizes(), " were not made for ", channels.features, " features");
}

void RifeLookup::add(const at::Tensor& result, bool shuffles) {
  const StageScope stage("block results");
  const std::int64_t side = shuffles ? 2 : 1, places = side * side, motions = kRifePlanes * places;
  const bool carries = result.dim() == 4 && result.size(1) > motions;
  TORCH_CHECK_VALUE(
      result.dim() == 4 && result.size(1) == motions + (carries ? channels_.carried * places : 0),
      "a block's result has ", result.sizes(), ": channels are missing or too many");
  const at::Tensor values = result.contiguous(at::MemoryFormat::ChannelsLast)[0].permute({1, 2, 0});
  const std::int64_t height = side * values.size(0), width = side * values.size(1);
  const std::int64_t scale = left_.size(0) / height;
  TORCH_CHECK_VALUE(
      height * scale == left_.size(0) && width * scale == left_.size(1) && (scale & (scale - 1)) == 0,
      "a block's result ", result.sizes(), " has no size of frames ", left_.sizes());
  const at::Tensor motion = at::empty({kRifePlanes * height * width + kRifeSlack}, at::kFloat);
  const KernelScope kernel("rife_motion", {values, motion});
  const bool is_float = values.scalar_type() == at::kFloat;
  if (is_float) {
    fill_motion<float>(values, shuffles, motion);
  } else {
    fill_motion<c10::BFloat16>(values, shuffles, motion);
  }
  if (!maps_.empty()) maps_.back().carried = {};
  RifeMap map{motion.const_data_ptr<float>(), {}, height, width, scale};
  if (carries) {
    const std::size_t before = static_cast<std::size_t>(motions) * values.element_size();
    map.carried = {static_cast<const std::byte*>(values.const_data_ptr()) + before, is_float, side,
                   values.size(2)};
  }
  maps_.push_back(map);
  motions_.push_back(motion);
  carried_ = carries ? values : at::Tensor();
}

RifeRows RifeLookup::rows(std::int64_t scale) const {
  return {pixels_of(left_), pixels_of(right_), channels_.features, maps_, channels_.adds_masks, scale};
}

std::int64_t RifeLookup::bytes_read(std::int64_t scale) const {
  std::size_t bytes = 2 * left_.nbytes();
  if (scale > 2) bytes = bytes * 4 / static_cast<std::size_t>(scale * scale);
  for (const auto& motion : motions_) bytes += motion.nbytes();
  return static_cast<std::int64_t>(bytes);
}

at::Tensor RifeLookup::input(std::int64_t scale, c10::ScalarType type) const {
  const StageScope stage("block inputs");
  TORCH_CHECK_VALUE(type == at::kFloat || type == at::kBFloat16, "RIFE looks up float32 or bfloat16, not ",
                    type);
  TORCH_CHECK_VALUE(maps_.empty() || 2 * scale <= maps_.back().scale, "a block at 1/", scale,
                    " cannot follow one whose map is at 1/", maps_.back().scale);
  const RifeRows rows = this->rows(scale);
  const auto time = static_cast<float>(time_);
  const std::int64_t height = left_.size(0) / scale, row = rows.width() * rows.inputs();
  const at::Tensor out = at::empty({1, height, rows.width(), rows.inputs()}, left_.options().dtype(type));
  const KernelScope kernel("rife_input", {bytes_read(scale), carried_, out});
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
  const StageScope stage("last blend");
  TORCH_CHECK_VALUE(channels <= kRifeColours && height <= left_.size(0) && width <= left_.size(1), "frames ",
                    left_.sizes(), " have no part [", channels, ",", height, ",", width, "]");
  const at::Tensor out = at::empty({1, channels, height, width}, at::kFloat);
  const RifeRows rows = this->rows(1);
  const KernelScope kernel("rife_picture", {bytes_read(1), out});
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
