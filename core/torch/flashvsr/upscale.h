// From the source's size to the output's (section B.1 of the FlashVSR notes).
#pragma once

#include "core/torch/pch/aten.h"

namespace videoenhance {

// Pillow's bicubic filter: a = -0.5, antialiased when shrinking. picture: float32 [C,h,w] in [0,1]; gives
// float32 [C,height,width], clamped to [0,1]. `steps` is 255 for sources of 8 bits: then both passes round to
// that many levels, horizontal first, bit for bit as Pillow does; 0 does not round. Throws for other steps
// and for empty sizes.
at::Tensor upscale_bicubic(const at::Tensor& picture, std::int64_t height, std::int64_t width, int steps);

// The same by LibTorch's own operators, on any device: what the CPU's kernel is compared with.
at::Tensor upscale_bicubic_reference(const at::Tensor& picture, std::int64_t height, std::int64_t width,
                                     int steps);

}  // namespace videoenhance
