// Gives decoded frames the colours of the input (section B.10 of the FlashVSR notes).
#pragma once

#include "core/engine/engine.h"
#include "core/torch/pch/aten.h"

namespace videoenhance {

// frames: float32 [n,3,H,W] in [-1,1]; reference: the same in the network's range (picture_range.h).
// Statistics are over all pixels of each frame, in float32. Writes them, clamped to [-1,1], to `fixed`, which
// is like them; with kNone as they were.
void fix_colour(ColourFix kind, const at::Tensor& frames, const at::Tensor& reference,
                const at::Tensor& fixed);

}  // namespace videoenhance
