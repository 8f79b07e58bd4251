// A convolution's weight, and beside it the same as oneDNN reads it.
#pragma once

#include <memory>

#include "core/torch/pch/aten.h"

namespace videoenhance {

// oneDNN keeps weights in blocks whose size depends on the processor and on the picture; a weight that lies
// otherwise is put in order at every call, which takes a tenth of the time of a small picture. Copies share
// what is kept.
class ConvolutionWeight {
 public:
  // weight: [O,C/groups,k,k], or [C,O,k,k] of a deconvolution; may be undefined.
  ConvolutionWeight(at::Tensor weight = {});

  const at::Tensor& plain() const { return plain_; }
  bool defined() const { return plain_.defined(); }

  // For oneDNN's operations alone. x: what the convolution reads; of one weight always with the same stride
  // and groups. Made anew where x has another size than the time before. May be called by several threads.
  at::Tensor packed(const at::Tensor& x, std::int64_t stride, std::int64_t groups = 1) const;
  at::Tensor packed_of_deconvolution(const at::Tensor& x) const;

 private:
  struct Memory;

  template <typename Pack>
  at::Tensor kept(const at::Tensor& x, const Pack& pack) const;

  at::Tensor plain_;
  std::shared_ptr<Memory> memory_;
};

}  // namespace videoenhance
