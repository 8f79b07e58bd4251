// TLBVFI's encoder (section C.3 of the interpolation notes).
#pragma once

#include <array>
#include <vector>

#include "core/torch/interpolation/tlbvfi_layers.h"

namespace videoenhance {

// Features of a frame [1,3,H,W] in [0,1], of itself alone: levels 0 to `last` at 1, 1/2, … 1/2^last.
std::vector<at::Tensor> tlbvfi_features(const TlbvfiLayers& layers, const at::Tensor& frame, int last);

// What goes into a latent: frames [1,3,H,W] in [0,1] and their features at level 5.
struct TlbvfiTriple {
  std::array<at::Tensor, 3> frames;
  std::array<at::Tensor, 3> features;
};

// The latent [1,3,3,H/32,W/32] of three frames.
at::Tensor tlbvfi_encode(const TlbvfiLayers& layers, const TlbvfiTriple& triple);

}  // namespace videoenhance
