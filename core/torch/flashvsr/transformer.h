// The one-step diffusion transformer (sections B.3 to B.5 of the FlashVSR notes).
#pragma once

#include "core/engine/engine.h"
#include "core/torch/binding/weight_binder.h"
#include "core/torch/flashvsr/block_attention.h"
#include "core/torch/pch/aten.h"

namespace videoenhance {

// Memory of one stream or tile: for each block the keys of earlier chunks, oldest unit first.
struct TransformerState {
  std::vector<std::vector<KeyUnit>> blocks;

  std::uint64_t bytes() const;
};

// Sizes of a network, read off its weights.
struct TransformerShape {
  int dim = 0;
  int ffn = 0;
  int layers = 0;
  int text_dim = 0;
  int freq_dim = 0;

  static constexpr int kLatentChannels = 16;
  static constexpr int kHeadWidth = 128;
  int heads() const { return dim / kHeadWidth; }

  // Errors: kBadModel (another number of latent channels than 16 is named: such latents have no decoder
  // here).
  static Result<TransformerShape> read(const ShapesByKey& shapes, const std::string& file);
  ShapesByKey expected_shapes() const;
};

// How many blocks the self-attention of a chunk keeps.
struct AttentionSettings {
  double topk_ratio = 0;  // share of one unit's blocks: sparse_ratio * 768 * 1280 / (H * W), in this order
  double kv_ratio = 3.0;
  int local_range = 11;
};

class Transformer {
 public:
  // prompt: float32 [tokens,text_dim], part of the model. Constant parts (time, cross-attention keys and
  // values) are computed here. Errors: kBadModel, naming file and key.
  static Result<Transformer> load(const WeightBinder& weights, const at::Tensor& prompt, c10::Device device,
                                  c10::ScalarType type);

  // tensors: float32, under the keys of shape.expected_shapes(); prompt on their device. Linear layers
  // compute in `type`. The graph of tensors that require a gradient is kept, constant parts included.
  Transformer(const TransformerShape& shape, const TensorsByKey& tensors, const at::Tensor& prompt,
              c10::ScalarType type);

  // noise: [16,f,2h,2w] float32; tokens: one [f*h*w,dim] for each of the projector's layers, added before
  // that block. f is 6 for a stream's first chunk and 2 after it; h and w are multiples of 8. Positions in
  // time are first_latent, first_latent + 1, … and have no end. Gives the latent, like noise. The settings
  // may change from chunk to chunk; blocks_to_keep says whether there is an answer to a topk_ratio, and
  // asking without one throws.
  at::Tensor denoise(TransformerState& state, const at::Tensor& noise, const std::vector<at::Tensor>& tokens,
                     std::int64_t first_latent, const AttentionSettings& settings) const;

  const TransformerShape& shape() const { return shape_; }
  std::uint64_t bytes() const;
  // Of a stream's memory between chunks, in steady state.
  std::uint64_t state_bytes(std::int64_t height, std::int64_t width, const AttentionSettings& settings) const;
  // Largest amount of memory in use while the first chunk runs, beyond weights and state.
  std::uint64_t work_bytes(std::int64_t height, std::int64_t width) const;

 private:
  struct Parts;

  TransformerShape shape_;
  std::shared_ptr<const Parts> parts_;
};

}  // namespace videoenhance
