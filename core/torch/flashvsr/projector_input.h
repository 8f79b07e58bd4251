// What the projector's convolutions read, with its channels last (section B.3 of the FlashVSR notes). Beside
// each kernel of the CPU stands the plain form, by LibTorch's views, which also serves other devices and
// gradients.
#pragma once

#include "core/torch/pch/aten.h"

namespace videoenhance {

inline constexpr std::int64_t kPatch = 16;  // pixels of a token's side
inline constexpr std::int64_t kPair = 2;    // frames

// frames: [T,3,H,W] in the network's range (picture_range.h), H and W multiples of 16; gives
// [T,H/16,W/16,768] of `type`, contiguous: of each patch (colour, row, column).
at::Tensor patches_of(const at::Tensor& frames, c10::ScalarType type);
at::Tensor patches_of_reference(const at::Tensor& frames, c10::ScalarType type);

// maps: [2n,h,w,C]; gives [n,2C,h+2,w+2]: each two frames as one map's channels, with the outermost values
// repeated around it.
at::Tensor bordered_pairs(const at::Tensor& maps);
at::Tensor bordered_pairs_reference(const at::Tensor& maps);

}  // namespace videoenhance
