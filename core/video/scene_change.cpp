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
// What a picture that moves as a whole may change beside: half a cell aside and down, the finest texture
// changes by 0.75.
constexpr double kMoved = 0.6;

// Sums over cells of two pictures that lie upon each other.
struct Sums {
  double count = 0, a = 0, b = 0, aa = 0, bb = 0, ab = 0;

  void add(double of_a, double of_b) {
    count += 1;
    a += of_a;
    b += of_b;
    aa += of_a * of_a;
    bb += of_b * of_b;
    ab += of_a * of_b;
  }
};

// The share of the stronger picture's variance that no scaling and shift of the other explains. Where both
// are as flat as noise it is 0, and the change of mean luma, which is all that there is, takes its place.
double structure_change(const Sums& sums) {
  const double a = sums.a / sums.count, b = sums.b / sums.count;
  const double of_a = std::max(0.0, sums.aa / sums.count - a * a),
               of_b = std::max(0.0, sums.bb / sums.count - b * b),
               covariance = std::max(0.0, sums.ab / sums.count - a * b);
  const double stronger = std::max(of_a, of_b), weaker = std::min(of_a, of_b);
  const double explained = weaker > 0 ? covariance * covariance / weaker : 0;
  const double flatness = kNoise / (stronger + kNoise);
  return std::max(std::max(0.0, stronger - explained) / (stronger + kNoise), flatness * std::abs(a - b));
}

double structure_change(const Thumbnail& a, const Thumbnail& b) {
  Sums sums;
  for (std::size_t i = 0; i < a.luma.size(); ++i) sums.add(a.luma[i], b.luma[i]);
  return structure_change(sums);
}

// A thumbnail at half its size.
struct Halved {
  explicit Halved(const Thumbnail& whole)
      : width(std::clamp(whole.width / 2, 1, kMost)), height(std::clamp(whole.height / 2, 1, kMost)) {
    const auto at = [&](int x, int y) {
      return whole.luma[static_cast<std::size_t>(std::min(y, whole.height - 1) * whole.width +
                                                 std::min(x, whole.width - 1))];
    };
    for (int y = 0; y < height; ++y)
      for (int x = 0; x < width; ++x)
        luma[static_cast<std::size_t>(y * width + x)] =
            (at(2 * x, 2 * y) + at(2 * x + 1, 2 * y) + at(2 * x, 2 * y + 1) + at(2 * x + 1, 2 * y + 1)) / 4;
  }

  float operator()(int x, int y) const { return luma[static_cast<std::size_t>(y * width + x)]; }

  static constexpr int kMost = Thumbnail::kMost / 2;
  int width, height;
  std::array<float, kMost * kMost> luma;
};

// What is left of the change in structure when one picture is moved over the other, by a sixth of the width
// and height at most, to where it fits best.
double change_without_motion(const Thumbnail& whole_a, const Thumbnail& whole_b) {
  const Halved a(whole_a), b(whole_b);
  const int most_x = a.width / 6, most_y = a.height / 6;
  double least = 1;
  for (int dy = -most_y; dy <= most_y; ++dy) {
    for (int dx = -most_x; dx <= most_x; ++dx) {
      Sums sums;
      for (int y = std::max(0, -dy); y < a.height - std::max(0, dy); ++y)
        for (int x = std::max(0, -dx); x < a.width - std::max(0, dx); ++x)
          sums.add(a(x, y), b(x + dx, y + dy));
      least = std::min(least, structure_change(sums));
    }
  }
  return least;
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
  return std::max(std::min(structure_change(a, b), histogram_change(a, b)),
                  change_without_motion(a, b) - kMoved);
}

bool SceneChange::push(const FrameView& frame) {
  if (!next_.take(frame)) return false;
  bool cut = false;
  if (same_shape(before_[0], next_)) {
    const double change = difference(before_[0], next_);
    cut = change >= threshold_ && change >= kStandsOut * usual_ &&
          !(same_shape(before_[1], next_) && difference(before_[1], next_) < threshold_);
    // A cut counts as no more than the threshold: another may follow soon.
    usual_ = kMemory * usual_ + (1 - kMemory) * std::min(change, threshold_);
  }
  std::swap(before_[1], before_[0]);
  std::swap(before_[0], next_);
  return cut;
}

}  // namespace videoenhance
