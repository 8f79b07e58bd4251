#include "core/torch/flashvsr/rotary.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/complex.h>
#include <ATen/ops/pow.h>
#include <ATen/ops/view_as_complex.h>
#include <ATen/ops/view_as_real.h>

namespace videoenhance {
namespace {

// complex64 [count,channels/2], for `count` positions from `first` on. A position times a frequency needs
// double: it may be large, and only its remainder matters.
at::Tensor axis(std::int64_t first, std::int64_t count, std::int64_t channels, c10::Device device) {
  const auto options = at::TensorOptions().dtype(c10::kDouble);
  const at::Tensor positions = at::arange(first, first + count, options).unsqueeze(1);
  const at::Tensor angles =
      positions * at::pow(10000.0, at::arange(0, channels, 2, options) / -static_cast<double>(channels));
  return at::complex(angles.cos().to(c10::kFloat), angles.sin().to(c10::kFloat)).to(device);
}

}  // namespace

at::Tensor rotations(std::int64_t first, std::int64_t frames, std::int64_t h, std::int64_t w,
                     c10::Device device) {
  const at::Tensor time = axis(first, frames, 44, device).view({frames, 1, 1, -1}).expand({-1, h, w, -1});
  const at::Tensor row = axis(0, h, 42, device).view({1, h, 1, -1}).expand({frames, -1, w, -1});
  const at::Tensor column = axis(0, w, 42, device).view({1, 1, w, -1}).expand({frames, h, -1, -1});
  return at::cat({time, row, column}, 3);
}

at::Tensor rotate(const at::Tensor& x, const at::Tensor& by) {
  const at::Tensor pairs = at::view_as_complex(x.view({x.size(0), -1, by.size(1), 2}));
  return at::view_as_real(pairs * by.unsqueeze(1)).view(x.sizes());
}

}  // namespace videoenhance
