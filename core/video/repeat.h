// Finds frames that show the same picture as the one before: telecined film, animation drawn every second
// frame, a source that missed its time.
#pragma once

#include <optional>

#include "core/video/thumbnail.h"

namespace videoenhance {

// The largest difference between two cells of two thumbnails of one shape: one small thing that moves makes
// another picture, while noise averages out within a cell.
double largest_difference(const Thumbnail& a, const Thumbnail& b);

// Looks at the frames of a stream, one after the other.
class RepeatDetector {
 public:
  static constexpr double kThreshold = 0.01;
  static constexpr int kCells = 256;  // of the thumbnails, in width and height

  // Whether `frame` repeats the frame before. Compared is with the first frame of a run, so that slow motion
  // ends a run. A stream's first frame repeats nothing, nor does one of another shape or without pixels.
  bool push(const LumaView& frame, double threshold = kThreshold);

  // The next frame is a stream's first.
  void reset() { first_.reset(); }

 private:
  std::optional<Thumbnail> first_;  // of the run at hand
};

}  // namespace videoenhance
