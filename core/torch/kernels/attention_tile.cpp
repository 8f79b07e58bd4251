#include "core/torch/kernels/attention_tile.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

// The arithmetic is written once, inlined into one function for each instruction set and chosen at run time.
#define VIDEOENHANCE_INLINE [[gnu::always_inline]] inline

namespace videoenhance {
namespace {

constexpr int kSize = AttentionTile::kSize;

// A vector register of kLanes floats. Wider than the processor's own would live in memory.
template <int kLanes>
struct Register {
  using Lanes [[gnu::vector_size(kLanes * sizeof(float))]] = float;

  VIDEOENHANCE_INLINE static Lanes* of(float* row) { return reinterpret_cast<Lanes*>(row); }
  VIDEOENHANCE_INLINE static const Lanes* of(const float* row) { return reinterpret_cast<const Lanes*>(row); }
};

// c (+)= a * b; kRows x kVectors registers hold a part of c.
template <int kLanes, int kRows, int kVectors, bool kAccumulate>
VIDEOENHANCE_INLINE void multiply(const float* a, const float* b, float* c) {
  using Lanes = typename Register<kLanes>::Lanes;
  for (int column = 0; column < kSize; column += kVectors * kLanes) {
    for (int row = 0; row < kSize; row += kRows) {
      Lanes sums[kRows][kVectors];
      for (int r = 0; r < kRows; ++r) {
        for (int v = 0; v < kVectors; ++v)
          sums[r][v] = kAccumulate ? Register<kLanes>::of(c + (row + r) * kSize + column)[v] : Lanes{};
      }
      for (int k = 0; k < kSize; ++k) {
        const Lanes* right = Register<kLanes>::of(b + k * kSize + column);
        for (int r = 0; r < kRows; ++r) {
          for (int v = 0; v < kVectors; ++v) sums[r][v] += a[(row + r) * kSize + k] * right[v];
        }
      }
      for (int r = 0; r < kRows; ++r) {
        for (int v = 0; v < kVectors; ++v)
          Register<kLanes>::of(c + (row + r) * kSize + column)[v] = sums[r][v];
      }
    }
  }
}

// exp(x) for x <= 0, to 2e-7 of the value; below 2^-126 some value near it.
VIDEOENHANCE_INLINE float exp_negative(float x) {
  constexpr float kRound = 12582912.0f;  // adding 1.5 * 2^23 leaves no fraction
  constexpr float kLn2High = 0.693359375f, kLn2Low = -2.12194440e-4f;
  x = x < -87.0f ? -87.0f : x;
  const float power = (x * 1.44269504f + kRound) - kRound;
  const float rest = (x - power * kLn2High) - power * kLn2Low;
  float sum = 1.0f / 5040;
  for (const float coefficient : {1.0f / 720, 1.0f / 120, 1.0f / 24, 1.0f / 6, 0.5f, 1.0f, 1.0f})
    sum = sum * rest + coefficient;
  return sum * std::bit_cast<float>((static_cast<std::int32_t>(power) + 127) << 23);
}

template <int kLanes>
VIDEOENHANCE_INLINE float largest(const float* row) {
  const auto* lanes = Register<kLanes>::of(row);
  auto most = lanes[0];
  for (int v = 1; v < kSize / kLanes; ++v) most = lanes[v] > most ? lanes[v] : most;
  float largest = most[0];
  for (int i = 1; i < kLanes; ++i) largest = std::max(largest, most[i]);
  return largest;
}

template <int kLanes>
VIDEOENHANCE_INLINE float total(const float* row) {
  const auto* lanes = Register<kLanes>::of(row);
  auto sums = lanes[0];
  for (int v = 1; v < kSize / kLanes; ++v) sums += lanes[v];
  float total = 0;
  for (int i = 0; i < kLanes; ++i) total += sums[i];
  return total;
}

struct Operands {
  const float *queries, *keys, *values;
  float *scores, *sums_of_values, *peaks, *sums;
};

// Scores become weights; what was summed before is scaled to the new peak.
template <int kLanes>
VIDEOENHANCE_INLINE void weigh(const Operands& tile, int row) {
  float* scores = tile.scores + row * kSize;
  const float peak = std::max(tile.peaks[row], largest<kLanes>(scores));
  if (peak > tile.peaks[row]) {
    const float factor = exp_negative(tile.peaks[row] - peak);
    for (int i = 0; i < kSize; ++i) tile.sums_of_values[row * kSize + i] *= factor;
    tile.sums[row] *= factor;
    tile.peaks[row] = peak;
  }
  for (int i = 0; i < kSize; ++i) scores[i] = exp_negative(scores[i] - peak);
  tile.sums[row] += total<kLanes>(scores);
}

template <int kLanes, int kRows, int kVectors>
VIDEOENHANCE_INLINE void add_tile(const Operands& tile) {
  multiply<kLanes, kRows, kVectors, false>(tile.queries, tile.keys, tile.scores);
  for (int row = 0; row < kSize; ++row) weigh<kLanes>(tile, row);
  multiply<kLanes, kRows, kVectors, true>(tile.scores, tile.values, tile.sums_of_values);
}

void add_anywhere(const Operands& tile) {
  add_tile<4, 4, 2>(tile);
}

#ifdef __x86_64__
[[gnu::target("avx2,fma")]] void add_avx2(const Operands& tile) {
  add_tile<8, 4, 2>(tile);
}
[[gnu::target("avx512f,avx512dq,fma,prefer-vector-width=512")]] void add_avx512(const Operands& tile) {
  add_tile<16, 8, 2>(tile);
}
#endif

void add_with(Instructions instructions, const Operands& tile) {
  switch (instructions) {
#ifdef __x86_64__
    case Instructions::kAvx512:
      return add_avx512(tile);
    case Instructions::kAvx2:
      return add_avx2(tile);
#endif
    default:
      return add_anywhere(tile);
  }
}

}  // namespace

std::vector<Instructions> available_instructions() {
  std::vector<Instructions> available = {Instructions::kBaseline};
#ifdef __x86_64__
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    available.push_back(Instructions::kAvx2);
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq"))
      available.push_back(Instructions::kAvx512);
  }
#endif
  return available;
}

