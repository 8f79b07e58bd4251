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

template <typename Sample>
void make_samples(const float* in, Sample* out, std::int64_t count) {
  constexpr float kLargest = std::numeric_limits<Sample>::max();
  for (std::int64_t k = 0; k < count; ++k)
    out[k] = static_cast<Sample>(static_cast<std::int32_t>(clamped(in[k]) * kLargest + 0.5f));
}

template <typename Sample>
void make_values(const Sample* in, float* out, std::int64_t count) {
  constexpr float kScale = 1.0f / std::numeric_limits<Sample>::max();
  for (std::int64_t k = 0; k < count; ++k) out[k] = static_cast<float>(in[k]) * kScale;
}

void make_byte_samples(const float* in, std::uint8_t* out, std::int64_t count) {
  make_samples(in, out, count);
}

void make_word_samples(const float* in, std::uint16_t* out, std::int64_t count) {
  make_samples(in, out, count);
}

void make_values_of_bytes(const std::uint8_t* in, float* out, std::int64_t count) {
  make_values(in, out, count);
}

void make_values_of_words(const std::uint16_t* in, float* out, std::int64_t count) {
  make_values(in, out, count);
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

void sample_row(const float* in, std::uint8_t* out, std::int64_t count) {
  HWY_DYNAMIC_DISPATCH(make_byte_samples)(in, out, count);
}

void sample_row(const float* in, std::uint16_t* out, std::int64_t count) {
  HWY_DYNAMIC_DISPATCH(make_word_samples)(in, out, count);
}

void value_row(const std::uint8_t* in, float* out, std::int64_t count) {
  HWY_DYNAMIC_DISPATCH(make_values_of_bytes)(in, out, count);
}

void value_row(const std::uint16_t* in, float* out, std::int64_t count) {
  HWY_DYNAMIC_DISPATCH(make_values_of_words)(in, out, count);
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
