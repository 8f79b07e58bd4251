// Frames as plain R'G'B', whatever their samples are: for engines and tests that look at them. Slow, and each
// pixel by itself: the reference for what engines do row by row.
#pragma once

#include <array>
#include <functional>
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

// Makes value(component, x, y) the colour of every pixel of `out`.
void paint(const FrameSpan& out, const std::function<float(std::size_t c, int x, int y)>& value);

}  // namespace videoenhance
