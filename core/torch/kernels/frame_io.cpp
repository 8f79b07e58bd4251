#include "core/torch/kernels/frame_io.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <type_traits>

#include "core/torch/runtime/stage.h"

namespace videoenhance {
namespace {

constexpr std::int64_t kGrain = 16;  // rows that are worth a thread

template <typename Sample>
constexpr float kLargest = std::is_floating_point_v<Sample> ? 1.0f : std::numeric_limits<Sample>::max();

template <typename Sample>
Sample to_sample(float value) {
  if constexpr (std::is_floating_point_v<Sample>) return value;
  // The comparison's order turns NaN into 0.
  const float clamped = value > 0.0f ? std::min(value, 1.0f) : 0.0f;
  return static_cast<Sample>(clamped * kLargest<Sample> + 0.5f);
}

// `stride` is known to the compiler for planar pictures, which lets it use vectors.
template <typename Sample>
void load_row(const std::byte* row, std::ptrdiff_t stride, float* out, int width) {
  constexpr float kScale = 1.0f / kLargest<Sample>;
  for (int x = 0; x < width; ++x) {
    Sample sample;
    std::memcpy(&sample, row + x * stride, sizeof sample);
    out[x] = static_cast<float>(sample) * kScale;
  }
}

template <typename Sample>
void store_row(const float* in, std::byte* row, std::ptrdiff_t stride, int width) {
  for (int x = 0; x < width; ++x) {
    const Sample sample = to_sample<Sample>(in[x]);
    std::memcpy(row + x * stride, &sample, sizeof sample);
  }
}

template <typename Sample>
void load_components(const FrameView& frame, at::Tensor& out) {
  for (std::int64_t channel = 0; channel < out.size(1); ++channel) {
    const auto& component = frame.components[channel];
    float* plane = out.mutable_data_ptr<float>() + channel * out.stride(1);
    at::parallel_for(0, frame.height, kGrain, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t y = begin; y < end; ++y) {
        const std::byte* row = component.data + y * component.row_stride;
        float* target = plane + y * frame.width;
        if (component.pixel_stride == sizeof(Sample)) {
          load_row<Sample>(row, sizeof(Sample), target, frame.width);
        } else {
          load_row<Sample>(row, component.pixel_stride, target, frame.width);
        }
      }
    });
  }
}

template <typename Sample>
void store_components(const at::Tensor& picture, const FrameSpan& out) {
  const std::vector<float> opaque(picture.size(1) < 4 ? out.width : 0, 1.0f);
  for (std::int64_t channel = 0; channel < (out.has_alpha() ? 4 : 3); ++channel) {
    const auto& component = out.components[channel];
    const float* plane =
        channel < picture.size(1) ? picture.const_data_ptr<float>() + channel * picture.stride(1) : nullptr;
    at::parallel_for(0, out.height, kGrain, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t y = begin; y < end; ++y) {
        const float* source = plane ? plane + y * picture.stride(2) : opaque.data();
        std::byte* row = component.data + y * component.row_stride;
        if (component.pixel_stride == sizeof(Sample)) {
          store_row<Sample>(source, row, sizeof(Sample), out.width);
        } else {
          store_row<Sample>(source, row, component.pixel_stride, out.width);
        }
      }
    });
  }
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
      return load_components<std::uint8_t>(frame, picture);
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
      return store_components<std::uint8_t>(rows, out);
    case SampleType::kUint16:
      return store_components<std::uint16_t>(rows, out);
    case SampleType::kFloat32:
      return store_components<float>(rows, out);
  }
}

}  // namespace videoenhance
