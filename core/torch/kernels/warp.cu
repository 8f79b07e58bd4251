#include "core/torch/kernels/warp_launch.h"

namespace videoenhance {
namespace {

__global__ void warp_kernel(WarpArguments arguments, std::int64_t pixels) {
  const std::int64_t index = static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (index < pixels) warp_pixel(arguments, index);
}

}  // namespace

const char* launch_warp(const WarpArguments& arguments, void* stream) {
  constexpr int kThreads = 256;
  const std::int64_t pixels = arguments.height * arguments.width;
  const auto blocks = static_cast<unsigned>((pixels + kThreads - 1) / kThreads);
  warp_kernel<<<blocks, kThreads, 0, static_cast<cudaStream_t>(stream)>>>(arguments, pixels);
  const cudaError_t error = cudaGetLastError();
  return error == cudaSuccess ? nullptr : cudaGetErrorString(error);
}

}  // namespace videoenhance
