// What lies in a cell of core/torch/kernels/row_convolution.h.
#pragma once

#include <bit>

#include "core/torch/kernels/row_convolution.h"

namespace videoenhance {

inline float channel_of(Cell cell, std::int64_t part, c10::ScalarType type) {
  if (type == at::kFloat) return std::bit_cast<float>(cell);
  return std::bit_cast<float>(part == 0 ? cell << 16 : cell & 0xffff0000);
}

}  // namespace videoenhance
