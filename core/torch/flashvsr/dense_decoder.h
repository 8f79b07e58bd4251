// The tiny decoder by whole maps, as it is published: with any weights, of any width, and on any device.
#pragma once

#include <array>

#include "core/torch/flashvsr/tc_decoder.h"
#include "core/torch/kernels/convolution_weight.h"

namespace videoenhance {

class DenseDecoder final : public TcDecoder {
 public:
  // tensors: float32, under the keys of shape.expected_shapes().
  DenseDecoder(const TcShape& shape, const TensorsByKey& tensors, c10::ScalarType type);

  std::uint64_t bytes() const override { return bytes_; }
  std::uint64_t state_bytes(std::int64_t height, std::int64_t width) const override;
  std::uint64_t work_bytes(std::int64_t height, std::int64_t width) const override;

 private:
  struct Layer {
    ConvolutionWeight weight;
    at::Tensor bias;
  };
  // Three convolutions of the input and of what it was one step earlier, around a skip connection.
  struct MemoryBlock {
    int key = 0;  // of its memory: the index among the checkpoint's layers
    // Channels: where no weight reads what was, nothing is kept, joined or multiplied.
    std::uint64_t remembered = 0;
    std::array<Layer, 3> layers;
  };
  // Twice the size and one or two steps in time, then three memory blocks.
  struct Level {
    std::vector<Layer> growth;  // phases of each step
    std::array<MemoryBlock, 3> blocks;
  };

  Layer layer(const at::Tensor& weight, const at::Tensor& bias);
  std::array<MemoryBlock, 3> memory_blocks(const TensorsByKey& tensors, int first);
  std::vector<Layer> growth(const TensorsByKey& tensors, std::size_t index);

  at::Tensor remember(DecoderState& state, const std::array<MemoryBlock, 3>& blocks, at::Tensor x) const;
  at::Tensor picture(const at::Tensor& x, const Layer& growth) const;
  void draw(DecoderState& state, const at::Tensor& latent, const at::Tensor& condition, int surplus,
            DecodedFrames& frames) const override;

  TcShape shape_;
  c10::ScalarType type_;
  std::uint64_t bytes_ = 0;
  std::array<Layer, 2> head_;                // at H/8: reads latent and condition
  std::array<MemoryBlock, 3> first_blocks_;  // at H/8
  std::array<Level, 2> levels_;              // at H/4 and H/2
  std::vector<Layer> last_growth_;           // to H
  std::array<Layer, 2> tail_;                // at H: the last one gives the picture
};

}  // namespace videoenhance
