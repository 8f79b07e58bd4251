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

// Value: float for pictures in [0,1], or Sample for what is copied as it is.
template <typename Value, typename Sample>
Value to_value(Sample sample) {
  if constexpr (std::is_same_v<Value, Sample> && !std::is_floating_point_v<Value>) return sample;
  constexpr float kScale = 1.0f / kLargest<Sample>;
  return static_cast<Value>(static_cast<float>(sample) * kScale);
}

template <typename Sample, typename Value>
Sample from_value(Value value) {
  if constexpr (std::is_same_v<Value, Sample>) return value;
  return to_sample<Sample>(static_cast<float>(value));
}

// `stride` is known to the compiler for planar pictures, which lets it use vectors.
template <typename Sample, typename Value>
void load_row(const std::byte* row, std::ptrdiff_t stride, Value* out, int width) {
  for (int x = 0; x < width; ++x) {
    Sample sample;
    std::memcpy(&sample, row + x * stride, sizeof sample);
    out[x] = to_value<Value>(sample);
  }
}

template <typename Sample, typename Value>
void store_row(const Value* in, std::byte* row, std::ptrdiff_t stride, int width) {
  for (int x = 0; x < width; ++x) {
    const auto sample = from_value<Sample>(in[x]);
    std::memcpy(row + x * stride, &sample, sizeof sample);
  }
}

template <typename Sample, typename Value = float>
void load_components(const FrameView& frame, at::Tensor& out) {
  for (std::int64_t channel = 0; channel < out.size(1); ++channel) {
    const auto& component = frame.components[channel];
    Value* plane = out.mutable_data_ptr<Value>() + channel * out.stride(1);
    at::parallel_for(0, frame.height, kGrain, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t y = begin; y < end; ++y) {
        const std::byte* row = component.data + y * component.row_stride;
        Value* target = plane + y * frame.width;
        if (component.pixel_stride == sizeof(Sample)) {
          load_row<Sample>(row, sizeof(Sample), target, frame.width);
        } else {
          load_row<Sample>(row, component.pixel_stride, target, frame.width);
        }
      }
    });
  }
}

template <typename Sample, typename Value = float>
void store_components(const at::Tensor& picture, const FrameSpan& out) {
  const std::vector<Value> opaque(picture.size(1) < 4 ? out.width : 0, static_cast<Value>(kLargest<Value>));
  for (std::int64_t channel = 0; channel < (out.has_alpha() ? 4 : 3); ++channel) {
    const auto& component = out.components[channel];
    const Value* plane =
        channel < picture.size(1) ? picture.const_data_ptr<Value>() + channel * picture.stride(1) : nullptr;
    at::parallel_for(0, out.height, kGrain, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t y = begin; y < end; ++y) {
        const Value* source = plane ? plane + y * picture.stride(2) : opaque.data();
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

void load_bytes(const FrameView& frame, at::Tensor& bytes) {
  const KernelScope kernel("load_bytes", {bytes, bytes.numel()});
  load_components<std::uint8_t, std::uint8_t>(frame, bytes);
}

at::Tensor bytes_to_picture(const at::Tensor& bytes) {
  return bytes.to(at::kFloat).mul_(1.0f / kLargest<std::uint8_t>);
}

at::Tensor picture_to_bytes(const at::Tensor& picture) {
  return picture.clamp(0, 1).mul_(kLargest<std::uint8_t>).add_(0.5).to(at::kByte);
}

void store_bytes(const at::Tensor& bytes, const FrameSpan& out) {
  const KernelScope kernel("store_bytes", {bytes, bytes.numel()});
  store_components<std::uint8_t, std::uint8_t>(bytes, out);
}

}  // namespace videoenhance
