#include "core/video/repeat.h"

#include <cmath>
#include <utility>

namespace videoenhance {
namespace {

constexpr double kShare = 0.4;    // of the usual difference, at most, in a repeat
constexpr double kMemory = 0.75;  // share of the usual difference that a frame leaves

}  // namespace

double local_difference(const Thumbnail& a, const Thumbnail& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.luma.size(); ++i) {
    const double square = (a.luma[i] - b.luma[i]) * (a.luma[i] - b.luma[i]);
    sum += square * square;
  }
  return std::sqrt(std::sqrt(sum / static_cast<double>(a.luma.size())));
}

bool RepeatDetector::push(const FrameView& frame, double threshold) {
  if (!next_.take(frame, kCells)) {
    first_.width = 0;
    return false;
  }
  bool repeats = false;
  if (same_shape(first_, next_)) {
    const double change = local_difference(first_, next_);
    repeats = change < threshold && change <= kShare * usual_;  // equal frames repeat even when all are equal
    usual_ = kMemory * usual_ + (1 - kMemory) * change;
  }
  if (!repeats) std::swap(first_, next_);
  return repeats;
}

}  // namespace videoenhance
