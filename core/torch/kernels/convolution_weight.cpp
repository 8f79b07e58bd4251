#include "core/torch/kernels/convolution_weight.h"

#include <mutex>
#include <vector>

#include "core/torch/kernels/fused_operations.h"

namespace videoenhance {
namespace {

using Reorder = at::Tensor(const at::Tensor&, at::IntArrayRef, at::IntArrayRef, at::IntArrayRef, std::int64_t,
                           at::OptionalIntArrayRef);
using ReorderTransposed = at::Tensor(const at::Tensor&, at::IntArrayRef, at::IntArrayRef, at::IntArrayRef,
                                     at::IntArrayRef, std::int64_t, at::OptionalIntArrayRef);

}  // namespace

struct ConvolutionWeight::Memory {
  std::mutex mutex;
  std::vector<std::int64_t> sizes;  // of the x that `packed` was made for
  at::Tensor packed;
};

ConvolutionWeight::ConvolutionWeight(at::Tensor weight)
    : plain_(std::move(weight)), memory_(std::make_shared<Memory>()) {}

template <typename Pack>
at::Tensor ConvolutionWeight::kept(const at::Tensor& x, const Pack& pack) const {
  const std::lock_guard lock(memory_->mutex);
  if (memory_->sizes != x.sizes()) {
    memory_->packed = pack();
    memory_->sizes = x.sizes().vec();
  }
  return memory_->packed;
}

at::Tensor ConvolutionWeight::packed(const at::Tensor& x, std::int64_t stride, std::int64_t groups) const {
  static const auto reorder = find_fused<Reorder>("mkldnn::_reorder_convolution_weight", "");
  if (!reorder) return plain_;
  TORCH_CHECK_VALUE(x.dim() == 4 && x.size(1) == groups * plain_.size(1), "a picture ", x.sizes(),
                    " does not fit a weight ", plain_.sizes());
  const std::int64_t border = plain_.size(2) / 2;
  return kept(x, [&] {
    return reorder->call(plain_, {border, border}, {stride, stride}, {1, 1}, groups, x.sizes());
  });
}

at::Tensor ConvolutionWeight::packed_of_deconvolution(const at::Tensor& x) const {
  static const auto reorder =
      find_fused<ReorderTransposed>("mkldnn::_reorder_convolution_transpose_weight", "");
  if (!reorder) return plain_;
  TORCH_CHECK_VALUE(x.dim() == 4 && x.size(1) == plain_.size(0), "a picture ", x.sizes(),
                    " does not fit the weight ", plain_.sizes(), " of a deconvolution");
  return kept(x, [&] { return reorder->call(plain_, {1, 1}, {0, 0}, {2, 2}, {1, 1}, 1, x.sizes()); });
}

}  // namespace videoenhance
