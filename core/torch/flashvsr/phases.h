// Pictures of few channels, in phases: libraries multiply blocks of 16 channels, so that a convolution of 8
// is twice as quick as one of four times as many at half the size.
#pragma once

#include "core/torch/kernels/convolution_weight.h"

namespace videoenhance {

// A picture [O,H,W] in phases is a map [1,4*O,H/2+n,W/2+n]: what phase_weights (upsampling.h) give with n =
// 1, before it is put in places. A cell has the pixels of four phases (0,0), (0,1), (1,0), (1,1) of (row,
// column); row y lies in cell (y + n) / 2, and so do columns. n grows by one with each convolution. What lies
// outside of the picture has any value.

// weight: [O,C,3,3]; gives [4*O,4*C,2,2]: with a border of one zero it is the same convolution of a picture
// in phases, from n to n + 1.
at::Tensor convolution_of_phases(const at::Tensor& weight, int n);

// With zeros outside of a picture in phases, as convolutions want it; n is 1 or 2. On the CPU, without
// gradients, a map with its channels last is changed itself.
at::Tensor cleared_outside(const at::Tensor& map, int n);
at::Tensor cleared_outside_reference(const at::Tensor& map, int n);

// The colours of a picture in phases: map [1,12,H/2+n,W/2+n] with its channels last -> float32 [1,3,H,W],
// contiguous.
void split_phases(const at::Tensor& map, int n, const at::Tensor& out);
void split_phases_reference(const at::Tensor& map, int n, const at::Tensor& out);

}  // namespace videoenhance
