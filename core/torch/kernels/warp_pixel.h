// Backward warp of one pixel: the arithmetic that the CPU and the CUDA kernel share.
#pragma once

#include <cstdint>

#include "core/torch/kernels/host_device.h"

namespace videoenhance {

// image and out: float32 planes [channels, height, width], contiguous. flow_x, flow_y: float32 [height,
// width] in pixels.
struct WarpArguments {
  const float* image;
  const float* flow_x;
  const float* flow_y;
  float* out;
  std::int64_t channels;
  std::int64_t height;
  std::int64_t width;
};

// NaN becomes 0, so that no index is ever out of range.
VIDEOENHANCE_HOST_DEVICE inline float clamp_coordinate(float value, std::int64_t last) {
  const float most = static_cast<float>(last);
  return value > 0.0f ? (value < most ? value : most) : 0.0f;
}

// out(x, y) = image(x + flow_x, y + flow_y), bilinear, the border repeated outside. `index` is y * width + x.
VIDEOENHANCE_HOST_DEVICE inline void warp_pixel(const WarpArguments& a, std::int64_t index) {
  const float x = clamp_coordinate(static_cast<float>(index % a.width) + a.flow_x[index], a.width - 1);
  const float y = clamp_coordinate(static_cast<float>(index / a.width) + a.flow_y[index], a.height - 1);
  const auto left = static_cast<std::int64_t>(x);
  const auto top = static_cast<std::int64_t>(y);
  const float right_part = x - static_cast<float>(left);
  const float lower_part = y - static_cast<float>(top);
  const std::int64_t right = left + (left + 1 < a.width);
  const std::int64_t below = top + (top + 1 < a.height);
  const std::int64_t plane = a.height * a.width;
  for (std::int64_t channel = 0; channel < a.channels; ++channel) {
    const float* image = a.image + channel * plane;
    const float upper =
        image[top * a.width + left] * (1 - right_part) + image[top * a.width + right] * right_part;
    const float lower =
        image[below * a.width + left] * (1 - right_part) + image[below * a.width + right] * right_part;
    a.out[channel * plane + index] = upper * (1 - lower_part) + lower * lower_part;
  }
}

}  // namespace videoenhance
