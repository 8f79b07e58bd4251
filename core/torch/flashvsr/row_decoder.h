// The tiny decoder where it has few channels and remembers nothing: on the CPU, row by row.
#pragma once

#include "core/torch/binding/weight_binder.h"
#include "core/torch/flashvsr/decoded_frames.h"
#include "core/torch/flashvsr/row_chain.h"

namespace videoenhance {

class RowDecoder {
 public:
  // Whether these weights are such a decoder's, and of this type its rows can be computed.
  static bool suits(const TensorsByKey& tensors, c10::ScalarType type);

  // tensors: float32, as TcShape::expected_shapes has them.
  RowDecoder(const TensorsByKey& tensors, c10::ScalarType type);

  // latent: float32 [16,H/8,W/8]; condition: [3,4,H,W]. Adds the four frames that they give but for
  // the first `surplus` ones.
  void decode(const at::Tensor& latent, const at::Tensor& condition, int surplus,
              DecodedFrames& frames) const;

  std::uint64_t bytes() const;
  // What it needs at most besides frames of this size.
  std::uint64_t work_bytes(std::int64_t height, std::int64_t width) const;

 private:
  using Chains = std::vector<RowChain>;

  c10::ScalarType type_;
  Chains eighth_, quarter_;     // head and blocks of H/8; growth and blocks of H/4
  std::array<Chains, 2> half_;  // of each step in time
  Chains full_;                 // gives the colours of two frames
  std::int64_t quarter_planes_, half_planes_;
};

}  // namespace videoenhance
