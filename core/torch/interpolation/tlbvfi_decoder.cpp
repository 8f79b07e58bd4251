#include "core/torch/interpolation/tlbvfi_decoder.h"

#include <ATen/ops/argmin.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/silu.h>
#include <ATen/ops/upsample_nearest2d.h>

#include <array>

#include "core/torch/interpolation/resize.h"
#include "core/torch/interpolation/tlbvfi_architecture.h"
#include "core/torch/kernels/warp.h"

namespace videoenhance {
namespace {

constexpr int kLevels = TlbvfiArchitecture::kLevels;
constexpr int kMovedLevels = 3;  // the finest levels of the decoder see moved features, too
constexpr std::int64_t kPlacesAtOnce = 512;

const std::string kName = "vqgan.decoder";

// Both frames' features at levels 1 to 3, moved along the flow; [0] stays empty.
std::array<std::vector<at::Tensor>, kMovedLevels + 1> moved(std::span<const at::Tensor> left,
                                                            std::span<const at::Tensor> right,
                                                            at::Tensor flow) {
  std::array<std::vector<at::Tensor>, kMovedLevels + 1> moved;
  for (int level = 1; level <= kMovedLevels; ++level) {
    flow = resize(flow, 0.5).mul_(0.5);
    moved[level] = {warp(left[level], flow.narrow(1, 0, 2)), warp(right[level], flow.narrow(1, 2, 2))};
  }
  return moved;
}

// Expansion, depthwise convolution, channel gate and projection; the normalisations are part of the
// convolutions.
at::Tensor mbconv(const TlbvfiLayers& layers, const std::string& name, at::Tensor x) {
  x = layers.conv2d(name + ".0", x);
  at::gelu_(x);
  x = layers.conv2d(name + ".3", x, 1, -1, x.size(1));
  at::gelu_(x);
  at::Tensor gate = layers.linear(name + ".6.gate.1", x.mean({2, 3}));
  gate = layers.linear(name + ".6.gate.3", at::silu_(gate)).sigmoid_();
  return layers.conv2d(name + ".7", x.mul_(gate.unsqueeze(2).unsqueeze(3)));
}

// The clip at 1/32, made one picture.
at::Tensor middle(const TlbvfiLayers& layers, const at::Tensor& quantized) {
  at::Tensor x = layers.conv2d("vqgan.post_quant_conv", to_frames(quantized));
  x = layers.conv3d(kName + ".conv_in", to_clip(x));
  x = layers.residual3d(kName + ".mid.block_1", x);
  x = layers.clip_attention(kName + ".mid.attn_1", x);
  return layers.residual3d(kName + ".mid.block_2", x, {0, 1, 1}).select(2, 0);
}

// [1,64,H,W] -> four values of each pixel, before any bound.
at::Tensor head(const TlbvfiLayers& layers, at::Tensor x) {
  x = layers.group_norm(kName + ".norm_out", x);
  x = layers.conv2d(kName + ".conv_out", at::silu_(x));
  x = layers.conv2d(kName + ".moduleout.0", x);
  x = layers.group_norm(kName + ".moduleout.1", x, 16);
  x = layers.conv2d(kName + ".moduleout.3", at::relu_(x));
  x = layers.group_norm(kName + ".moduleout.4", x, 8);
  return layers.conv2d(kName + ".moduleout.6", at::relu_(x));
}

}  // namespace

at::Tensor tlbvfi_quantize(const TlbvfiLayers& layers, const at::Tensor& latent) {
  const at::Tensor& codes = layers["vqgan.quantize.embedding.weight"];
  const at::Tensor frames = to_frames(latent);
  const at::Tensor places = frames.permute({0, 2, 3, 1}).reshape({-1, codes.size(1)});
  std::vector<at::Tensor> nearest;
  for (const at::Tensor& some : places.split(kPlacesAtOnce)) {
    // By differences: |p|^2 - 2pc + |c|^2 would lose the digits that tell near codewords apart.
    at::Tensor distance;
    for (std::int64_t axis = 0; axis < codes.size(1); ++axis) {
      const at::Tensor square = (some.select(1, axis).unsqueeze(1) - codes.select(1, axis)).square_();
      distance = distance.defined() ? distance.add_(square) : square;
    }
    nearest.push_back(distance.argmin(1));
  }
  const auto size = frames.sizes();
  return to_clip(codes.index_select(0, at::cat(nearest))
                     .view({size[0], size[2], size[3], size[1]})
                     .permute({0, 3, 1, 2}));
}

TlbvfiBlend tlbvfi_decode(const TlbvfiLayers& layers, const at::Tensor& quantized,
                          std::span<const at::Tensor> left, std::span<const at::Tensor> right,
                          const at::Tensor& flow) {
  auto aligned = moved(left, right, flow);
  at::Tensor x = middle(layers, quantized);
  for (int level = kLevels - 1; level >= 0; --level) {
    const std::string stage = kName + ".up." + std::to_string(level);
    x = layers.residual2d(stage + ".block.0", x);
    if (level + 1 == kLevels) x = layers.window_attention(stage + ".attn.0", x);
    std::vector<at::Tensor> context = {left[level + 1], right[level + 1]};
    if (level < kMovedLevels) {
      context.insert(context.end(), aligned[level + 1].begin(), aligned[level + 1].end());
      aligned[level + 1].clear();
    }
    x = layers.window_attention(stage + ".cross_attn", x,
                                mbconv(layers, stage + ".cross_attn.proj_in", at::cat(context, 1)));
    x = at::upsample_nearest2d(x, {2 * x.size(2), 2 * x.size(3)});
    x = layers.conv2d(stage + ".upsample.conv", x);
  }
  x = head(layers, x).sigmoid_();
  return {x.narrow(1, 3, 1), x.narrow(1, 0, 3).mul(2).sub_(1)};
}

}  // namespace videoenhance
