// Frames as plain R'G'B', whatever their samples are: for engines and tests that look at them.
#pragma once

#include <array>
#include <vector>

#include "core/engine/frame.h"

namespace videoenhance {

// A frame copied to R'G'B' and alpha as floats 0 … 1, component by component.
struct FakePicture {
  FrameId id = 0;
  int width = 0;
  int height = 0;
  std::array<std::vector<float>, 4> components;
};
FakePicture copy_picture(const FrameView& frame, FrameId id);

// Stores one pixel of R'G'B' and alpha, 0 … 1.
void put_pixel(const FrameSpan& out, int x, int y, const std::array<float, 4>& pixel);

// Writes value(component, x, y) into every pixel of `out`.
template <typename Value>
void paint(const FrameSpan& out, Value value) {
  for (int y = 0; y < out.height; ++y) {
    for (int x = 0; x < out.width; ++x) {
      std::array<float, 4> pixel = {};
      for (std::size_t c = 0; c < (out.has_alpha() ? 4u : 3u); ++c) pixel[c] = value(c, x, y);
      put_pixel(out, x, y, pixel);
    }
  }
}

}  // namespace videoenhance
