#include "core/torch/interpolation/tlbvfi_layers.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/conv3d.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/group_norm.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/scaled_dot_product_attention.h>
#include <ATen/ops/silu.h>

#include <array>
#include <cmath>

namespace videoenhance {
namespace {

constexpr std::int64_t kWindow = 8;
constexpr double kBatchNormEpsilon = 1e-5, kLayerNormEpsilon = 1e-5;

// Positions of a window that lie together, or spread over the picture.
enum class Windows { kBlock, kGrid };

// [1,C,H,W] -> [windows,64,C].
at::Tensor windows(const at::Tensor& x, Windows kind) {
  const auto channels = x.size(1), rows = x.size(2) / kWindow, columns = x.size(3) / kWindow;
  const at::Tensor split = kind == Windows::kBlock
                               ? x.view({channels, rows, kWindow, columns, kWindow}).permute({1, 3, 2, 4, 0})
                               : x.view({channels, kWindow, rows, kWindow, columns}).permute({2, 4, 1, 3, 0});
  return split.reshape({rows * columns, kWindow * kWindow, channels});
}

// The inverse, for a picture of this size.
at::Tensor from_windows(const at::Tensor& tokens, at::IntArrayRef size, Windows kind) {
  const auto rows = size[2] / kWindow, columns = size[3] / kWindow;
  const at::Tensor split = tokens.view({rows, columns, kWindow, kWindow, size[1]});
  return split
      .permute(kind == Windows::kBlock ? at::IntArrayRef{4, 0, 2, 1, 3} : at::IntArrayRef{4, 2, 0, 3, 1})
      .reshape(size);
}

// For each pair of positions in a window, the row of the table of biases: (di + 7) * 15 + dj + 7.
at::Tensor bias_rows(c10::Device device) {
  const at::Tensor places =
      at::arange(kWindow * kWindow, at::TensorOptions().dtype(c10::kLong).device(device));
  const at::Tensor row = places.div(kWindow, "floor"), column = places.remainder(kWindow);
  const at::Tensor down = row.unsqueeze(1) - row + (kWindow - 1);
  const at::Tensor across = column.unsqueeze(1) - column + (kWindow - 1);
  return (down * (2 * kWindow - 1) + across).flatten();
}

}  // namespace

at::Tensor to_frames(const at::Tensor& clip) {
  return clip[0].transpose(0, 1);
}

at::Tensor to_clip(const at::Tensor& frames) {
  return frames.transpose(0, 1).unsqueeze(0).contiguous();
}

at::Tensor attend(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, double scale) {
  const auto tokens = [](const at::Tensor& x) { return x.transpose(1, 2).unsqueeze(1); };
  const at::Tensor mixed =
      at::scaled_dot_product_attention(tokens(q), tokens(k), tokens(v), {}, 0.0, /*is_causal=*/false, scale);
  return mixed.squeeze(1).transpose(1, 2);
}

TlbvfiLayers::TlbvfiLayers(TensorsByKey tensors, c10::ScalarType type) : tensors_(std::move(tensors)) {
  fold_batch_norms();
  for (auto& [key, tensor] : tensors_) {
    if (key.starts_with("vqgan.decoder.up.") && tensor.dim() == 4) tensor = tensor.to(type);
  }
  bias_rows_ = bias_rows(tensors_.begin()->second.device());
}

// Batch normalisation with fixed statistics is a factor and an offset of the convolution before it.
void TlbvfiLayers::fold_batch_norms() {
  constexpr std::array kPairs = {std::pair{".0", ".1"}, std::pair{".3", ".4"}, std::pair{".7", ".8"}};
  for (int level = 0;
       tensors_.contains("vqgan.decoder.up." + std::to_string(level) + ".upsample.conv.weight"); ++level) {
    const std::string name = "vqgan.decoder.up." + std::to_string(level) + ".cross_attn.proj_in";
    for (const auto& [conv, norm] : kPairs) {
      at::Tensor &weight = tensors_.at(name + conv + ".weight"), &bias = tensors_.at(name + conv + ".bias");
      const auto statistics = [&](const char* key) { return tensors_.at(name + norm + key); };
      const at::Tensor gain = statistics(".weight") / (statistics(".running_var") + kBatchNormEpsilon).sqrt();
      weight = weight * gain.view({-1, 1, 1, 1});
      bias = (bias - statistics(".running_mean")) * gain + statistics(".bias");
      for (const char* key : {".weight", ".bias", ".running_mean", ".running_var"})
        tensors_.erase(name + norm + key);
    }
  }
}

std::uint64_t TlbvfiLayers::bytes() const {
  std::uint64_t sum = 0;
  for (const auto& [key, tensor] : tensors_) sum += tensor.nbytes();
  return sum;
}

at::Tensor TlbvfiLayers::bias(const std::string& name) const {
  const auto entry = tensors_.find(name + ".bias");
  return entry == tensors_.end() ? at::Tensor() : entry->second;
}

at::Tensor TlbvfiLayers::conv2d(const std::string& name, const at::Tensor& x, int stride, int padding,
                                std::int64_t groups) const {
  const at::Tensor& weight = tensors_.at(name + ".weight");
  const std::int64_t border = padding < 0 ? weight.size(2) / 2 : padding;
  return at::conv2d(x.to(weight.scalar_type()), weight, bias(name).to(weight.scalar_type()), {stride, stride},
                    {border, border}, {1, 1}, groups)
      .to(c10::kFloat);
}

at::Tensor TlbvfiLayers::conv3d(const std::string& name, const at::Tensor& x) const {
  const auto size = tensors_.at(name + ".weight").sizes();
  return conv3d(name, x, {size[2] / 2, size[3] / 2, size[4] / 2});
}

at::Tensor TlbvfiLayers::conv3d(const std::string& name, const at::Tensor& x, at::IntArrayRef padding) const {
  return at::conv3d(x, tensors_.at(name + ".weight"), bias(name), {1, 1, 1}, padding);
}

at::Tensor TlbvfiLayers::conv_prelu(const std::string& name, at::Tensor x, std::initializer_list<int> indices,
                                    int stride) const {
  for (const int index : indices) {
    x = conv2d(name + "." + std::to_string(index), x, stride);
    x = at::prelu(x, tensors_.at(name + "." + std::to_string(index + 1) + ".weight"));
  }
  return x;
}

at::Tensor TlbvfiLayers::linear(const std::string& name, const at::Tensor& x) const {
  return at::linear(x, tensors_.at(name + ".weight"), bias(name));
}

at::Tensor TlbvfiLayers::group_norm(const std::string& name, const at::Tensor& x, std::int64_t groups,
                                    double epsilon) const {
  return at::group_norm(x.contiguous(), groups, tensors_.at(name + ".weight"), bias(name), epsilon);
}

at::Tensor TlbvfiLayers::layer_norm(const std::string& name, const at::Tensor& x) const {
  return at::layer_norm(x, {x.size(-1)}, tensors_.at(name + ".weight"), bias(name), kLayerNormEpsilon);
}

at::Tensor TlbvfiLayers::residual2d(const std::string& name, const at::Tensor& x) const {
  at::Tensor y = group_norm(name + ".norm1", x);
  y = conv2d(name + ".conv1", at::silu_(y));
  y = group_norm(name + ".norm2", y);
  y = conv2d(name + ".conv2", at::silu_(y));
  return y.add_(x.size(1) == y.size(1) ? x : conv2d(name + ".nin_shortcut", x));
}

at::Tensor TlbvfiLayers::residual3d(const std::string& name, const at::Tensor& clip,
                                    at::IntArrayRef padding) const {
  at::Tensor y = group_norm(name + ".norm1", clip);
  y = conv3d(name + ".conv1", at::silu_(y));
  y = group_norm(name + ".norm2", to_frames(y));
  y = conv3d(name + ".conv2", to_clip(at::silu_(y)), padding);
  return y.add_(conv3d(name + ".nin_shortcut", clip, {0, 0, 0}));
}

at::Tensor TlbvfiLayers::clip_attention(const std::string& name, const at::Tensor& clip) const {
  const at::Tensor x = group_norm(name + ".norm", clip);
  const auto part = [&](const char* key) { return conv3d(name + key, x).flatten(2); };
  const at::Tensor mixed =
      attend(part(".q"), part(".k"), part(".v"), 1 / std::sqrt(static_cast<double>(clip.size(1))));
  return conv3d(name + ".proj_out", mixed.reshape(clip.sizes())).add_(clip);
}

at::Tensor TlbvfiLayers::attend_in_windows(const std::string& name, const at::Tensor& tokens,
                                           const at::Tensor& context) const {
  const at::Tensor source = layer_norm(name + ".norm", tokens);
  const at::Tensor keys = context.defined() ? layer_norm(name + ".norm", context) : source;
  const auto heads = [&](const char* key, const at::Tensor& x) {
    return linear(name + ".fn." + key, x).unsqueeze(1);
  };
  const std::int64_t places = kWindow * kWindow;
  const at::Tensor biases = tensors_.at(name + ".fn.rel_pos_bias.weight")
                                .flatten()
                                .index_select(0, bias_rows_)
                                .view({1, 1, places, places});
  const at::Tensor mixed = at::scaled_dot_product_attention(heads("to_q", source), heads("to_k", keys),
                                                            heads("to_v", keys), biases);
  return linear(name + ".fn.to_out.0", mixed.squeeze(1));
}

at::Tensor TlbvfiLayers::window_attention(const std::string& name, at::Tensor x,
                                          const at::Tensor& context) const {
  constexpr std::array kKinds = {std::pair{Windows::kBlock, "block"}, std::pair{Windows::kGrid, "grid"}};
  for (const auto& [kind, word] : kKinds) {
    const std::string attention = name + ".attn_" + word, mlp = name + ".ff_" + word;
    at::Tensor tokens = windows(x, kind);
    tokens = tokens +
             attend_in_windows(attention, tokens, context.defined() ? windows(context, kind) : at::Tensor());
    at::Tensor hidden = linear(mlp + ".fn.net.0", layer_norm(mlp + ".norm", tokens));
    tokens.add_(linear(mlp + ".fn.net.3", at::gelu_(hidden)));
    x = from_windows(tokens, x.sizes(), kind);
  }
  return x;
}

}  // namespace videoenhance
