// Nearest x2 followed by a 3x3 convolution, without the enlarged picture (section D.3, item 8 of the FlashVSR
// notes).
#pragma once

#include "core/torch/kernels/convolution_weight.h"

namespace videoenhance {

// Of the nine pixels that the convolution sees in the enlarged picture, at most four differ: each of the four
// phases of an output pixel is a 2x2 convolution of the small picture. weight: [O,C,3,3]; gives
// [4*O,C,2,2], phases (0,0), (0,1), (1,0), (1,1) of (row, column) one after the other.
at::Tensor phase_weights(const at::Tensor& weight);

// x: [n,C,h,w], best with its channels last; phases: of phase_weights, in the type of x; bias: [O] or
// undefined. Zeros lie around the enlarged picture. Gives [n,O,2*h,2*w] with its channels last.
at::Tensor upsample_convolve(const at::Tensor& x, const at::Tensor& phases, const at::Tensor& bias = {});

// ReLU of it.
at::Tensor upsample_convolve_relu(const at::Tensor& x, const ConvolutionWeight& phases);

// The same in two steps, with the convolution's own weight: what the phases are compared with.
at::Tensor upsample_convolve_reference(const at::Tensor& x, const at::Tensor& weight,
                                       const at::Tensor& bias = {});

}  // namespace videoenhance
