// Rows of pixels of four 16-bit words, alpha and three samples: what streams of most formats come and go as.
// Each pixel is gone through once; frame_io.cpp does the same in plain steps for any layout.
#pragma once

#include <array>
#include <cstdint>

#include "core/engine/frame.h"

namespace videoenhance {

// Four rows of `count` values, the last being alpha: where that is null, alpha is left as it is.
template <typename Value>
using PixelRows = std::array<Value*, 4>;

// Values in [0,1]: the three samples by `colours`, clamped, and alpha as it is.
void load_words(const std::uint16_t* pixels, const ColourMatrix& colours, const PixelRows<float>& rows,
                std::int64_t count);

// The nearest words of the rows, which are clamped to [0,1]; NaN is 0. Then of three of them by `colours`.
void store_words(const PixelRows<const float>& rows, const ColourMatrix& colours, std::uint16_t* pixels,
                 std::int64_t count);

}  // namespace videoenhance
