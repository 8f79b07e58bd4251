#include "core/torch/flashvsr/bicubic_taps.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <type_traits>

namespace videoenhance {
namespace {

// Cubic convolution with a = -0.5.
double cubic(double x) {
  x = std::abs(x);
  if (x < 1.0) return (1.5 * x - 2.5) * x * x + 1.0;
  if (x < 2.0) return (((x - 5.0) * x + 8.0) * x - 4.0) * -0.5;
  return 0.0;
}

struct Row {
  std::int64_t first;
  std::vector<double> weights;
};

// Kept in the order of Pillow's operations: its fixed-point weights depend on the last bit.
Row row_of(std::int64_t pixel, std::int64_t size_in, double scale) {
  const double stretch = std::max(scale, 1.0), support = 2.0 * stretch;
  const double centre = (static_cast<double>(pixel) + 0.5) * scale;
  const std::int64_t low = std::max<std::int64_t>(0, static_cast<std::int64_t>(centre - support + 0.5));
  const std::int64_t high = std::min(size_in, static_cast<std::int64_t>(centre + support + 0.5));
  Row row{low, {}};
  for (std::int64_t j = low; j < high; ++j)
    row.weights.push_back(cubic((static_cast<double>(j) - centre + 0.5) * (1.0 / stretch)));
  const double total = std::accumulate(row.weights.begin(), row.weights.end(), 0.0);
  for (auto& weight : row.weights) weight /= total;
  return row;
}

template <typename Weight>
Weight stored(double weight) {
  if constexpr (std::is_floating_point_v<Weight>) {
    return static_cast<Weight>(weight);
  } else {
    return static_cast<Weight>(weight * (1 << kBicubicBits) + (weight < 0 ? -0.5 : 0.5));
  }
}

}  // namespace

template <typename Weight>
BicubicTaps<Weight> bicubic_taps(std::int64_t size_in, std::int64_t size_out) {
  const double scale = static_cast<double>(size_in) / static_cast<double>(size_out);
  std::vector<Row> rows;
  BicubicTaps<Weight> taps;
  for (std::int64_t i = 0; i < size_out; ++i) {
    rows.push_back(row_of(i, size_in, scale));
    taps.count = std::max(taps.count, static_cast<std::int64_t>(rows.back().weights.size()));
  }
  taps.weights.assign(static_cast<std::size_t>(size_out * taps.count), Weight{0});
  for (std::int64_t i = 0; i < size_out; ++i) {
    const Row& row = rows[static_cast<std::size_t>(i)];
    taps.first.push_back(std::min(row.first, size_in - taps.count));
    Weight* target = taps.weights.data() + i * taps.count + (row.first - taps.first.back());
    std::transform(row.weights.begin(), row.weights.end(), target, stored<Weight>);
  }
  return taps;
}

template BicubicTaps<float> bicubic_taps<float>(std::int64_t, std::int64_t);
template BicubicTaps<std::int32_t> bicubic_taps<std::int32_t>(std::int64_t, std::int64_t);

}  // namespace videoenhance
