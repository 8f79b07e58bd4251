// How far two tensors are from each other.
#pragma once

#include "core/torch/pch/aten.h"

namespace videoenhance {

inline double max_difference(const at::Tensor& a, const at::Tensor& b) {
  return (a - b).abs().max().item<double>();
}

}  // namespace videoenhance
