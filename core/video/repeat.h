// Finds frames that show the same picture as the one before: telecined film, animation drawn every second
// frame, a source that missed its time.
#pragma once

#include "core/video/thumbnail.h"

namespace videoenhance {

// How different two thumbnails of one shape are, 0 … 1: the fourth root of the mean fourth power. It lies
// between the usual mean, which one small thing that moves hardly changes, and the largest difference, which
// noise decides.
double local_difference(const Thumbnail& a, const Thumbnail& b);

// Looks at the frames of a stream, one after the other.
class RepeatDetector {
 public:
  // In the set of benchmarks/measure-detectors 642 of 659 repeats are found, one other frame is taken for
  // one. Repeats that x264 coded anew (constant rate factor 23) differ by 0.01 at most, in small frames by
  // 0.02.
  static constexpr double kThreshold = 0.02;
  static constexpr int kCells = 256;  // of the thumbnails, in width and height

  // Whether `frame` repeats the frame before: it differs from it by less than `threshold`, and by much less
  // than was usual just before. The second tells a repeat that was coded anew from slow or small motion, and
  // finds none in a still picture with noise. Compared is with the first frame of a run, so that slow motion
  // ends a run. A stream's first frame repeats nothing, nor does one of another shape or without pixels.
  bool push(const FrameView& frame, double threshold = kThreshold);

  // The next frame is a stream's first.
  void reset() { *this = {}; }

 private:
  Thumbnail first_;  // of the run at hand
  Thumbnail next_;
  double usual_ = 0;  // running mean of differences
};

}  // namespace videoenhance
