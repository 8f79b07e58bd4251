// Softmax attention of one tile of 128 queries to tiles of 128 keys, one tile after the other, on the CPU.
// All arithmetic is float32; the softmax is exact whatever the order of the tiles. Written with Highway, for
// each instruction set that the processor may have.
#pragma once

#include <c10/util/BFloat16.h>

#include <array>
#include <cstdint>

namespace videoenhance {

class AttentionTile {
 public:
  static constexpr int kSize = 128;  // tokens of a tile and channels of a head

  // A tile inside a larger matrix: 128 rows of 128 values, rows `stride` values apart.
  template <typename Scalar>
  struct View {
    const Scalar* data;
    std::int64_t stride;
  };

  // What the arithmetic of one tile of keys reads and writes.
  struct Operands {
    const float *queries, *keys, *values;
    float *scores, *sums_of_values, *peaks, *sums;
  };

  // Forgets all keys. The scale of the scores, 1 / sqrt(128), is applied here.
  template <typename Scalar>
  void start(View<Scalar> queries);

  template <typename Scalar>
  void add(View<Scalar> keys, View<Scalar> values);

  // Writes the mean of the values, weighted; zeros if there were no keys.
  template <typename Scalar>
  void finish(Scalar* out, std::int64_t stride) const;

 private:
  using Matrix = std::array<float, kSize * kSize>;

  alignas(64) Matrix queries_, keys_, values_, scores_, sums_of_values_;  // keys_ is transposed
  alignas(64) std::array<float, kSize> peaks_, sums_;                     // of each row's scores
};

}  // namespace videoenhance
