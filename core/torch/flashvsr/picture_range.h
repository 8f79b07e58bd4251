// Between pictures in [0,1], as the element has them, and in [-1,1], as the network does: one pass over
// memory on the CPU, where the plain form makes several. Pictures that were rounded to levels (upscale.h)
// wait as those on the CPU, in a quarter or half of the memory: their values are computed row by row, where
// they are read.
#pragma once

#include "core/torch/pch/aten.h"

namespace videoenhance {

// picture: float32 [C,H,W] in [0,1], or levels; gives it in [-1,1], or on the CPU levels as they are, its
// last row and column repeated up to multiples of 128.
at::Tensor to_network_range(const at::Tensor& picture);
at::Tensor to_network_range_reference(const at::Tensor& picture);

// frames: float32 in [-1,1], which are given back, or levels, whose values are.
at::Tensor network_values(const at::Tensor& frames);

// Of [...,W]: whether network_row reads them. They are the CPU's, and no gradient would miss it.
bool has_network_rows(const at::Tensor& frames);
// `count` values from a place in memory on, float32 in [-1,1]: where they lie, or in `room` for as many.
const float* network_row(const at::Tensor& frames, std::int64_t place, std::int64_t count, float* room);

// picture: float32 [C,H,W] in [-1,1]; writes it in [0,1] to `out` [C,H,W]. Whether all values are finite.
bool from_network_range(const at::Tensor& picture, const at::Tensor& out);
bool from_network_range_reference(const at::Tensor& picture, const at::Tensor& out);

}  // namespace videoenhance
