// Self-attention that touches chosen windows only (section B.5 of the FlashVSR notes). A window holds 128
// tokens; channels are heads x 128.
#pragma once

#include "core/torch/pch/aten.h"

namespace videoenhance {

// What later chunks need of a temporal unit of ws windows.
struct KeyUnit {
  at::Tensor keys;    // [ws,128,dim], after norm and rotation
  at::Tensor values;  // like keys
  at::Tensor means;   // [ws,dim] float32: of each window's keys

  std::uint64_t bytes() const { return keys.nbytes() + values.nbytes() + means.nbytes(); }
};

// queries: [nq,128,dim]; units: oldest first, of the queries' type; chosen: bool [heads,nq,nk], where nk
// counts the windows of all units. Every query window sees all tokens of its chosen windows; one without any
// gets zeros. Gives a tensor like queries. float32 accumulation; time falls with the number of chosen
// windows, unless a gradient is asked for.
at::Tensor block_attention(const at::Tensor& queries, const std::vector<KeyUnit>& units,
                           const at::Tensor& chosen);

// The same by dense attention with a mask; differentiable.
at::Tensor dense_block_attention(const at::Tensor& queries, const std::vector<KeyUnit>& units,
                                 const at::Tensor& chosen);

// The same by LibTorch's operators on pairs of windows, for any device.
at::Tensor paired_block_attention(const at::Tensor& queries, const std::vector<KeyUnit>& units,
                                  const at::Tensor& chosen);

// Memory that block_attention needs beside its arguments and its result, without a gradient, for so many
// queries and keys of the type and on the device of `weight`.
std::uint64_t block_attention_work_bytes(const at::Tensor& weight, std::uint64_t tokens, std::uint64_t heads);

}  // namespace videoenhance
