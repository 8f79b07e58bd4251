#include "tools/video-enhance/quality.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace videoenhance {
namespace {

constexpr double kPeak = 255, kEqual = 100, kSigma = 1.5;

using Taps = std::array<double, kSsimWindow>;

Taps gaussian() {
  Taps taps;
  double sum = 0;
  for (std::size_t k = 0; k < kSsimWindow; ++k) {
    const double distance = static_cast<double>(k) - static_cast<double>(kSsimWindow / 2);
    sum += taps[k] = std::exp(-distance * distance / (2 * kSigma * kSigma));
  }
  for (double& tap : taps) tap /= sum;
  return taps;
}

// The weighted means around each place whose window lies inside the picture.
std::vector<double> blurred(const std::vector<double>& values, std::size_t width, std::size_t height) {
  static const Taps kTaps = gaussian();
  const std::size_t columns = width - kSsimWindow + 1, rows = height - kSsimWindow + 1;
  std::vector<double> across(columns * height), result(columns * rows);
  for (std::size_t y = 0; y < height; ++y)
    for (std::size_t k = 0; k < kSsimWindow; ++k)
      for (std::size_t x = 0; x < columns; ++x)
        across[y * columns + x] += kTaps[k] * values[y * width + x + k];
  for (std::size_t y = 0; y < rows; ++y)
    for (std::size_t k = 0; k < kSsimWindow; ++k)
      for (std::size_t x = 0; x < columns; ++x)
        result[y * columns + x] += kTaps[k] * across[(y + k) * columns + x];
  return result;
}

std::vector<double> blurred_product(const Luma& a, const Luma& b) {
  std::vector<double> product(a.values.size());
  std::transform(a.values.begin(), a.values.end(), b.values.begin(), product.begin(), std::multiplies<>());
  return blurred(product, a.width, a.height);
}

}  // namespace

double psnr(const Luma& a, const Luma& b) {
  double sum = 0;
  for (std::size_t k = 0; k < a.values.size(); ++k)
    sum += (a.values[k] - b.values[k]) * (a.values[k] - b.values[k]);
  if (sum == 0) return kEqual;
  return std::min(kEqual, 10 * std::log10(kPeak * kPeak * static_cast<double>(a.values.size()) / sum));
}

double ssim(const Luma& a, const Luma& b) {
  constexpr double kC1 = (0.01 * kPeak) * (0.01 * kPeak), kC2 = (0.03 * kPeak) * (0.03 * kPeak);
  const auto mean_a = blurred(a.values, a.width, a.height), mean_b = blurred(b.values, b.width, b.height);
  const auto square_a = blurred_product(a, a), square_b = blurred_product(b, b);
  const auto product = blurred_product(a, b);
  double sum = 0;
  for (std::size_t k = 0; k < product.size(); ++k) {
    const double both = mean_a[k] * mean_b[k], squares = mean_a[k] * mean_a[k] + mean_b[k] * mean_b[k];
    sum += (2 * both + kC1) * (2 * (product[k] - both) + kC2) /
           ((squares + kC1) * (square_a[k] + square_b[k] - squares + kC2));
  }
  return sum / static_cast<double>(product.size());
}

}  // namespace videoenhance
