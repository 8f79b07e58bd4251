#include "core/torch/kernels/row_convolution.h"

#include "core/torch/kernels/row_convolution_bfloat16.h"

// Compiles this file once for each instruction set.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/torch/kernels/row_convolution.cpp"
#include <hwy/foreach_target.h>
// The order matters: the one above includes this file again.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
#include "core/torch/kernels/row_convolution-inl.h"
namespace videoenhance {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using Row = hn::CappedTag<float, 16>;
using CellRow = hn::CappedTag<Cell, 16>;

struct FloatLanes {
  using Vector = hn::Vec<Row>;
  using Cells = Vector;
  static constexpr int kChannels = 1;
  static constexpr bool kHasManyRegisters = HWY_MAX_BYTES >= 64 || HWY_TARGET == HWY_NEON;

  static HWY_INLINE std::int64_t count() { return static_cast<std::int64_t>(hn::Lanes(Row())); }
  static HWY_INLINE Vector all(float value) { return hn::Set(Row(), value); }
  static HWY_INLINE Vector load(const Cell* cells) {
    return hn::LoadU(Row(), reinterpret_cast<const float*>(cells));
  }
  static HWY_INLINE Vector weight(const Cell* cell) { return all(*reinterpret_cast<const float*>(cell)); }
  static HWY_INLINE Vector multiply_add(Vector a, Vector b, Vector c) { return hn::MulAdd(a, b, c); }

  static HWY_INLINE void finish(const RowConvolution& row, int output, std::int64_t x, Vector sum, Vector) {
    if (row.added != nullptr) sum = hn::Add(sum, load(row.added[output] + x));
    if (row.relu) sum = hn::IfThenElse(hn::Lt(sum, all(0)), all(0), sum);  // NaN stays
    hn::StoreU(sum, Row(), static_cast<float*>(row.out[output]) + x);
  }
};

void convolve_floats(const RowConvolution& row) {
  convolve_in<FloatLanes>(row);
}

void interleave_cells(const Cell* even, const Cell* odd, Cell* out, std::int64_t count) {
  const CellRow d;
  for (std::int64_t x = 0; x < count; x += static_cast<std::int64_t>(hn::Lanes(d)))
    hn::StoreInterleaved2(hn::LoadU(d, even + x), hn::LoadU(d, odd + x), d, out + 2 * x);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace videoenhance
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace videoenhance {

HWY_EXPORT(convolve_floats);
HWY_EXPORT(interleave_cells);

bool convolves_rows(c10::ScalarType type) {
  return type == at::kFloat || (type == at::kBFloat16 && convolves_bfloat16_rows());
}

void convolve_row(const RowConvolution& row, c10::ScalarType type) {
  if (type == at::kBFloat16) {
    convolve_bfloat16_row(row);
  } else {
    HWY_DYNAMIC_DISPATCH(convolve_floats)(row);
  }
}

void interleave_pixels(const Cell* even, const Cell* odd, Cell* out, std::int64_t count) {
  HWY_DYNAMIC_DISPATCH(interleave_cells)(even, odd, out, count);
}

}  // namespace videoenhance
#endif
