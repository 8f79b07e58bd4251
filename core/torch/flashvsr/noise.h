// Noise as a function of seed, latent index and place alone (section B.6 of the FlashVSR notes): neither the
// clip's length nor tiles nor chunks change it.
#pragma once

#include <cstdint>

#include "core/torch/pch/aten.h"

namespace videoenhance {

// Standard normal values, float32 [16,height,width], for the latent pixels from (top, left) on.
at::Tensor latent_noise(std::uint64_t seed, std::int64_t latent, std::int64_t top, std::int64_t left,
                        std::int64_t height, std::int64_t width);

}  // namespace videoenhance
