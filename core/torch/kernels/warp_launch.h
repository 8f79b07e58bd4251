// Launches the CUDA kernel; needs the CUDA toolkit alone.
#pragma once

#include <cuda_runtime_api.h>

#include "core/torch/kernels/warp_pixel.h"

namespace videoenhance {

cudaError_t launch_warp(const WarpArguments& arguments, cudaStream_t stream);

}  // namespace videoenhance
