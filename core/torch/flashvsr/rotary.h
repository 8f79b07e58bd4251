// Positions of tokens as rotations of channel pairs (RoPE, section B.4 of the FlashVSR notes).
#pragma once

#include "core/torch/pch/aten.h"

namespace videoenhance {

// Unit complex numbers, complex64 [frames,h,w,64]: 22 turn with the frame's position first, first + 1, …, 21
// with the row, 21 with the column. Positions have no end.
at::Tensor rotations(std::int64_t first, std::int64_t frames, std::int64_t h, std::int64_t w,
                     c10::Device device);

// Turns channels 2i and 2i+1 of every head. x: float32 [n,heads*128]; by: complex64 [n,64]. Gives a tensor
// like x.
at::Tensor rotate(const at::Tensor& x, const at::Tensor& by);

}  // namespace videoenhance
