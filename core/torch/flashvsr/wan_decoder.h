// The decoder of the Wan 2.1 VAE (section B.8 of the FlashVSR notes). LightVAE is the same with a quarter of
// its channels.
#pragma once

#include <array>

#include "core/torch/flashvsr/decoded_frames.h"
#include "core/torch/flashvsr/latent_decoder.h"

namespace videoenhance {

// Sizes of the decoder, read off its weights.
struct WanShape {
  static constexpr std::int64_t kLatents = 16;
  static constexpr int kStages = 4;  // at H/8, H/4, H/2 and H, of three residual blocks each

  std::int64_t width = 0;  // channels at H: 96 as published, 24 in LightVAE
  std::string prefix;      // of every key in the file

  // Channels of a stage, and of the input of its first block.
  std::int64_t channels(int stage) const { return width * (stage < 2 ? 4 : stage == 2 ? 2 : 1); }
  std::int64_t inputs(int stage) const { return stage == 1 ? 2 * width : channels(stage); }
  static bool doubles_time(int stage) { return stage < 2; }

  // Errors: kBadModel; `file` names it.
  static Result<WanShape> read(const ShapesByKey& shapes, const std::string& file);
  // Under keys with the prefix.
  ShapesByKey expected_shapes() const;
};

class WanDecoder final : public LatentDecoder {
 public:
  // tensors: float32, under the keys of shape.expected_shapes().
  WanDecoder(const WanShape& shape, const TensorsByKey& tensors, c10::ScalarType type);

  at::Tensor decode(DecoderState& state, const at::Tensor& latent,
                    const at::Tensor& condition) const override;
  std::uint64_t bytes() const override { return bytes_; }
  std::uint64_t state_bytes(std::int64_t height, std::int64_t width) const override;
  std::uint64_t work_bytes(std::int64_t height, std::int64_t width) const override;

 private:
  struct Layer {
    at::Tensor weight, bias;
  };
  // A convolution that sees two earlier frames: weights [O,C,k,k] of the frame itself, of the one before it
  // and of the one before that.
  struct TemporalLayer {
    std::array<at::Tensor, 3> taps;
    at::Tensor bias;
    int key = 0;  // of its memory
  };
  struct Residual {
    std::array<at::Tensor, 2> gammas;
    std::array<TemporalLayer, 2> layers;
    Layer shortcut;  // undefined where the number of channels stays
  };
  struct Attention {
    at::Tensor gamma;
    Layer qkv, projection;
  };
  // Three residual blocks, then twice the size; and twice the frames where there are two `steps`, which share
  // their memory.
  struct Stage {
    std::array<Residual, 3> blocks;
    std::vector<TemporalLayer> steps;
    Layer enlarge;  // phase weights; undefined in the last stage
  };
  class Reader;

  at::Tensor convolve(const std::vector<at::Tensor>& frames, const TemporalLayer& layer) const;
  at::Tensor convolve(DecoderState& state, const TemporalLayer& layer, const at::Tensor& x) const;
  at::Tensor residual(DecoderState& state, const Residual& block, const at::Tensor& x) const;
  at::Tensor attend(const Attention& attention, const at::Tensor& x) const;
  void run_stage(std::size_t index, DecoderState& state, at::Tensor x, DecodedFrames& frames) const;
  at::Tensor picture(DecoderState& state, const at::Tensor& x) const;

  WanShape shape_;
  c10::ScalarType type_;
  std::uint64_t bytes_ = 0;
  Layer unpack_;  // of the latents
  TemporalLayer first_;
  std::array<Residual, 2> middle_;
  Attention attention_;
  std::array<Stage, WanShape::kStages> stages_;
  at::Tensor last_gamma_;
  TemporalLayer last_;
};

}  // namespace videoenhance
