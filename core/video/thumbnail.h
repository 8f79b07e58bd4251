// A small picture of a frame's luma: what detectors look at.
#pragma once

#include <vector>

#include "core/engine/frame.h"

namespace videoenhance {

// Colours of gray pictures whose black and white are these parts of the largest code value.
ColourMatrix gray_between(double black, double white);

// Luma of a picture reduced to at most `most` cells in width and height, each the mean of its part of the
// frame, or of eight rows of it where there are more. 0 = black … 1 = white; means beyond count as these. A
// gray picture, or the luma plane of another one, is given as all three components.
struct Thumbnail {
  static constexpr int kMost = 64;

  int width = 0;  // 0 = nothing taken yet
  int height = 0;
  std::vector<float> luma;

  // Becomes a picture of `frame`, in the memory that it has. Returns false and stays as it is where the frame
  // has no pixels.
  bool take(const FrameView& frame, int most = kMost);
};

inline bool same_shape(const Thumbnail& a, const Thumbnail& b) {
  return a.width == b.width && a.height == b.height;
}

}  // namespace videoenhance
