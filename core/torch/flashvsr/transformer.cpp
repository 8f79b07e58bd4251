#include "core/torch/flashvsr/transformer.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/isfinite.h>
#include <ATen/ops/pow.h>
#include <ATen/ops/silu.h>

#include <algorithm>

#include "core/torch/flashvsr/block_selection.h"
#include "core/torch/flashvsr/dit_block.h"
#include "core/torch/flashvsr/rotary.h"
#include "core/torch/flashvsr/window_order.h"
#include "core/torch/runtime/stage.h"

namespace videoenhance {
namespace {

constexpr double kTimestep = 1000;  // the network makes one step, always this one
constexpr std::int64_t kTokenPixels = 16;
constexpr std::int64_t kChannels = TransformerShape::kLatentChannels;

// float32 [1,freq_dim].
at::Tensor time_waves(int freq_dim, c10::Device device) {
  const std::int64_t half = freq_dim / 2;
  const at::Tensor index = at::arange(half, at::TensorOptions().dtype(c10::kDouble));
  const at::Tensor angles = at::pow(10000.0, index / -static_cast<double>(half)) * kTimestep;
  return at::cat({angles.cos(), angles.sin()}).unsqueeze(0).to(device, c10::kFloat);
}

// [16,f,2h,2w] -> [f,h,w,64], channels (latent channel, row, column).
at::Tensor patches_of(const at::Tensor& noise) {
  const std::int64_t f = noise.size(1), h = noise.size(2) / 2, w = noise.size(3) / 2;
  return noise.reshape({kChannels, f, h, 2, w, 2})
      .permute({1, 2, 4, 0, 3, 5})
      .reshape({f, h, w, 4 * kChannels});
}

// [f,h,w,64] with channels (row, column, latent channel) -> [16,f,2h,2w].
at::Tensor from_patches(const at::Tensor& x) {
  const std::int64_t f = x.size(0), h = x.size(1), w = x.size(2);
  return x.reshape({f, h, w, 2, 2, kChannels})
      .permute({5, 0, 1, 3, 2, 4})
      .reshape({kChannels, f, 2 * h, 2 * w});
}

// Tokens of a plane of windows per temporal unit.
std::int64_t unit_tokens(std::int64_t height, std::int64_t width) {
  return kWindowFrames * (height / kTokenPixels) * (width / kTokenPixels);
}

// Published code drops one unit a chunk at most, so that a ratio of 1 acts like 2.
std::int64_t units_remembered(double kv_ratio) {
  return std::max<std::int64_t>(2, static_cast<std::int64_t>(kv_ratio));
}

}  // namespace

struct Transformer::Parts {
  Linear patches;
  std::vector<DitBlock> blocks;
  Norm before_head;
  Linear head;
};

Result<Transformer> Transformer::load(const WeightBinder& weights, const at::Tensor& prompt,
                                      c10::Device device, c10::ScalarType type) {
  const auto shape = TransformerShape::read(weights.shapes(), weights.file_name());
  if (!shape) return tl::unexpected(shape.error());
  const auto tensors = weights.take(shape->expected_shapes(), device);
  if (!tensors) return tl::unexpected(tensors.error());
  if (prompt.dim() != 2 || prompt.size(0) == 0 || prompt.size(1) != shape->text_dim) {
    return fail(ErrorKind::kBadModel,
                "The prompt does not belong to the weights " + weights.file_name() +
                    ": text_embedding.0 wants " + std::to_string(shape->text_dim) +
                    " values for each of its tokens.",
                "prompt " + c10::str(prompt.sizes()));
  }
  return Transformer(*shape, *tensors, prompt.to(device), type);
}

Transformer::Transformer(const TransformerShape& shape, const TensorsByKey& tensors, const at::Tensor& prompt,
                         c10::ScalarType type)
    : shape_(shape) {
  const auto constant = [&](const std::string& key, const at::Tensor& x) {
    return Linear::of(tensors, key, c10::kFloat)(x);
  };
  const at::Tensor waves = time_waves(shape.freq_dim, prompt.device());
  const at::Tensor time = constant("time_embedding.2", at::silu(constant("time_embedding.0", waves)));
  const TransformerConstants constants{
      constant("time_projection.1", at::silu(time)).view({6, -1}),
      constant("text_embedding.2", at::gelu(constant("text_embedding.0", prompt), "tanh"))};

  Parts parts;
  parts.patches = {tensors.at("patch_embedding.weight").flatten(1).to(type),
                   tensors.at("patch_embedding.bias").to(type)};
  for (int index = 0; index < shape.layers; ++index)
    parts.blocks.emplace_back(tensors, index, constants, type);
  const auto head = (tensors.at("head.modulation").squeeze(0) + time).unbind(0);  // shift, scale
  parts.before_head = {head[1] + 1, head[0]};
  parts.head = Linear::of(tensors, "head.head", type);
  parts_ = std::make_shared<const Parts>(std::move(parts));
}

at::Tensor Transformer::denoise(TransformerState& state, const at::Tensor& noise,
                                const std::vector<at::Tensor>& tokens, std::int64_t first_latent,
                                const AttentionSettings& settings) const {
  const StageScope stage("transformer");
  const std::int64_t f = noise.size(1), h = noise.size(2) / 2, w = noise.size(3) / 2;
  const std::int64_t rows = h / kWindowSide, columns = w / kWindowSide;
  const ChunkPlan plan{f / kWindowFrames, to_windows(rotations(first_latent, f, h, w, noise.device())),
                       local_windows(rows, columns, settings.local_range, noise.device()),
                       blocks_to_keep(rows * columns, settings.topk_ratio).value(),
                       units_remembered(settings.kv_ratio)};
  state.blocks.resize(parts_->blocks.size());
  at::Tensor x = parts_->patches(to_windows(patches_of(noise))).to(c10::kFloat);
  for (std::size_t index = 0; index < parts_->blocks.size(); ++index) {
    if (index < tokens.size()) x = x + to_windows(tokens[index].reshape({f, h, w, -1}));
    x = parts_->blocks[index].run(x, plan, state.blocks[index]);
  }
  const at::Tensor prediction = parts_->head(parts_->before_head(x)).to(c10::kFloat);
  return noise - from_patches(from_windows(prediction, f, h, w));
}

// --------------------------------------------------------------------------------------------------------
// memory

std::uint64_t TransformerState::bytes() const {
  std::uint64_t bytes = 0;
  for (const auto& units : blocks) {
    for (const auto& unit : units) bytes += unit.bytes();
  }
  return bytes;
}

std::uint64_t Transformer::bytes() const {
  std::uint64_t bytes = 0;
  for (const auto* layer : {&parts_->patches, &parts_->head})
    bytes += layer->weight.nbytes() + layer->bias.nbytes();
  for (const auto& block : parts_->blocks) bytes += block.bytes();
  return bytes;
}

std::uint64_t Transformer::state_bytes(std::int64_t height, std::int64_t width,
                                       const AttentionSettings& settings) const {
  const auto tokens = static_cast<std::uint64_t>(unit_tokens(height, width));
  const auto units = static_cast<std::uint64_t>(units_remembered(settings.kv_ratio));
  const std::uint64_t unit =
      (2 * tokens * parts_->head.weight.element_size() + tokens / kWindowTokens * sizeof(float)) * shape_.dim;
  return unit * units * shape_.layers;
}

// Counted while the first chunk's self-attention runs, whose tokens are three units: what a block holds for
// each channel of each token (ten values of float32; or seven, and six of a smaller type: its input and that
// normed, queries, keys and values, projections before and after norm and rotation, the result); the
// rotations in the making; scores of all pairs of windows with their masks; and some rows of the wide hidden
// layer. Tested against what the CPU allocator hands out, which keeps blocks of every size that it was asked
// for.
std::uint64_t Transformer::work_bytes(std::int64_t height, std::int64_t width) const {
  constexpr std::uint64_t kUnits = 3, kBytesOfChannel = 40, kRotations = 3, kScores = 6;
  const at::Tensor& weight = parts_->head.weight;
  const std::uint64_t dim = shape_.dim, ffn = shape_.ffn, type = weight.element_size();
  const std::uint64_t tokens = kUnits * static_cast<std::uint64_t>(unit_tokens(height, width));
  const std::uint64_t windows = tokens / kWindowTokens;
  const std::uint64_t turns = kRotations * tokens * TransformerShape::kHeadWidth * sizeof(float);
  const std::uint64_t scores = kScores * sizeof(float) * shape_.heads() * windows * windows;
  const std::uint64_t hidden = 2 * std::min<std::uint64_t>(tokens, DitBlock::kFeedForwardRows) * ffn * type;
  return kBytesOfChannel * tokens * dim + turns + scores + hidden +
         block_attention_work_bytes(weight, tokens, static_cast<std::uint64_t>(shape_.heads()));
}

}  // namespace videoenhance
