// Loops over a row of a picture, written plainly: the compiler makes vectors of them, once for each
// instruction set, and Highway chooses at run time. `count` is 0 or more; rows do not overlap unless they are
// the same.
#pragma once

#include <cstdint>

#include "core/engine/frame.h"

namespace videoenhance {

// Steps of pictures that were rounded to 8 bits, levels 0 to 255, and to 16 bits, -32768 to 32767.
inline constexpr int kLevels = 255, kFineLevels = 65535;

// Values as samples: clamped to [0,1], the nearest code value; NaN is 0. And back. `bits` counts for words.
void sample_row(const float* in, std::uint8_t* out, std::int64_t count, WordBits = {});
void sample_row(const float* in, std::uint16_t* out, std::int64_t count, WordBits bits = {});
void value_row(const std::uint8_t* in, float* out, std::int64_t count, WordBits = {});
void value_row(const std::uint16_t* in, float* out, std::int64_t count, WordBits bits = {});

// Changes three different rows in place to what `colours` makes of them, clamped to [0,1] before and after;
// NaN is 0.
void colour_rows(const ColourMatrix& colours, float* first, float* second, float* third, std::int64_t count);

// near + (far - near) * share.
void blend_row(const float* near, const float* far, float share, float* out, std::int64_t count);

// Between rows of `count` pixels and of the (count + 1) / 2 samples that they share, as `sampling` says,
// which is not kEach: by linear interpolation, and by the weighted mean that is its counterpart. The rows are
// different ones.
void spread_row(const float* in, ChromaSampling sampling, float* out, std::int64_t count);
void halve_row(const float* in, ChromaSampling sampling, float* out, std::int64_t count);

// To bfloat16: nearest, ties to even; NaN stays NaN.
void round_row(const float* in, std::uint16_t* out, std::int64_t count);

// sums += weight * row.
void add_row(const std::uint8_t* row, std::int32_t weight, std::int32_t* sums, std::int64_t count);
void add_row(const float* row, float weight, float* sums, std::int64_t count);

// Sums of products with weights of `bits` binary digits after the point, as levels 0 to 255.
void level_row(const std::int32_t* sums, int bits, std::uint8_t* out, std::int64_t count);

// Of values, clamped to [0,1], the nearest of the levels -32768 to 32767. NaN is the lowest one.
void level_row(const float* in, std::int16_t* out, std::int64_t count);

// 3 tanh(x / 3) by its series where |x| <= 1, with an error below 1.6e-7; and whether that holds, NaN not.
void clamp_small_row(const float* in, float* out, std::int64_t count);
bool is_small_row(const float* in, std::int64_t count);

// From [0,1], or levels of it, to [-1,1], and back. The latter gives 0, or what is no number where a value is
// not finite.
void widen_row(const float* in, float* out, std::int64_t count);
void widen_row(const std::uint8_t* in, float* out, std::int64_t count);
void widen_row(const std::int16_t* in, float* out, std::int64_t count);
float narrow_row(const float* in, float* out, std::int64_t count);

// Of what lies above or below `pivot`, a value near the others, so that squares do not cancel.
struct RowSums {
  double values = 0, squares = 0;
};
RowSums sums_of_row(const float* row, std::int64_t count, float pivot);

// (x - mean) * factor + wanted, in [-1,1].
void move_row(const float* in, float* out, std::int64_t count, float mean, float factor, float wanted);

}  // namespace videoenhance
