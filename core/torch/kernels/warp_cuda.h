// The CUDA form of warp(), or stand-ins where it is not built in.
#pragma once

#include "core/torch/kernels/warp_pixel.h"

namespace videoenhance {

bool has_warp_cuda() noexcept;

// On LibTorch's current stream of the device. Pointers are the device's.
void warp_cuda(const WarpArguments& arguments, int device);

}  // namespace videoenhance
