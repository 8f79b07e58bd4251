#include "core/torch/kernels/attention_tile.h"

#include <algorithm>
#include <cmath>
#include <limits>

// Compiles this file once for each instruction set.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/torch/kernels/attention_tile.cpp"
#include <hwy/foreach_target.h>
// The order matters: the one above includes this file again.
#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace videoenhance {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using Row = hn::CappedTag<float, 16>;
using Vector = hn::Vec<Row>;

constexpr int kSize = AttentionTile::kSize;
constexpr int kVectors = 2, kRows = HWY_MAX_BYTES >= 64 ? 8 : 4;  // a part of the product that registers hold

// c (+)= a * b.
template <bool kAccumulate>
HWY_INLINE void multiply(const float* a, const float* b, float* c) {
  const Row d;
  const int lanes = static_cast<int>(hn::Lanes(d));
  for (int column = 0; column < kSize; column += kVectors * lanes) {
    for (int row = 0; row < kSize; row += kRows) {
      Vector sums[kRows][kVectors];
      for (int r = 0; r < kRows; ++r) {
        for (int v = 0; v < kVectors; ++v)
          sums[r][v] = kAccumulate ? hn::Load(d, c + (row + r) * kSize + column + v * lanes) : hn::Zero(d);
      }
      for (int k = 0; k < kSize; ++k) {
        Vector right[kVectors];
        for (int v = 0; v < kVectors; ++v) right[v] = hn::Load(d, b + k * kSize + column + v * lanes);
        for (int r = 0; r < kRows; ++r) {
          const auto left = hn::Set(d, a[(row + r) * kSize + k]);
          for (int v = 0; v < kVectors; ++v) sums[r][v] = hn::MulAdd(left, right[v], sums[r][v]);
        }
      }
      for (int r = 0; r < kRows; ++r) {
        for (int v = 0; v < kVectors; ++v)
          hn::Store(sums[r][v], d, c + (row + r) * kSize + column + v * lanes);
      }
    }
  }
}

HWY_INLINE float largest(const float* row) {
  const Row d;
  auto most = hn::Load(d, row);
  for (int i = 0; i < kSize; i += hn::Lanes(d)) most = hn::Max(most, hn::Load(d, row + i));
  return hn::GetLane(hn::MaxOfLanes(d, most));
}

HWY_INLINE void scale(float* row, float factor) {
  const Row d;
  for (int i = 0; i < kSize; i += hn::Lanes(d))
    hn::Store(hn::Mul(hn::Load(d, row + i), hn::Set(d, factor)), d, row + i);
}

// Of each score's distance from the peak; their sum.
HWY_INLINE float exponentiate(float* scores, float peak) {
  const Row d;
  const auto most = hn::Set(d, peak);
  auto sum = hn::Zero(d);
  for (int i = 0; i < kSize; i += hn::Lanes(d)) {
    const auto score = hn::Sub(hn::Load(d, scores + i), most);
    const auto weight =
        hn::IfThenElse(hn::IsNaN(score), score, hn::Exp(d, score));  // Exp takes NaN for a number
    hn::Store(weight, d, scores + i);
    sum = hn::Add(sum, weight);
  }
  return hn::GetLane(hn::SumOfLanes(d, sum));
}

// Scores become weights; what was summed before is scaled to the new peak.
HWY_INLINE void weigh(const AttentionTile::Operands& tile, int row) {
  float* scores = tile.scores + row * kSize;
  const float peak = std::max(tile.peaks[row], largest(scores));
  if (peak > tile.peaks[row]) {
    const float factor = std::exp(tile.peaks[row] - peak);
    scale(tile.sums_of_values + row * kSize, factor);
    tile.sums[row] *= factor;
    tile.peaks[row] = peak;
  }
  tile.sums[row] += exponentiate(scores, peak);
}

void add_tile(const AttentionTile::Operands& tile) {
  multiply<false>(tile.queries, tile.keys, tile.scores);
  for (int row = 0; row < kSize; ++row) weigh(tile, row);
  multiply<true>(tile.scores, tile.values, tile.sums_of_values);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace videoenhance
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace videoenhance {

HWY_EXPORT(add_tile);

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
  HWY_DYNAMIC_DISPATCH(add_tile)
  ({queries_.data(), keys_.data(), values_.data(), scores_.data(), sums_of_values_.data(), peaks_.data(),
    sums_.data()});
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
#endif
