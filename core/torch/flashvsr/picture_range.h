// Between pictures in [0,1], as the element has them, and in [-1,1], as the network does: one pass over
// memory on the CPU, where the plain form makes several.
#pragma once

#include "core/torch/pch/aten.h"

namespace videoenhance {

// picture: float32 [C,H,W] in [0,1]; gives it in [-1,1], its last row and column repeated up to multiples of
// 128.
at::Tensor to_network_range(const at::Tensor& picture);
at::Tensor to_network_range_reference(const at::Tensor& picture);

// picture: float32 [C,H,W] in [-1,1]; writes it in [0,1] to `out` [C,H,W]. Whether all values are finite.
bool from_network_range(const at::Tensor& picture, const at::Tensor& out);
bool from_network_range_reference(const at::Tensor& picture, const at::Tensor& out);

}  // namespace videoenhance
