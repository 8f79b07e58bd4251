// Order of tokens in which the 128 of an attention window lie together (section B.5 of the FlashVSR notes): 2
// frames x 8 rows x 8 columns.
#pragma once

#include "core/torch/pch/aten.h"

namespace videoenhance {

constexpr std::int64_t kWindowSide = 8;
constexpr std::int64_t kWindowFrames = 2;
constexpr std::int64_t kWindowTokens = kWindowFrames * kWindowSide * kWindowSide;

// x: [f,h,w,C] with f even, h and w multiples of 8. Gives [f*h*w,C]: windows (unit of two frames, row,
// column) and in each the tokens (frame, row, column).
at::Tensor to_windows(const at::Tensor& x);

// The inverse: [f*h*w,C] -> [f,h,w,C].
at::Tensor from_windows(const at::Tensor& tokens, std::int64_t f, std::int64_t h, std::int64_t w);

}  // namespace videoenhance
