// Launches the CUDA kernel. Who calls it needs no header of CUDA's.
#pragma once

#include "core/torch/kernels/warp_pixel.h"

namespace videoenhance {

// stream: a cudaStream_t of the current device. Gives null, or what the CUDA runtime says went wrong.
const char* launch_warp(const WarpArguments& arguments, void* stream);

}  // namespace videoenhance