template <typename Scalar>
void AttentionTile::start(View<Scalar> queries) {
  const float scale = 1.0f / std::sqrt(static_cast<float>(kSize));
  for (int row = 0; row < kSize; ++row) {
    for (int i = 0; i < kSize; ++i)
      queries_[row * kSize + i] = static_cast<float>(queries.data[row * queries.stride + i]) * scale;
  }
  sums_of_values_.fill(0);
  sums_.fill(0);
  peaks_.fill(std::numeric_limits<float>::lowest());
}

template <typename Scalar>
void AttentionTile::add(View<Scalar> keys, View<Scalar> values) {
  for (int row = 0; row < kSize; ++row) {
    for (int i = 0; i < kSize; ++i) {
      keys_[i * kSize + row] = static_cast<float>(keys.data[row * keys.stride + i]);
      values_[row * kSize + i] = static_cast<float>(values.data[row * values.stride + i]);
    }
  }
  add_with(instructions_, {queries_.data(), keys_.data(), values_.data(), scores_.data(),
                           sums_of_values_.data(), peaks_.data(), sums_.data()});
}

template <typename Scalar>
void AttentionTile::finish(Scalar* out, std::int64_t stride) const {
  for (int row = 0; row < kSize; ++row) {
    const float factor = sums_[row] > 0 ? 1 / sums_[row] : 0;
    for (int i = 0; i < kSize; ++i)
      out[row * stride + i] = static_cast<Scalar>(sums_of_values_[row * kSize + i] * factor);
  }
}

template void AttentionTile::start(View<float>);
template void AttentionTile::add(View<float>, View<float>);
template void AttentionTile::finish(float*, std::int64_t) const;
template void AttentionTile::start(View<c10::BFloat16>);
template void AttentionTile::add(View<c10::BFloat16>, View<c10::BFloat16>);
template void AttentionTile::finish(c10::BFloat16*, std::int64_t) const;

}  // namespace videoenhance
