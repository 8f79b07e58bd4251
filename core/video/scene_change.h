// Finds hard cuts: a frame that shows something else than the one before it.
#pragma once

#include <array>

#include "core/video/thumbnail.h"

namespace videoenhance {

// How different two thumbnails of one size, at most Thumbnail::kMost cells in width and height, are: 0 … 1.
// First the smaller of two changes, since a cut changes both: one in structure, which a fade or a flash
// leaves as it is (it only scales and shifts luma), or between two flat pictures in their luma; the other in
// the histogram, which pans, moving objects and noise leave about as it is. Where more is left of the change
// in structure than motion could leave, it counts alone: a cut may keep the histogram.
double difference(const Thumbnail& a, const Thumbnail& b);

// Looks at the frames of a stream, one after the other.
class SceneChange {
 public:
  // A cut is at least this different from the frame before. In the set of benchmarks/measure-detectors,
  // neighbours across a cut differ by 0.21 to 0.9; others by 0.2 at most (pans of 12 % of the width a frame,
  // clips played three times as fast), but for some flashes up to white and first frames out of black. A cut
  // that is missed does more harm than a false one. docs/elements/frameinterpolate.md has the figures.
  static constexpr double kThreshold = 0.18;

  explicit SceneChange(double threshold = kThreshold) : threshold_(threshold) {}

  // Whether a cut lies before `frame`. It must also stand out of the frames before it, and the frame must not
  // take up what was seen before the last one, as after a flash. A stream's first frame is no cut, nor is the
  // first of another shape; frames without pixels are passed over.
  bool push(const FrameView& frame);

  // Applies from the next frame on.
  void set_threshold(double threshold) { threshold_ = threshold; }

  // The next frame is a stream's first.
  void reset() { *this = SceneChange(threshold_); }

 private:
  double threshold_;
  double usual_ = 0;                 // running mean of differences
  std::array<Thumbnail, 2> before_;  // the last frame and the one before it
  Thumbnail next_;
};

}  // namespace videoenhance
