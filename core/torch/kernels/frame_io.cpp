#include "core/torch/kernels/frame_io.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <type_traits>

#include "core/torch/kernels/rows.h"
#include "core/torch/runtime/stage.h"

namespace videoenhance {
namespace {

constexpr std::int64_t kGrain = 16;  // rows that are worth a thread

// Of a row of pixels, one component's samples; side by side, vectors convert them.
template <typename Sample>
void gather(const std::byte* row, std::ptrdiff_t stride, Sample* out, int width) {
  if (stride == sizeof(Sample)) {
    std::memcpy(out, row, static_cast<std::size_t>(width) * sizeof(Sample));
    return;
  }
  for (int x = 0; x < width; ++x) std::memcpy(out + x, row + x * stride, sizeof(Sample));
}

template <typename Sample>
void scatter(const Sample* in, std::byte* row, std::ptrdiff_t stride, int width) {
  if (stride == sizeof(Sample)) {
    std::memcpy(row, in, static_cast<std::size_t>(width) * sizeof(Sample));
    return;
  }
  for (int x = 0; x < width; ++x) std::memcpy(row + x * stride, in + x, sizeof(Sample));
}

// Row by row: of packed pixels, a row stays in the cache from component to component. Value: float for
// pictures in [0,1], or Sample for what is copied as it is.
template <typename Sample, typename Value = float>
void load_components(const FrameView& frame, at::Tensor& out) {
  auto* planes = out.mutable_data_ptr<Value>();
  at::parallel_for(0, frame.height, kGrain, [&](std::int64_t begin, std::int64_t end) {
    std::vector<Sample> samples(static_cast<std::size_t>(frame.width));
    for (std::int64_t y = begin; y < end; ++y) {
      for (std::int64_t channel = 0; channel < out.size(1); ++channel) {
        const auto& [data, row_stride, pixel_stride] = frame.components[channel];
        Value* target = planes + channel * out.stride(1) + y * frame.width;
        if constexpr (std::is_same_v<Sample, Value>) {
          gather(data + y * row_stride, pixel_stride, target, frame.width);
        } else {
          gather(data + y * row_stride, pixel_stride, samples.data(), frame.width);
          value_row(samples.data(), target, frame.width);
        }
      }
    }
  });
}

template <typename Sample, typename Value = float>
void store_components(const at::Tensor& picture, const FrameSpan& out) {
  constexpr auto kOpaque = std::is_floating_point_v<Sample> ? Sample(1) : std::numeric_limits<Sample>::max();
  const std::vector<Sample> opaque(static_cast<std::size_t>(out.width), kOpaque);
  const auto* planes = picture.const_data_ptr<Value>();
  const std::int64_t channels = out.has_alpha() ? 4 : 3;
  at::parallel_for(0, out.height, kGrain, [&](std::int64_t begin, std::int64_t end) {
    std::vector<Sample> samples(static_cast<std::size_t>(out.width));
    const auto samples_of = [&](const Value* values) {
      if constexpr (std::is_same_v<Sample, Value>) {
        return values;
      } else {
        sample_row(values, samples.data(), out.width);
        return samples.data();
      }
    };
    for (std::int64_t y = begin; y < end; ++y) {
      for (std::int64_t channel = 0; channel < channels; ++channel) {
        const Value* values = planes + channel * picture.stride(1) + y * picture.stride(2);
        const auto& [data, row_stride, pixel_stride] = out.components[channel];
        const Sample* row = channel < picture.size(1) ? samples_of(values) : opaque.data();
        scatter(row, data + y * row_stride, pixel_stride, out.width);
      }
    }
  });
}

}  // namespace

std::array<std::int64_t, 4> picture_sizes(const FrameView& frame) {
  return {1, frame.has_alpha() ? 4 : 3, frame.height, frame.width};
}

at::Tensor load_frame(const FrameView& frame) {
  at::Tensor picture = at::empty(picture_sizes(frame), at::kFloat);
  load_frame(frame, picture);
  return picture;
}

void load_frame(const FrameView& frame, at::Tensor& picture) {
  const KernelScope kernel("load_frame",
                           {picture, picture.numel() * static_cast<std::int64_t>(bytes_of(frame.type))});
  switch (frame.type) {
    case SampleType::kUint8:
      return picture.scalar_type() == at::kByte ? load_components<std::uint8_t, std::uint8_t>(frame, picture)
                                                : load_components<std::uint8_t>(frame, picture);
    case SampleType::kUint16:
      return load_components<std::uint16_t>(frame, picture);
    case SampleType::kFloat32:
      return load_components<float>(frame, picture);
  }
}

void store_frame(const at::Tensor& picture, const FrameSpan& out) {
  const at::Tensor rows = picture.stride(3) == 1 ? picture : picture.contiguous();
  const KernelScope kernel("store_frame",
                           {rows, rows.numel() * static_cast<std::int64_t>(bytes_of(out.type))});
  switch (out.type) {
    case SampleType::kUint8:
      return rows.scalar_type() == at::kByte ? store_components<std::uint8_t, std::uint8_t>(rows, out)
                                             : store_components<std::uint8_t>(rows, out);
    case SampleType::kUint16:
      return store_components<std::uint16_t>(rows, out);
    case SampleType::kFloat32:
      return store_components<float>(rows, out);
  }
}

at::Tensor bytes_to_picture(const at::Tensor& bytes) {
  return bytes.to(at::kFloat).mul_(1.0f / kLevels);
}

at::Tensor picture_to_bytes(const at::Tensor& picture) {
  return picture.clamp(0, 1).mul_(kLevels).add_(0.5).to(at::kByte);
}

}  // namespace videoenhance
