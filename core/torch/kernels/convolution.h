// Convolutions together with what follows them: one pass over memory instead of two or three, and in bfloat16
// one rounding, of the result.
#pragma once

#include "core/torch/kernels/convolution_weight.h"

namespace videoenhance {

// Fused on the CPU, without gradients, where x or weight has its channels last and the processor computes in
// their type; else the plain form. x: [n,C,H,W], weight: [O,C/groups,k,k], bias: [O] or undefined, all of one
// type. k / 2 zeros lie around the picture. Leaky ReLU of the convolution; slope 0 is ReLU.
at::Tensor convolve_relu(const at::Tensor& x, const ConvolutionWeight& weight, const at::Tensor& bias,
                         std::int64_t stride = 1, double slope = 0);

// The convolution plus `added`, which has the result's shape; and ReLU of that.
at::Tensor convolve_add(const at::Tensor& x, const ConvolutionWeight& weight, const at::Tensor& bias,
                        const at::Tensor& added, std::int64_t groups = 1);
at::Tensor convolve_add_relu(const at::Tensor& x, const ConvolutionWeight& weight, const at::Tensor& bias,
                             const at::Tensor& added);

// A deconvolution that makes the picture twice as large, weight: [C,O,4,4].
at::Tensor deconvolve(const at::Tensor& x, const ConvolutionWeight& weight, const at::Tensor& bias);

// The same, one step after the other: for other devices, and what the fused ones are compared with.
at::Tensor convolve_relu_reference(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                                   std::int64_t stride = 1, double slope = 0);
at::Tensor convolve_add_reference(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                                  const at::Tensor& added, std::int64_t groups = 1);
at::Tensor convolve_add_relu_reference(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                                       const at::Tensor& added);
at::Tensor deconvolve_reference(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias);

}  // namespace videoenhance
