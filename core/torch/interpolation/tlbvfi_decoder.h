// TLBVFI's decoder: from a latent, and what moves along the flow, to the picture (steps 1 and 3 to 6 of
// section C.5 of the interpolation notes).
#pragma once

#include <span>

#include "core/torch/interpolation/tlbvfi_layers.h"

namespace videoenhance {

// The nearest codeword of every position of a latent [1,3,F,h,w].
at::Tensor tlbvfi_quantize(const TlbvfiLayers& layers, const at::Tensor& latent);

// How the picture comes from the two moved frames: left * mask + right * (1 - mask) + residual.
struct TlbvfiBlend {
  at::Tensor mask;      // [1,1,H,W] in [0,1]
  at::Tensor residual;  // [1,3,H,W] in [-1,1]
};

// left, right: tlbvfi_features() of the frames, levels 0 to 5; level 0 is not looked at. flow: [1,4,H,W].
TlbvfiBlend tlbvfi_decode(const TlbvfiLayers& layers, const at::Tensor& quantized,
                          std::span<const at::Tensor> left, std::span<const at::Tensor> right,
                          const at::Tensor& flow);

}  // namespace videoenhance
