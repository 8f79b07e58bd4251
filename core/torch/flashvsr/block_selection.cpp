#include "core/torch/flashvsr/block_selection.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/kthvalue.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/softmax.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace videoenhance {
namespace {

constexpr std::int64_t kHeadWidth = 128;

// [n,dim] -> [heads,n,128].
at::Tensor by_head(const at::Tensor& means) {
  return means.detach().unflatten(1, {-1, kHeadWidth}).transpose(0, 1);
}

}  // namespace

// The double product in this order, truncated, is one less than the exact value for many sizes; the published
// network was trained with it.
Result<std::int64_t> blocks_to_keep(std::int64_t windows, double topk_ratio) {
  const double blocks = static_cast<double>(windows * windows) * topk_ratio;
  if (!(blocks >= 1)) {
    return fail(ErrorKind::kBadSettings, "sparse-ratio is too small for frames of this size: raise it.",
                "topk_ratio=" + std::to_string(topk_ratio) + ", " + std::to_string(windows) + " windows");
  }
  constexpr double kMost = 1e15;  // more than there are, and safe to convert
  return static_cast<std::int64_t>(std::min(blocks, kMost)) - 1;
}

at::Tensor local_windows(std::int64_t rows, std::int64_t columns, int local_range, c10::Device device) {
  const at::Tensor window = at::arange(rows * columns, at::TensorOptions().dtype(c10::kLong).device(device));
  const std::int64_t lowest = -(local_range / 2), highest = lowest + local_range - 1;
  const auto near = [&](const at::Tensor& place) {
    const at::Tensor step = place.unsqueeze(0) - place.unsqueeze(1);
    return step.ge(lowest).logical_and(step.le(highest));
  };
  return near(window.floor_divide(columns)).logical_and(near(window.remainder(columns)));
}

at::Tensor choose_blocks(const at::Tensor& query_means, const at::Tensor& key_means, const at::Tensor& local,
                         std::int64_t count) {
  const std::int64_t windows = local.size(0), nq = query_means.size(0), nk = key_means.size(0);
  const at::Tensor hidden = local.logical_not().repeat({nq / windows, nk / windows});
  const at::Tensor scores = at::matmul(by_head(query_means), by_head(key_means).transpose(1, 2)) /
                            std::sqrt(static_cast<double>(kHeadWidth));
  const at::Tensor chances = scores.masked_fill(hidden, -std::numeric_limits<float>::infinity())
                                 .softmax(-1)
                                 .view({-1, windows * nk});
  const std::int64_t entries = chances.size(1), kept = std::min(count, entries - 1);
  const at::Tensor threshold = std::get<0>(at::kthvalue(chances, entries - kept, 1, /*keepdim=*/true));
  return chances.gt(threshold).view({-1, nq, nk});
}

}  // namespace videoenhance
