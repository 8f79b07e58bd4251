// The tiny decoder, conditioned on the input (section B.7 of the FlashVSR notes).
#pragma once

#include <array>

#include "core/torch/flashvsr/decoded_frames.h"
#include "core/torch/flashvsr/latent_decoder.h"
#include "core/torch/flashvsr/row_decoder.h"
#include "core/torch/kernels/convolution_weight.h"

namespace videoenhance {

// Sizes of the decoder, read off its weights.
struct TcShape {
  static constexpr std::int64_t kLatents = 16;
  static constexpr std::int64_t kCondition = 3 * 4 * 8 * 8;  // what 4 frames give for each latent pixel

  std::array<std::int64_t, 4> widths;  // channels at H/8, H/4, H/2 and H
  // Output channels of the three layers that grow in time, as stored: more than needed are allowed.
  std::array<std::int64_t, 3> grown;

  // Errors: kBadModel; `file` names it.
  static Result<TcShape> read(const ShapesByKey& shapes, const std::string& file);
  ShapesByKey expected_shapes() const;
};

class TcDecoder final : public LatentDecoder {
 public:
  // tensors: float32, under the keys of shape.expected_shapes().
  TcDecoder(const TcShape& shape, const TensorsByKey& tensors, c10::ScalarType type);

  at::Tensor decode(DecoderState& state, const at::Tensor& latent,
                    const at::Tensor& condition) const override;
  void skip(DecoderState& state, const at::Tensor& latent, const at::Tensor& condition) const override;
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
  void draw(const at::Tensor& x, const Layer& growth, DecodedFrames& frames) const;
  void decode_one(DecoderState& state, const at::Tensor& input, int surplus, DecodedFrames& frames) const;

  TcShape shape_;
  c10::ScalarType type_;
  std::uint64_t bytes_ = 0;
  std::optional<RowDecoder> rows_;           // in place of what follows
  std::array<Layer, 2> head_;                // at H/8: reads latent and condition
  std::array<MemoryBlock, 3> first_blocks_;  // at H/8
  std::array<Level, 2> levels_;              // at H/4 and H/2
  std::vector<Layer> last_growth_;           // to H
  std::array<Layer, 2> tail_;                // at H: the last one gives the picture
};

}  // namespace videoenhance
