// Noise as a function of seed, latent index and place alone (section B.6 of the FlashVSR notes): neither the
// clip's length nor tiles nor chunks change it.
#pragma once

#include <array>
#include <cstdint>

#include "core/torch/pch/aten.h"

namespace videoenhance {

// Standard normal values, float32 [16,height,width], for the latent pixels from (top, left) on. All of them
// lie within 6.8. They come from integers and from log, sqrt, cos and sin in double precision, rounded once:
// two machines differ only where their libm's last bit of a double decides the rounding, in some one of 10^8
// values and there by the last bit of a float.
at::Tensor latent_noise(std::uint64_t seed, std::int64_t latent, std::int64_t top, std::int64_t left,
                        std::int64_t height, std::int64_t width);

// The generator behind it: Philox4x32-10, four random words for each counter.
std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key);

}  // namespace videoenhance
