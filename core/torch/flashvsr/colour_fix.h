// Gives decoded frames the colours of the input (section B.10 of the FlashVSR notes).
#pragma once

#include "core/engine/engine.h"
#include "core/torch/pch/aten.h"

namespace videoenhance {

// frames, reference: float32 [n,3,H,W] in [-1,1]. Statistics are over all pixels of each frame, in float32.
// Gives new frames clamped to [-1,1]; with kNone they are as they were.
at::Tensor fix_colour(ColourFix kind, const at::Tensor& frames, const at::Tensor& reference);

}  // namespace videoenhance
