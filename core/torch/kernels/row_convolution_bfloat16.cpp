#include "core/torch/kernels/row_convolution_bfloat16.h"

#if defined(__x86_64__)

#include <hwy/highway.h>
#include <immintrin.h>

// GCC 12 takes its own headers' undefined vectors for a mistake.
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"

// Highway before 1.1 has these instructions for no processor.
HWY_PUSH_ATTRIBUTES("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")
#include "core/torch/kernels/row_convolution-inl.h"

namespace videoenhance {
namespace HWY_NAMESPACE {
namespace {

// Of pixels 0 to 15 and, after them, once more: one channel of each, then the other one.
alignas(64) constexpr std::uint16_t kInPairs[32] = {0,  16, 1,  17, 2,  18, 3,  19, 4,  20, 5,
                                                    21, 6,  22, 7,  23, 8,  24, 9,  25, 10, 26,
                                                    11, 27, 12, 28, 13, 29, 14, 30, 15, 31};

struct PairLanes {
  using Vector = __m512;
  using Cells = __m512i;
  static constexpr int kChannels = 2;
  static constexpr bool kHasManyRegisters = true;

  static HWY_INLINE std::int64_t count() { return 16; }
  static HWY_INLINE Vector all(float value) { return _mm512_set1_ps(value); }
  static HWY_INLINE Cells load(const Cell* cells) { return _mm512_loadu_si512(cells); }
  static HWY_INLINE Cells weight(const Cell* cell) { return _mm512_set1_epi32(static_cast<int>(*cell)); }
  static HWY_INLINE Vector multiply_add(Cells a, Cells b, Vector c) {
    return _mm512_dpbf16_ps(c, reinterpret_cast<__m512bh>(a), reinterpret_cast<__m512bh>(b));
  }

  static HWY_INLINE void finish(const RowConvolution& row, int output, std::int64_t x, Vector first,
                                Vector second) {
    if (row.added != nullptr) {
      const Cells cells = load(row.added[output / 2] + x);
      first = _mm512_add_ps(first, _mm512_castsi512_ps(_mm512_slli_epi32(cells, 16)));
      second = _mm512_add_ps(second, _mm512_castsi512_ps(_mm512_maskz_mov_epi16(0xaaaaaaaa, cells)));
    }
    if (row.relu) {  // in this order NaN stays
      first = _mm512_max_ps(all(0), first);
      second = _mm512_max_ps(all(0), second);
    }
    if (row.as_floats) {
      _mm512_storeu_ps(static_cast<float*>(row.out[output]) + x, first);
      if (output + 1 < row.outputs) _mm512_storeu_ps(static_cast<float*>(row.out[output + 1]) + x, second);
      return;
    }
    const auto channels = reinterpret_cast<__m512i>(_mm512_cvtne2ps_pbh(second, first));
    const auto pairs = _mm512_permutexvar_epi16(_mm512_load_si512(kInPairs), channels);
    _mm512_storeu_si512(static_cast<Cell*>(row.out[output / 2]) + x, pairs);
  }
};

}  // namespace
}  // namespace HWY_NAMESPACE

void convolve_bfloat16_row(const RowConvolution& row) {
  HWY_NAMESPACE::convolve_in<HWY_NAMESPACE::PairLanes>(row);
}

}  // namespace videoenhance
HWY_POP_ATTRIBUTES

namespace videoenhance {

bool convolves_bfloat16_rows() {
  return __builtin_cpu_supports("avx512bf16") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}

}  // namespace videoenhance

#else

namespace videoenhance {

bool convolves_bfloat16_rows() {
  return false;
}

void convolve_bfloat16_row(const RowConvolution&) {}

}  // namespace videoenhance

#endif
