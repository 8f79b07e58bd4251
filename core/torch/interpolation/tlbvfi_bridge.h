// TLBVFI's sampler: a Brownian bridge between latents, walked by a denoiser (section C.4 of the interpolation
// notes).
#pragma once

#include <vector>

#include "core/torch/interpolation/tlbvfi_layers.h"

namespace videoenhance {

// With more steps the times would no longer differ.
inline constexpr unsigned kLeastBridgeSteps = 3, kMostBridgeSteps = 500;

// Times visited, from 999 down to 0: `steps` of them, all but the last two evenly spread.
std::vector<int> bridge_times(unsigned steps);

// Walks from the latent y [1,3,3,h,w] to the latent of the frames with the middle one known. noise: standard
// normal [1,3,3,h,w] for each step but the last.
at::Tensor tlbvfi_sample(const TlbvfiLayers& layers, const at::Tensor& y,
                         const std::vector<at::Tensor>& noise);

}  // namespace videoenhance
