// Pixels that the parts of FlashVSR work on (sections A, B.4 and B.5 of the FlashVSR notes).
#pragma once

#include <cstdint>

namespace videoenhance {

inline constexpr std::int64_t kWindowPixels = 128;  // sides of pictures and tiles are multiples of a window's
inline constexpr std::int64_t kTokenPixels = 16;    // tiles start at multiples of a token's side
inline constexpr std::int64_t kLatentPixels = 8;

// The next multiple of a window's side.
inline std::int64_t padded_size(std::int64_t size) {
  return (size + kWindowPixels - 1) / kWindowPixels * kWindowPixels;
}

}  // namespace videoenhance
