// What kernels of the CPU may go through without LibTorch.
#pragma once

#include "core/torch/pch/aten.h"

namespace videoenhance {

// Whether a tensor's memory may be read past LibTorch: it is the CPU's, and no gradient would miss it.
inline bool has_plain_memory(const at::Tensor& x) {
  return x.is_cpu() && !x.requires_grad();
}

// Of [...,W]: whether its rows are float32 and lie there in one piece each.
inline bool has_plain_rows(const at::Tensor& x) {
  return has_plain_memory(x) && x.scalar_type() == at::kFloat && x.stride(-1) == 1;
}

}  // namespace videoenhance
