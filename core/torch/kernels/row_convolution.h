// Convolutions of few channels, one row of pixels at a time, on the CPU. Libraries compute channels in blocks
// of 16, all with all; these compute the products whose weights are not zero, with pixels in the lanes of a
// vector.
#pragma once

#include <cstdint>

#include "core/torch/pch/aten.h"

namespace videoenhance {

// What lies at a pixel of a plane: two channels in bfloat16, the first one in the lower half, or one channel
// in float32.
using Cell = std::uint32_t;
constexpr std::int64_t channels_in_cell(c10::ScalarType type) {
  return type == at::kBFloat16 ? 2 : 1;
}

// So many pixels are computed at once: rows are as wide as a multiple of it, and can be read one pixel before
// their beginning and behind that end.
inline constexpr std::int64_t kRowUnit = 32;
inline constexpr int kMostOutputs = 8;

// Output o at pixel x is the sum over rows r and taps t of weights[r][t][o] * rows[r][x + t], in float32.
struct RowConvolution {
  const Cell* const* rows;  // of each, its pixel at tap 0 of pixel 0
  std::int64_t row_count;
  int taps;     // 2 or 3
  int outputs;  // 1 to kMostOutputs
  const Cell* weights;
  const float* bias;         // of each output
  const Cell* const* added;  // null, or rows of planes that have the outputs' channels
  bool relu;                 // after that
  // Rows of planes, rounded to the nearest; or one of float32 values for each output.
  void* const* out;
  bool as_floats;
  std::int64_t width;  // a multiple of kRowUnit
};

// Whether this processor has instructions for it: float32 everywhere, bfloat16 where it is multiplied.
bool convolves_rows(c10::ScalarType type);

// type: of the cells, one that convolves_rows.
void convolve_row(const RowConvolution& row, c10::ScalarType type);

// Even and odd pixels of a row; count: of each, a multiple of kRowUnit.
void interleave_pixels(const Cell* even, const Cell* odd, Cell* out, std::int64_t count);

}  // namespace videoenhance
