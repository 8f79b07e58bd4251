#include "core/torch/kernels/rows.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>

// Compiles this file once for each instruction set.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/torch/kernels/rows.cpp"
#include <hwy/foreach_target.h>
// The order matters: the one above includes this file again.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace videoenhance {
namespace HWY_NAMESPACE {
namespace {

constexpr std::int64_t kLanes = 16;       // sums beside each other
constexpr std::int32_t kLowest = -32768;  // of the fine levels

// The comparison's order turns NaN into 0.
float clamped(float value) {
  return value > 0.0f ? std::min(value, 1.0f) : 0.0f;
}

void make_byte_samples(const float* in, std::uint8_t* out, std::int64_t count) {
  constexpr float kTop = std::numeric_limits<std::uint8_t>::max();
  for (std::int64_t k = 0; k < count; ++k)
    out[k] = static_cast<std::uint8_t>(static_cast<std::int32_t>(clamped(in[k]) * kTop + 0.5f));
}

void make_word_samples(const float* in, std::uint16_t* out, std::int64_t count, WordBits bits) {
  const auto top = static_cast<float>(bits.largest());
  for (std::int64_t k = 0; k < count; ++k)
    out[k] = static_cast<std::uint16_t>(static_cast<std::int32_t>(clamped(in[k]) * top + 0.5f) << bits.shift);
}

void make_values_of_bytes(const std::uint8_t* in, float* out, std::int64_t count) {
  constexpr float kScale = 1.0f / std::numeric_limits<std::uint8_t>::max();
  for (std::int64_t k = 0; k < count; ++k) out[k] = static_cast<float>(in[k]) * kScale;
}

void make_values_of_words(const std::uint16_t* in, float* out, std::int64_t count, WordBits bits) {
  const float scale = 1.0f / static_cast<float>(bits.largest());
  for (std::int64_t k = 0; k < count; ++k) out[k] = static_cast<float>(in[k] >> bits.shift) * scale;
}

void change_colours(const ColourMatrix& colours, float* first, float* second, float* third,
                    std::int64_t count) {
  const auto [matrix, offset] = colours;  // a copy, which no row is: it stays in registers
#pragma GCC ivdep                         // the rows are different ones
  for (std::int64_t k = 0; k < count; ++k) {
    const float a = clamped(first[k]), b = clamped(second[k]), c = clamped(third[k]);
    first[k] = clamped(matrix[0][0] * a + matrix[0][1] * b + matrix[0][2] * c + offset[0]);
    second[k] = clamped(matrix[1][0] * a + matrix[1][1] * b + matrix[1][2] * c + offset[1]);
    third[k] = clamped(matrix[2][0] * a + matrix[2][1] * b + matrix[2][2] * c + offset[2]);
  }
}

void blend(const float* near, const float* far, float share, float* out, std::int64_t count) {
  for (std::int64_t k = 0; k < count; ++k) out[k] = near[k] + (far[k] - near[k]) * share;
}

void spread(const float* in, ChromaSampling sampling, float* out, std::int64_t count) {
  const bool between = sampling == ChromaSampling::kBetweenTwo;
  // Of the sample before in the first column of two, and of that after in the second one.
  const float before = between ? 0.25f : 0.0f, after = between ? 0.25f : 0.5f;
  const std::int64_t samples = (count + 1) / 2;
  if (samples == 0) return;
  out[0] = in[0];
  for (std::int64_t k = 1; k < samples; ++k) {
    out[2 * k - 1] = in[k - 1] + (in[k] - in[k - 1]) * after;
    out[2 * k] = in[k] + (in[k - 1] - in[k]) * before;
  }
  if (count % 2 == 0) out[count - 1] = in[samples - 1];
}

void halve(const float* in, ChromaSampling sampling, float* out, std::int64_t count) {
  const bool between = sampling == ChromaSampling::kBetweenTwo;
  const float before = between ? 0 : 0.25f, after = between ? 0.5f : 0.25f;
  const auto one = [&](std::int64_t k) {
    const std::int64_t last = std::min(2 * k + 1, count - 1);
    return before * in[std::max<std::int64_t>(2 * k - 1, 0)] + 0.5f * in[2 * k] + after * in[last];
  };
  const std::int64_t samples = (count + 1) / 2;
  if (samples == 0) return;
  out[0] = one(0);
  for (std::int64_t k = 1; k < samples - 1; ++k)
    out[k] = before * in[2 * k - 1] + 0.5f * in[2 * k] + after * in[2 * k + 1];
  out[samples - 1] = one(samples - 1);
}

void round_values(const float* in, std::uint16_t* out, std::int64_t count) {
  for (std::int64_t k = 0; k < count; ++k) {
    const auto bits = std::bit_cast<std::uint32_t>(in[k]);
    const std::uint32_t rounded = (bits + 0x7fffu + (bits >> 16 & 1u)) >> 16;
    const bool is_number = (bits & 0x7fffffffu) <= 0x7f800000u;
    out[k] = static_cast<std::uint16_t>(is_number ? rounded : 0x7fc0u);
  }
}

void add_bytes(const std::uint8_t* row, std::int32_t weight, std::int32_t* sums, std::int64_t count) {
  for (std::int64_t k = 0; k < count; ++k) sums[k] += weight * row[k];
}

void add_floats(const float* row, float weight, float* sums, std::int64_t count) {
  for (std::int64_t k = 0; k < count; ++k) sums[k] += weight * row[k];
}

void make_levels(const std::int32_t* sums, int bits, std::uint8_t* out, std::int64_t count) {
  for (std::int64_t k = 0; k < count; ++k)
    out[k] = static_cast<std::uint8_t>(std::clamp(sums[k] >> bits, 0, kLevels));
}

void make_fine_levels(const float* in, std::int16_t* out, std::int64_t count) {
  for (std::int64_t k = 0; k < count; ++k) {
    const auto level = static_cast<std::int32_t>(clamped(in[k]) * static_cast<float>(kFineLevels) + 0.5f);
    out[k] = static_cast<std::int16_t>(level + kLowest);
  }
}

void clamp_small(const float* in, float* out, std::int64_t count) {
  for (std::int64_t k = 0; k < count; ++k) {
    const float u = in[k] / 3.0f, v = u * u;
    const float series = -17.0f / 315.0f + v * (62.0f / 2835.0f);
    out[k] = in[k] * (1.0f + v * (-1.0f / 3.0f + v * (2.0f / 15.0f + v * series)));
  }
}

bool are_small(const float* in, std::int64_t count) {
  std::int32_t large = 0;
  for (std::int64_t k = 0; k < count; ++k) large |= !(std::abs(in[k]) <= 1.0f);
  return large == 0;
}

void widen(const float* in, float* out, std::int64_t count) {
  for (std::int64_t k = 0; k < count; ++k) out[k] = in[k] * 2.0f - 1.0f;
}

void widen_levels(const std::uint8_t* in, float* out, std::int64_t count) {
  for (std::int64_t k = 0; k < count; ++k)
    out[k] = static_cast<float>(in[k]) / static_cast<float>(kLevels) * 2.0f - 1.0f;
}

void widen_fine_levels(const std::int16_t* in, float* out, std::int64_t count) {
  for (std::int64_t k = 0; k < count; ++k)
    out[k] = static_cast<float>(2 * in[k] + 1) / static_cast<float>(kFineLevels);
}

float narrow(const float* in, float* out, std::int64_t count) {
  std::array<float, kLanes> sums{};
  std::int64_t x = 0;
  for (; x + kLanes <= count; x += kLanes) {
    for (std::int64_t k = 0; k < kLanes; ++k) {
      sums[k] += in[x + k] * 0.0f;
      out[x + k] = (in[x + k] + 1.0f) * 0.5f;
    }
  }
  float sum = 0;
  for (; x < count; ++x) {
    sum += in[x] * 0.0f;
    out[x] = (in[x] + 1.0f) * 0.5f;
  }
  for (const float part : sums) sum += part;
  return sum;
}

RowSums add_up(const float* row, std::int64_t count, float pivot) {
  std::array<float, kLanes> values{}, squares{};
  std::int64_t x = 0;
  for (; x + kLanes <= count; x += kLanes) {
    for (std::int64_t k = 0; k < kLanes; ++k) {
      const float value = row[x + k] - pivot;
      values[k] += value;
      squares[k] += value * value;
    }
  }
  RowSums sums;
  for (std::int64_t k = 0; k < kLanes; ++k) {
    sums.values += values[k];
    sums.squares += squares[k];
  }
  for (; x < count; ++x) {
    const double value = row[x] - pivot;
    sums.values += value;
    sums.squares += value * value;
  }
  return sums;
}

void move(const float* in, float* out, std::int64_t count, float mean, float factor, float wanted) {
  for (std::int64_t k = 0; k < count; ++k) out[k] = std::clamp((in[k] - mean) * factor + wanted, -1.0f, 1.0f);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace videoenhance
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace videoenhance {

HWY_EXPORT(make_byte_samples);
HWY_EXPORT(make_word_samples);
HWY_EXPORT(make_values_of_bytes);
HWY_EXPORT(make_values_of_words);
HWY_EXPORT(change_colours);
HWY_EXPORT(blend);
HWY_EXPORT(spread);
HWY_EXPORT(halve);
HWY_EXPORT(round_values);
HWY_EXPORT(add_bytes);
HWY_EXPORT(add_floats);
HWY_EXPORT(make_levels);
HWY_EXPORT(make_fine_levels);
HWY_EXPORT(clamp_small);
HWY_EXPORT(are_small);
HWY_EXPORT(widen);
HWY_EXPORT(widen_levels);
HWY_EXPORT(widen_fine_levels);
HWY_EXPORT(narrow);
HWY_EXPORT(add_up);
HWY_EXPORT(move);

void sample_row(const float* in, std::uint8_t* out, std::int64_t count, WordBits) {
  HWY_DYNAMIC_DISPATCH(make_byte_samples)(in, out, count);
}

void sample_row(const float* in, std::uint16_t* out, std::int64_t count, WordBits bits) {
  HWY_DYNAMIC_DISPATCH(make_word_samples)(in, out, count, bits);
}

void value_row(const std::uint8_t* in, float* out, std::int64_t count, WordBits) {
  HWY_DYNAMIC_DISPATCH(make_values_of_bytes)(in, out, count);
}

void value_row(const std::uint16_t* in, float* out, std::int64_t count, WordBits bits) {
  HWY_DYNAMIC_DISPATCH(make_values_of_words)(in, out, count, bits);
}

void colour_rows(const ColourMatrix& colours, float* first, float* second, float* third, std::int64_t count) {
  HWY_DYNAMIC_DISPATCH(change_colours)(colours, first, second, third, count);
}

void blend_row(const float* near, const float* far, float share, float* out, std::int64_t count) {
  HWY_DYNAMIC_DISPATCH(blend)(near, far, share, out, count);
}

void spread_row(const float* in, ChromaSampling sampling, float* out, std::int64_t count) {
  HWY_DYNAMIC_DISPATCH(spread)(in, sampling, out, count);
}

void halve_row(const float* in, ChromaSampling sampling, float* out, std::int64_t count) {
  HWY_DYNAMIC_DISPATCH(halve)(in, sampling, out, count);
}

void round_row(const float* in, std::uint16_t* out, std::int64_t count) {
  HWY_DYNAMIC_DISPATCH(round_values)(in, out, count);
}

void add_row(const std::uint8_t* row, std::int32_t weight, std::int32_t* sums, std::int64_t count) {
  HWY_DYNAMIC_DISPATCH(add_bytes)(row, weight, sums, count);
}

void add_row(const float* row, float weight, float* sums, std::int64_t count) {
  HWY_DYNAMIC_DISPATCH(add_floats)(row, weight, sums, count);
}

void level_row(const std::int32_t* sums, int bits, std::uint8_t* out, std::int64_t count) {
  HWY_DYNAMIC_DISPATCH(make_levels)(sums, bits, out, count);
}

void level_row(const float* in, std::int16_t* out, std::int64_t count) {
  HWY_DYNAMIC_DISPATCH(make_fine_levels)(in, out, count);
}

void clamp_small_row(const float* in, float* out, std::int64_t count) {
  HWY_DYNAMIC_DISPATCH(clamp_small)(in, out, count);
}

bool is_small_row(const float* in, std::int64_t count) {
  return HWY_DYNAMIC_DISPATCH(are_small)(in, count);
}

void widen_row(const float* in, float* out, std::int64_t count) {
  HWY_DYNAMIC_DISPATCH(widen)(in, out, count);
}

void widen_row(const std::uint8_t* in, float* out, std::int64_t count) {
  HWY_DYNAMIC_DISPATCH(widen_levels)(in, out, count);
}

void widen_row(const std::int16_t* in, float* out, std::int64_t count) {
  HWY_DYNAMIC_DISPATCH(widen_fine_levels)(in, out, count);
}

float narrow_row(const float* in, float* out, std::int64_t count) {
  return HWY_DYNAMIC_DISPATCH(narrow)(in, out, count);
}

RowSums sums_of_row(const float* row, std::int64_t count, float pivot) {
  return HWY_DYNAMIC_DISPATCH(add_up)(row, count, pivot);
}

void move_row(const float* in, float* out, std::int64_t count, float mean, float factor, float wanted) {
  HWY_DYNAMIC_DISPATCH(move)(in, out, count, mean, factor, wanted);
}

}  // namespace videoenhance
#endif
