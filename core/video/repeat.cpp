#include "core/video/repeat.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace videoenhance {

double largest_difference(const Thumbnail& a, const Thumbnail& b) {
  float largest = 0;
  for (std::size_t i = 0; i < a.luma.size(); ++i) largest = std::max(largest, std::abs(a.luma[i] - b.luma[i]));
  return largest;
}

bool RepeatDetector::push(const LumaView& frame, double threshold) {
  auto picture = Thumbnail::of(frame, kCells);
  if (picture && first_ && same_shape(*first_, *picture) && largest_difference(*first_, *picture) < threshold)
    return true;
  first_ = std::move(picture);
  return false;
}

}  // namespace videoenhance
