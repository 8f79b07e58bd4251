// A frame as RIFE's rows look it up: pixel by pixel, features and colours beside each other. Written with
// Highway.
#pragma once

#include <cstdint>

namespace videoenhance {

// A row of a frame before that. planes: of up to four colours; features: float32 or bfloat16 [width,count], a
// multiple of four.
struct RifeFrameRow {
  const float* planes[4];
  std::int64_t colours;
  const void* features;
  bool is_float;
  std::int64_t count, width;
};

// to: [width,channels], float32 or half: features, four colours or zeros, and zeros.
void rife_fill_pixels(const RifeFrameRow& row, std::int64_t channels, bool to_half, void* to);

}  // namespace videoenhance
