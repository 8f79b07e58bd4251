#include "core/torch/flashvsr/dit_block.h"

#include <ATen/ops/gelu.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/rms_norm.h>
#include <ATen/ops/scaled_dot_product_attention.h>

#include "core/torch/flashvsr/block_selection.h"
#include "core/torch/flashvsr/rotary.h"
#include "core/torch/flashvsr/window_order.h"

namespace videoenhance {
namespace {

constexpr std::int64_t kHeadWidth = 128;

// Over all channels, before they are split into heads; float32.
at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& weight) {
  return at::rms_norm(x.to(c10::kFloat), {x.size(-1)}, weight, kNormEpsilon);
}

// [n,dim] -> [1,heads,n,128].
at::Tensor by_head(const at::Tensor& x) {
  return x.unflatten(1, {-1, kHeadWidth}).transpose(0, 1).unsqueeze(0);
}

at::Tensor windows_of(const at::Tensor& tokens) {
  return tokens.unflatten(0, {-1, kWindowTokens});
}

// The chunk's own units, oldest first, as views of its tokens' keys and values.
std::vector<KeyUnit> split_units(const at::Tensor& keys, const at::Tensor& values, const at::Tensor& means,
                                 std::int64_t units) {
  const auto k = windows_of(keys).chunk(units), v = windows_of(values).chunk(units), m = means.chunk(units);
  std::vector<KeyUnit> split;
  for (std::size_t i = 0; i < k.size(); ++i) split.push_back({k[i], v[i], m[i]});
  return split;
}

// A unit that keeps nothing else alive.
KeyUnit alone(const KeyUnit& unit, bool is_whole) {
  return is_whole ? unit : KeyUnit{unit.keys.clone(), unit.values.clone(), unit.means.clone()};
}

}  // namespace

// ------------------------------------------------------------------------------------------------------
// layers

Linear Linear::of(const TensorsByKey& tensors, const std::string& key, c10::ScalarType type,
                  const at::Tensor& gain) {
  at::Tensor weight = tensors.at(key + ".weight"), bias = tensors.at(key + ".bias");
  if (gain.defined()) {
    weight = weight * gain.unsqueeze(1);
    bias = bias * gain;
  }
  return {weight.to(type), bias.to(type)};
}

at::Tensor Linear::operator()(const at::Tensor& x) const {
  return at::linear(x.to(weight.scalar_type()), weight, bias);
}

at::Tensor Norm::operator()(const at::Tensor& x) const {
  return at::layer_norm(x, {x.size(1)}, scale, shift, kNormEpsilon);
}

// ------------------------------------------------------------------------------------------------------
// block

DitBlock::DitBlock(const TensorsByKey& tensors, int index, const TransformerConstants& constants,
                   c10::ScalarType type) {
  const std::string name = "blocks." + std::to_string(index);
  const auto tensor = [&](const std::string& key) { return tensors.at(name + key); };
  const auto layer = [&](const std::string& key, const at::Tensor& gain = {}) {
    return Linear::of(tensors, name + key, type, gain);
  };
  const auto constant = [&](const std::string& key) {
    return Linear::of(tensors, name + key, c10::kFloat)(constants.context);
  };
  // shift, scale and gate of the self-attention, then of the feed-forward part
  const auto m = (tensor(".modulation").squeeze(0) + constants.modulation).unbind(0);

  before_self_ = {m[1] + 1, m[0]};
  self_ = {layer(".self_attn.q"),
           layer(".self_attn.k"),
           layer(".self_attn.v"),
           layer(".self_attn.o", m[2]),
           tensor(".self_attn.norm_q.weight"),
           tensor(".self_attn.norm_k.weight")};
  before_cross_ = {tensor(".norm3.weight"), tensor(".norm3.bias")};
  const at::Tensor keys = rms_norm(constant(".cross_attn.k"), tensor(".cross_attn.norm_k.weight"));
  cross_ = {layer(".cross_attn.q"), layer(".cross_attn.o"), tensor(".cross_attn.norm_q.weight"),
            by_head(keys.to(type)), by_head(constant(".cross_attn.v").to(type))};
  before_feed_ = {m[4] + 1, m[3]};
  up_ = layer(".ffn.0");
  down_ = layer(".ffn.2", m[5]);
}

at::Tensor DitBlock::run(const at::Tensor& x, const ChunkPlan& plan, std::vector<KeyUnit>& cache) const {
  at::Tensor y = x + self_attention(before_self_(x), plan, cache);
  y = y + cross_attention(before_cross_(y));
  return y + feed_forward(before_feed_(y));
}

at::Tensor DitBlock::self_attention(const at::Tensor& x, const ChunkPlan& plan,
                                    std::vector<KeyUnit>& cache) const {
  const auto type = self_.q.weight.scalar_type();
  const at::Tensor q = rotate(rms_norm(self_.q(x), self_.norm_q), plan.rotations);
  const at::Tensor k = rotate(rms_norm(self_.k(x), self_.norm_k), plan.rotations);
  const auto fresh = split_units(k.to(type), self_.v(x), windows_of(k).mean(1), plan.units);

  std::vector<KeyUnit> units = cache;
  units.insert(units.end(), fresh.begin(), fresh.end());
  std::vector<at::Tensor> key_means;
  for (const auto& unit : units) key_means.push_back(unit.means);
  const at::Tensor chosen =
      choose_blocks(windows_of(q).mean(1), at::cat(key_means), plan.local, plan.blocks_kept);
  const at::Tensor y = block_attention(windows_of(q.to(type)), units, chosen).flatten(0, 1);

  for (const auto& unit : fresh) cache.push_back(alone(unit, plan.units == 1));
  // Published code drops one unit a chunk at most, so that a ratio lowered in mid-stream has no effect there.
  while (static_cast<std::int64_t>(cache.size()) > plan.units_cached) cache.erase(cache.begin());
  return self_.o(y);
}

at::Tensor DitBlock::cross_attention(const at::Tensor& x) const {
  const at::Tensor q = rms_norm(cross_.q(x), cross_.norm_q).to(cross_.keys.scalar_type());
  const at::Tensor y = at::scaled_dot_product_attention(by_head(q), cross_.keys, cross_.values);
  return cross_.o(y.squeeze(0).transpose(0, 1).flatten(1));
}

at::Tensor DitBlock::feed_forward(const at::Tensor& x) const {
  std::vector<at::Tensor> parts;
  for (const auto& rows : x.split(kFeedForwardRows)) parts.push_back(down_(at::gelu(up_(rows), "tanh")));
  return at::cat(parts);
}

std::uint64_t DitBlock::bytes() const {
  std::uint64_t bytes = cross_.keys.nbytes() + cross_.values.nbytes();
  for (const auto* layer : {&self_.q, &self_.k, &self_.v, &self_.o, &cross_.q, &cross_.o, &up_, &down_})
    bytes += layer->weight.nbytes() + layer->bias.nbytes();
  return bytes;
}

}  // namespace videoenhance
