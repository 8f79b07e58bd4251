// What the tiny decoder reads, for layers that compute row by row.
#pragma once

#include "core/torch/flashvsr/planes.h"

namespace videoenhance {

// Of its 784 channels: the pixels of each frame are a run, and the latent is one.
PlaneOrder row_input_order(c10::ScalarType type);

// 3 tanh(x / 3) of four frames [3,4,H,W] in the network's range (picture_range.h), and of their latent,
// float32 [16,H/8,W/8]. Without gradients.
Planes row_input(const at::Tensor& frames, const at::Tensor& latent, c10::ScalarType type);

}  // namespace videoenhance
