#include "core/torch/kernels/warp.h"

#include "core/torch/kernels/warp_cuda.h"
#include "core/torch/kernels/warp_pixel.h"
#include "core/torch/runtime/stage.h"

namespace videoenhance {
namespace {

constexpr std::int64_t kGrain = 8192;  // pixels that are worth a thread

WarpArguments arguments(const at::Tensor& image, const at::Tensor& flow, at::Tensor& out) {
  const auto* flow_x = flow.const_data_ptr<float>();
  return {image.const_data_ptr<float>(),
          flow_x,
          flow_x + flow.stride(1),
          out.mutable_data_ptr<float>(),
          image.size(1),
          image.size(2),
          image.size(3)};
}

}  // namespace

at::Tensor warp(const at::Tensor& image, const at::Tensor& flow) {
  if (!image.is_cpu() && !(image.is_cuda() && has_warp_cuda())) return warp_reference(image, flow);
  const at::Tensor planes = image.contiguous();
  const at::Tensor motion = flow.stride(3) == 1 && flow.stride(2) == flow.size(3) ? flow : flow.contiguous();
  at::Tensor out = at::empty_like(planes);
  const WarpArguments work = arguments(planes, motion, out);
  const KernelScope kernel("warp", {planes, motion, out});
  if (image.is_cuda()) {
    warp_cuda(work, image.device().index());
    return out;
  }
  at::parallel_for(0, work.height * work.width, kGrain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t index = begin; index < end; ++index) warp_pixel(work, index);
  });
  return out;
}

at::Tensor warp_reference(const at::Tensor& image, const at::Tensor& flow) {
  const std::int64_t height = image.size(2), width = image.size(3);
  const auto options = flow.options();
  const at::Tensor x = at::linspace(-1, 1, width, options).view({1, 1, width});
  const at::Tensor y = at::linspace(-1, 1, height, options).view({1, height, 1});
  const at::Tensor grid_x = x + flow.select(1, 0) * (2.0 / static_cast<double>(width - 1));
  const at::Tensor grid_y = y + flow.select(1, 1) * (2.0 / static_cast<double>(height - 1));
  constexpr std::int64_t kBilinear = 0, kBorder = 1;
  return at::grid_sampler(image, at::stack({grid_x, grid_y}, 3), kBilinear, kBorder, /*align_corners=*/true);
}

}  // namespace videoenhance
