#include "core/torch/flashvsr/picture_range.h"

#include <ATen/ops/isfinite.h>
#include <ATen/ops/replication_pad2d.h>

#include <algorithm>
#include <atomic>

#include "core/torch/flashvsr/pixel_order.h"
#include "core/torch/flashvsr/sizes.h"
#include "core/torch/kernels/rows.h"
#include "core/torch/runtime/stage.h"

namespace videoenhance {
namespace {

constexpr std::int64_t kGrain = 16;  // rows that are worth a thread

}  // namespace

at::Tensor to_network_range(const at::Tensor& picture) {
  if (!has_plain_rows(picture)) return to_network_range_reference(picture);
  const std::int64_t height = picture.size(1), width = picture.size(2);
  const std::int64_t rows = padded_size(height), line = padded_size(width);
  at::Tensor out = at::empty({picture.size(0), rows, line}, picture.options());
  const KernelScope kernel("to_network_range", {picture, out});
  const auto* in = picture.const_data_ptr<float>();
  auto* target = out.mutable_data_ptr<float>();
  at::parallel_for(0, picture.size(0) * rows, kGrain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t k = begin; k < end; ++k) {
      const std::int64_t y = std::min(k % rows, height - 1);
      float* row = target + k * line;
      widen_row(in + k / rows * picture.stride(0) + y * picture.stride(1), row, width);
      std::fill(row + width, row + line, row[width - 1]);
    }
  });
  return out;
}

at::Tensor to_network_range_reference(const at::Tensor& picture) {
  const std::int64_t below = padded_size(picture.size(1)) - picture.size(1);
  const std::int64_t right = padded_size(picture.size(2)) - picture.size(2);
  return at::replication_pad2d(picture.mul(2).sub(1), {0, right, 0, below});
}

bool from_network_range(const at::Tensor& picture, const at::Tensor& out) {
  if (!has_plain_rows(picture) || !has_plain_rows(out)) return from_network_range_reference(picture, out);
  const std::int64_t height = picture.size(1), width = picture.size(2);
  const auto* in = picture.const_data_ptr<float>();
  const KernelScope kernel("from_network_range", {picture, out});
  auto* target = out.mutable_data_ptr<float>();
  std::atomic<bool> is_finite = true;
  at::parallel_for(0, picture.size(0) * height, kGrain, [&](std::int64_t begin, std::int64_t end) {
    float sum = 0;
    for (std::int64_t k = begin; k < end; ++k) {
      const std::int64_t plane = k / height, y = k % height;
      sum += narrow_row(in + plane * picture.stride(0) + y * picture.stride(1),
                        target + plane * out.stride(0) + y * out.stride(1), width);
    }
    if (sum != 0) is_finite = false;
  });
  return is_finite;
}

bool from_network_range_reference(const at::Tensor& picture, const at::Tensor& out) {
  out.copy_(picture.add(1).mul(0.5));
  return at::isfinite(picture).all().item<bool>();
}

}  // namespace videoenhance
