// The loops of row_convolution.h, for whichever vectors `Lanes` has: it loads cells and weights, multiplies,
// and stores sums. Included once for each instruction set, between that one's pragmas.

namespace videoenhance {
namespace HWY_NAMESPACE {
namespace {

template <typename Lanes, int kTaps, int kOutputs, int kVectors>
HWY_INLINE void convolve_pixels(const RowConvolution& row, std::int64_t x) {
  using Vector = typename Lanes::Vector;
  Vector sums[kOutputs][kVectors];
#pragma GCC unroll 8
  for (int o = 0; o < kOutputs; ++o) {
#pragma GCC unroll 2
    for (int v = 0; v < kVectors; ++v) sums[o][v] = Lanes::all(row.bias[o]);
  }
  const Cell* weight = row.weights;
  for (std::int64_t r = 0; r < row.row_count; ++r) {
    const Cell* pixels = row.rows[r] + x;
#pragma GCC unroll 3
    for (int tap = 0; tap < kTaps; ++tap, weight += kOutputs) {
      typename Lanes::Cells cells[kVectors];
#pragma GCC unroll 2
      for (int v = 0; v < kVectors; ++v) cells[v] = Lanes::load(pixels + tap + v * Lanes::count());
#pragma GCC unroll 8
      for (int o = 0; o < kOutputs; ++o) {
        const auto factor = Lanes::weight(weight + o);
#pragma GCC unroll 2
        for (int v = 0; v < kVectors; ++v) sums[o][v] = Lanes::multiply_add(cells[v], factor, sums[o][v]);
      }
    }
  }
#pragma GCC unroll 2
  for (int v = 0; v < kVectors; ++v) {
    const std::int64_t at = x + v * Lanes::count();
#pragma GCC unroll 8
    for (int o = 0; o < kOutputs; o += Lanes::kChannels) {
      constexpr int kLast = kOutputs - 1;
      const auto second = o < kLast ? sums[o < kLast ? o + 1 : kLast][v] : Lanes::all(0);
      Lanes::finish(row, o, at, sums[o][v], second);
    }
  }
}

template <typename Lanes, int kTaps, int kOutputs>
void convolve_pixel_row(const RowConvolution& row) {
  // A weight serves as many vectors as there are registers for.
  constexpr int kVectors = Lanes::kHasManyRegisters ? 2 : 1;
  for (std::int64_t x = 0; x < row.width; x += kVectors * Lanes::count())
    convolve_pixels<Lanes, kTaps, kOutputs, kVectors>(row, x);
}

template <typename Lanes, int kTaps>
void convolve_with_taps(const RowConvolution& row) {
  switch (row.outputs) {
    case 1:
      return convolve_pixel_row<Lanes, kTaps, 1>(row);
    case 2:
      return convolve_pixel_row<Lanes, kTaps, 2>(row);
    case 3:
      return convolve_pixel_row<Lanes, kTaps, 3>(row);
    case 4:
      return convolve_pixel_row<Lanes, kTaps, 4>(row);
    case 5:
      return convolve_pixel_row<Lanes, kTaps, 5>(row);
    case 6:
      return convolve_pixel_row<Lanes, kTaps, 6>(row);
    case 7:
      return convolve_pixel_row<Lanes, kTaps, 7>(row);
    default:
      return convolve_pixel_row<Lanes, kTaps, 8>(row);
  }
}

template <typename Lanes>
void convolve_in(const RowConvolution& row) {
  row.taps == 2 ? convolve_with_taps<Lanes, 2>(row) : convolve_with_taps<Lanes, 3>(row);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace videoenhance
