#include "core/torch/kernels/warp_cuda.h"

#include <c10/core/impl/VirtualGuardImpl.h>
#include <c10/util/Exception.h>

#include "core/torch/kernels/warp_launch.h"

namespace videoenhance {

bool has_warp_cuda() noexcept {
  return true;
}

void warp_cuda(const WarpArguments& arguments, int device) {
  const c10::Device place(c10::kCUDA, static_cast<c10::DeviceIndex>(device));
  const c10::impl::VirtualGuardImpl guard(c10::kCUDA);
  const c10::Device before = guard.exchangeDevice(place);
  const char* trouble = launch_warp(arguments, guard.getStream(place).native_handle());
  guard.setDevice(before);
  TORCH_CHECK(trouble == nullptr, "warp on ", place, ": ", trouble);
}

}  // namespace videoenhance
