// The noise of TLBVFI's sampler: from a seed, or from a file, for comparisons with other programs.
#pragma once

#include "core/engine/engine.h"
#include "core/torch/pch/aten.h"

namespace videoenhance {

// One [1,3,3,h,w] of standard normal values for each step but the last. By seed, a value depends on seed,
// step and place alone: every pair of a stream sees the same noise, wherever the stream starts. The file of
// options.noise_file has tensors "noise.0", "noise.1", … Errors: those of reading the file, kBadModel where
// it lacks one of them, kBadSettings where they are of another size.
Result<std::vector<at::Tensor>> tlbvfi_noise(const InterpolationOptions& options, std::int64_t height,
                                             std::int64_t width, c10::Device device);

}  // namespace videoenhance
