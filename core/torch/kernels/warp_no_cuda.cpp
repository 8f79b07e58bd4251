// For a LibTorch or a build without CUDA.
#include "core/torch/kernels/warp_cuda.h"

namespace videoenhance {

bool has_warp_cuda() noexcept {
  return false;
}

void warp_cuda(const WarpArguments&, int) {}

}  // namespace videoenhance
