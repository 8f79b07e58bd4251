// Pictures in and out of tensors.
#pragma once

#include <array>

#include "core/engine/frame.h"
#include "core/torch/pch/aten.h"

namespace videoenhance {

// 1, C = 3, or 4 with alpha, H, W.
std::array<std::int64_t, 4> picture_sizes(const FrameView& frame);

// float32 of those sizes on the CPU: code values divided by their largest, not clamped, or what the frame's
// colours make of them.
at::Tensor load_frame(const FrameView& frame);

// The same into `picture`, which is contiguous and has those sizes; of 8-bit frames of R'G'B' it may be uint8
// and gets the samples as they are.
void load_frame(const FrameView& frame, at::Tensor& picture);

// Clamps to [0,1], goes to the frame's colours, rounds to the nearest code value and writes it; float32 of
// R'G'B' is written as it is. picture: float32 [1,C,H,W] on the CPU, with as many rows and columns as `out` or more;
// for 8-bit frames of R'G'B' it may be uint8, samples as they are. Opaque alpha is written where C is 3.
void store_frame(const at::Tensor& picture, const FrameSpan& out);

// The arithmetic between such samples and values, on any device: the same as above, bit for bit, but for what
// is no number.
at::Tensor bytes_to_picture(const at::Tensor& bytes);
at::Tensor picture_to_bytes(const at::Tensor& picture);

}  // namespace videoenhance
