#include "core/video/scene_change.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace videoenhance {
namespace {

constexpr int kBins = 32;               // of the histogram
constexpr double kStandsOut = 3.0;      // times the usual difference
constexpr double kMemory = 0.75;        // share of the usual difference that a frame leaves
constexpr double kNoise = 0.05 * 0.05;  // variance of luma below which structure is noise, or nearly faded

struct Moments {
  double mean = 0, variance = 0;
};

Moments moments(const std::vector<float>& values) {
  double sum = 0, squares = 0;
  for (const float value : values) sum += value;
  const double count = static_cast<double>(values.size()), mean = sum / count;
  for (const float value : values) squares += (value - mean) * (value - mean);
  return {mean, squares / count};
}

// The share of the stronger picture's variance that no scaling and shift of the other explains; 0 where both
// are as flat as noise.
double structure_change(const Thumbnail& a, const Thumbnail& b) {
  const Moments of_a = moments(a.luma), of_b = moments(b.luma);
  double covariance = 0;
  for (std::size_t i = 0; i < a.luma.size(); ++i)
    covariance += (a.luma[i] - of_a.mean) * (b.luma[i] - of_b.mean);
  covariance = std::max(0.0, covariance / static_cast<double>(a.luma.size()));
  const double stronger = std::max(of_a.variance, of_b.variance),
               weaker = std::min(of_a.variance, of_b.variance);
  const double explained = weaker > 0 ? covariance * covariance / weaker : 0;
  return std::max(0.0, stronger - explained) / (stronger + kNoise);
}

// A value counts in the two bins next to it, so that a small change of luma is a small change here.
std::array<double, kBins> histogram(const Thumbnail& picture) {
  std::array<double, kBins> bins{};
  const double share = 1.0 / static_cast<double>(picture.luma.size());
  for (const float value : picture.luma) {
    const double place = value * (kBins - 1);
    const auto low = static_cast<std::size_t>(std::clamp(static_cast<int>(place), 0, kBins - 2));
    bins[low] += share * (static_cast<double>(low + 1) - place);
    bins[low + 1] += share * (place - static_cast<double>(low));
  }
  return bins;
}

double histogram_change(const Thumbnail& a, const Thumbnail& b) {
  const auto of_a = histogram(a), of_b = histogram(b);
  double sum = 0;
  for (std::size_t i = 0; i < of_a.size(); ++i) sum += std::abs(of_a[i] - of_b[i]);
  return sum / 2;
}

}  // namespace

double difference(const Thumbnail& a, const Thumbnail& b) {
  return std::min(structure_change(a, b), histogram_change(a, b));
}

bool SceneChange::push(const LumaView& frame) {
  if (!next_.take(frame)) return false;
  bool cut = false;
  if (same_shape(before_[0], next_)) {
    const double change = difference(before_[0], next_);
    const double earlier = same_shape(before_[1], next_) ? difference(before_[1], next_) : change;
    cut = std::min(change, earlier) >= threshold_ && change >= kStandsOut * usual_;
    // A cut counts as no more than the threshold: another may follow soon.
    usual_ = kMemory * usual_ + (1 - kMemory) * std::min(change, threshold_);
  }
  std::swap(before_[1], before_[0]);
  std::swap(before_[0], next_);
  return cut;
}

}  // namespace videoenhance
