// The tiny decoder where it has few channels and remembers nothing: on the CPU, row by row.
#pragma once

#include <array>

#include "core/torch/flashvsr/row_chain.h"
#include "core/torch/flashvsr/tc_decoder.h"

namespace videoenhance {

class RowDecoder final : public TcDecoder {
 public:
  // Whether these weights are such a decoder's, and rows of this type can be computed. Weights that are
  // trained are not.
  static bool suits(const TcShape& shape, const TensorsByKey& tensors, c10::ScalarType type);

  // tensors: float32, as TcShape::expected_shapes has them.
  RowDecoder(const TensorsByKey& tensors, c10::ScalarType type);

  std::uint64_t bytes() const override;
  std::uint64_t state_bytes(std::int64_t, std::int64_t) const override { return 0; }
  std::uint64_t work_bytes(std::int64_t height, std::int64_t width) const override;

 private:
  using Chains = std::vector<RowChain>;

  // Neither latent nor condition gets a gradient.
  void draw(DecoderState& state, const at::Tensor& latent, const at::Tensor& condition, int surplus,
            DecodedFrames& frames) const override;

  c10::ScalarType type_;
  Chains eighth_, quarter_;       // head and blocks of H/8; growth and blocks of H/4
  std::array<Chains, 2> half_;    // of each step in time
  std::optional<RowChain> full_;  // gives the colours of two frames
};

}  // namespace videoenhance
