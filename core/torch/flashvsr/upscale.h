// From the source's size to the output's (section B.1 of the FlashVSR notes).
#pragma once

#include "core/torch/pch/aten.h"

namespace videoenhance {

// Pillow's bicubic filter: a = -0.5, antialiased when shrinking. picture: float32 [C,h,w] in [0,1]; gives
// float32 [C,height,width], clamped to [0,1]. Throws for empty sizes.
at::Tensor upscale_bicubic(const at::Tensor& picture, std::int64_t height, std::int64_t width);
// For sources of 8 bits: both passes round to 255 levels, horizontal first, bit for bit as Pillow does. Gives
// the levels, uint8.
at::Tensor upscale_bicubic_levels(const at::Tensor& picture, std::int64_t height, std::int64_t width);

// The same by LibTorch's own operators, on any device: what the CPU's kernels are compared with.
at::Tensor upscale_bicubic_reference(const at::Tensor& picture, std::int64_t height, std::int64_t width);
at::Tensor upscale_bicubic_levels_reference(const at::Tensor& picture, std::int64_t height,
                                            std::int64_t width);

}  // namespace videoenhance
