// Adaptive instance normalisation of colours (section B.10 of the FlashVSR notes).
#pragma once

#include "core/torch/pch/aten.h"

namespace videoenhance {

// frames, reference: float32 [n,3,H,W]. Each colour of each frame gets mean and deviation of the reference's:
// (x - mean) / deviation * deviation' + mean', with the biased variance and 1e-5 under the root.
at::Tensor adain_reference(const at::Tensor& frames, const at::Tensor& reference);

// The same for one frame [1,3,H,W] on the CPU whose rows are contiguous, without gradients, clamped to [-1,1]
// and written to `out`, which is like it; reference: of which has_network_rows (picture_range.h): two passes
// over memory, and no picture in between.
void adain(const at::Tensor& frame, const at::Tensor& reference, const at::Tensor& out);

}  // namespace videoenhance
