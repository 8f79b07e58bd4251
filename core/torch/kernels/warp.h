// Backward warp (section A.1 of the interpolation notes).
#pragma once

#include "core/torch/pch/aten.h"

namespace videoenhance {

// out(p) = image(p + flow(p)), bilinear, the border repeated outside. image: [1,C,H,W] float32; flow:
// [1,2,H,W] float32, (dx, dy) in pixels, may be a slice of a contiguous [1,4,H,W]. Gives [1,C,H,W].
at::Tensor warp(const at::Tensor& image, const at::Tensor& flow);

// The same by LibTorch's own operators, on any device: what the kernels are compared with.
at::Tensor warp_reference(const at::Tensor& image, const at::Tensor& flow);

}  // namespace videoenhance
