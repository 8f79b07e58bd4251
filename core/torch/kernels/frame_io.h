// Pictures in and out of tensors.
#pragma once

#include "core/engine/frame.h"
#include "core/torch/pch/aten.h"

namespace videoenhance {

// float32 [1,C,H,W] on the CPU with C = 3, or 4 with alpha; code values divided by their largest, not
// clamped.
at::Tensor load_frame(const FrameView& frame);

// Clamps to [0,1], rounds to the nearest code value and writes it; float32 is written as it is. picture:
// float32 [1,C,H,W] on the CPU, with as many rows and columns as `out` or more. Opaque alpha is written where
// C is 3.
void store_frame(const at::Tensor& picture, const FrameSpan& out);

}  // namespace videoenhance
