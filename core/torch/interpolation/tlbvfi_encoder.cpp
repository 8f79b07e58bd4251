#include "core/torch/interpolation/tlbvfi_encoder.h"

#include <ATen/ops/relu.h>
#include <ATen/ops/silu.h>

#include "core/torch/interpolation/tlbvfi_architecture.h"

namespace videoenhance {
namespace {

const std::string kName = "vqgan.encoder";

// Low and high pass along an axis: each value with the one after it, and a zero after the last.
std::array<at::Tensor, 2> haar_axis(const at::Tensor& x, std::int64_t axis) {
  constexpr double kGain = 0.35355339059327379;  // 1 / (2 sqrt 2)
  const auto length = x.size(axis);
  const at::Tensor following =
      at::cat({x.narrow(axis, 1, length - 1), at::zeros_like(x.narrow(axis, 0, 1))}, axis);
  return {(following + x).mul_(kGain), (following - x).mul_(kGain)};
}

// The bands of a transform in time, height and width, of frames [F,H,W]: both low, and the seven others as
// [7(F-1),H,W].
struct HaarBands {
  at::Tensor low, high;
};

HaarBands haar(const at::Tensor& frames) {
  std::vector<at::Tensor> bands;
  const auto pairs = frames.size(0) - 1;
  for (const at::Tensor& in_time : haar_axis(frames, 0)) {  // without the last: it has nothing after it
    for (const at::Tensor& rows : haar_axis(in_time.narrow(0, 0, pairs), 1)) {
      for (at::Tensor& band : haar_axis(rows, 2)) bands.push_back(std::move(band));
    }
  }
  at::Tensor low = std::move(bands.front());
  bands.erase(bands.begin());
  return {low, at::cat(bands)};
}

// What changes quickly in time and space, [1,C,H/32,W/32], from two levels of bands of the luma.
at::Tensor frequency(const TlbvfiLayers& layers, const std::array<at::Tensor, 3>& frames) {
  const std::string name = kName + ".frequency_extractor";
  std::vector<at::Tensor> luma;
  for (const at::Tensor& frame : frames)
    luma.push_back(frame[0][0] * 0.2989 + frame[0][1] * 0.5870 + frame[0][2] * 0.1140);
  const HaarBands fine = haar(at::stack(luma)), coarse = haar(fine.low);
  at::Tensor x = layers.conv2d(name + ".conv_in", at::cat({fine.high, coarse.high}).unsqueeze(0), 2);
  for (int index = 0; index < 2; ++index) {
    const std::string block = name + ".Blocks." + std::to_string(index);
    at::Tensor y = layers.group_norm(block + ".norm1", x);
    y = layers.conv2d(block + ".conv1", at::relu_(y), 2);
    y = layers.group_norm(block + ".norm2", y);
    y = layers.conv2d(block + ".conv2", at::relu_(y), 2);
    x = y.add_(layers.conv2d(block + ".shortcut", x, 4, 1));
  }
  return x;
}

}  // namespace

std::vector<at::Tensor> tlbvfi_features(const TlbvfiLayers& layers, const at::Tensor& frame, int last) {
  std::vector<at::Tensor> features = {layers.conv2d(kName + ".conv_in", frame)};
  for (int level = 0; level < last; ++level) {
    const std::string stage = kName + ".down." + std::to_string(level);
    at::Tensor x = layers.residual2d(stage + ".block.0", features.back());
    if (level + 1 == TlbvfiArchitecture::kLevels) x = layers.window_attention(stage + ".attn.0", x);
    features.push_back(layers.conv2d(stage + ".downsample.conv", at::constant_pad_nd(x, {0, 1, 0, 1}), 2, 0));
  }
  return features;
}

at::Tensor tlbvfi_encode(const TlbvfiLayers& layers, const TlbvfiTriple& triple) {
  const at::Tensor weight = frequency(layers, triple.frames).sigmoid_().add_(1);
  at::Tensor x = at::stack({triple.features[0], triple.features[1], triple.features[2]}, 2);
  x.mul_(weight.unsqueeze(2));
  x = layers.residual3d(kName + ".mid.block_1", x);
  x = layers.clip_attention(kName + ".mid.attn_1", x);
  x = layers.residual3d(kName + ".mid.block_2", x);
  x = layers.group_norm(kName + ".norm_out", to_frames(x));
  x = layers.conv3d(kName + ".conv_out", to_clip(at::silu_(x)));
  return to_clip(layers.conv2d("vqgan.quant_conv", to_frames(x)));
}

}  // namespace videoenhance
