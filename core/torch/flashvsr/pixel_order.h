// Copies between the orders of pixels that the decoders' layers want. Each takes tensors of any layout, type
// and device; on the CPU, without gradients, it goes through memory as it lies, since LibTorch's loops are
// slow where few values lie next to each other. Beside it stands the plain form, by LibTorch's views.
#pragma once

#include <functional>

#include "core/torch/pch/aten.h"

namespace videoenhance {

// 3 tanh(x / 3) of frames [3,4,H,W] in the network's range (picture_range.h); out: [H/8,W/8,C], contiguous,
// with C >= 768. Writes the first 768 channels: (colour, frame, row, column) of each block of 8x8 pixels.
// Values in [-1,1], as pictures have them, are quick, and within 4e-7 of the plain form.
void unshuffle_clamped(const at::Tensor& frames, const at::Tensor& out);
void unshuffle_clamped_reference(const at::Tensor& frames, const at::Tensor& out);

// What both forms of the decoder make of it. frames: of which has_network_rows. Visits rows 8 * y to 8 * y +
// 7 of every colour and frame, one after the other: clamped, of float32 or bfloat16.
struct ClampedRow {
  std::int64_t colour, frame, row;  // row: of its block
  const void* values;               // [W]; for the time of the visit
};
void visit_clamped_rows(const at::Tensor& frames, std::int64_t y, c10::ScalarType type,
                        const std::function<void(const ClampedRow&)>& visit);

// picture: [1,3,H,W], quick with its channels last; out: float32 [1,3,H,W], contiguous.
void split_colours(const at::Tensor& picture, const at::Tensor& out);
void split_colours_reference(const at::Tensor& picture, const at::Tensor& out);

// first, second: [1,C,H,W] of one type -> [1,2C,H,W] with its channels last, those of the first in front.
at::Tensor join_channels(const at::Tensor& first, const at::Tensor& second);

// A row in the type that a network computes in; rounds as at::BFloat16 does, bit for bit, but in vectors.
void convert_row(const float* in, at::BFloat16* out, std::int64_t count);
void convert_row(const float* in, float* out, std::int64_t count);

// `count` bytes that do not overlap: quicker than memcpy where they are few and a multiple of 16.
void copy_bytes(char* out, const char* in, std::int64_t count);

}  // namespace videoenhance
