#include "core/torch/interpolation/tlbvfi_bridge.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/avg_pool3d.h>
#include <ATen/ops/conv1d.h>
#include <ATen/ops/silu.h>
#include <ATen/ops/upsample_nearest3d.h>

#include <cmath>

namespace videoenhance {
namespace {

const std::string kName = "denoise_fn";
constexpr int kTimes = 1000;  // that the bridge was trained with
constexpr std::int64_t kGroups = 32;
constexpr double kEpsilon = 1e-5;

// How far the bridge is at time t, from the start (nearly 0) to y (nearly 1), and its variance there.
double progress(int t) {
  return 0.001 + (0.999 - 0.001) * t / (kTimes - 1);
}
double variance(int t) {
  return 2 * (progress(t) - progress(t) * progress(t));
}

enum class Resample { kNone, kHalve, kDouble };

at::Tensor resampled(const at::Tensor& clip, Resample how) {
  if (how == Resample::kHalve) return at::avg_pool3d(clip, {1, 2, 2});
  if (how == Resample::kDouble)
    return at::upsample_nearest3d(clip, {clip.size(2), 2 * clip.size(3), 2 * clip.size(4)});
  return clip;
}

at::Tensor norm(const TlbvfiLayers& layers, const std::string& name, const at::Tensor& x) {
  return layers.group_norm(name, x, kGroups, kEpsilon);
}

// A residual block that the time scales and shifts. time: [1,T].
at::Tensor block(const TlbvfiLayers& layers, const std::string& name, const at::Tensor& input,
                 const at::Tensor& time, Resample how = Resample::kNone) {
  at::Tensor y = norm(layers, name + ".in_layers.0", input);
  y = layers.conv3d(name + ".in_layers.2", resampled(at::silu_(y), how));
  const auto modulation =
      layers.linear(name + ".emb_layers.1", at::silu(time)).view({1, -1, 1, 1, 1}).chunk(2, 1);
  y = norm(layers, name + ".out_layers.0", y).mul_(modulation[0] + 1).add_(modulation[1]);
  y = layers.conv3d(name + ".out_layers.3", at::silu_(y));
  const at::Tensor x = resampled(input, how);
  return y.add_(x.size(1) == y.size(1) ? x : layers.conv3d(name + ".skip_connection", x));
}

at::Tensor attention(const TlbvfiLayers& layers, const std::string& name, const at::Tensor& x) {
  const at::Tensor tokens = x.flatten(2);
  const auto conv = [&](const char* key, const at::Tensor& input) {
    return at::conv1d(input, layers[name + key + ".weight"], layers[name + key + ".bias"]);
  };
  const auto qkv = conv(".qkv", norm(layers, name + ".norm", tokens)).chunk(3, 1);
  const at::Tensor mixed = attend(qkv[0], qkv[1], qkv[2], 1 / std::sqrt(static_cast<double>(x.size(1))));
  return conv(".proj_out", mixed).add_(tokens).view(x.sizes());
}

at::Tensor time_embedding(const TlbvfiLayers& layers, int t) {
  const std::string name = kName + ".time_embed";
  const std::int64_t waves = layers[name + ".0.weight"].size(1) / 2;
  const at::Tensor index = at::arange(waves, layers[name + ".0.weight"].options());
  const at::Tensor angle = (index * -std::log(10000.0) / static_cast<double>(waves)).exp() * t;
  at::Tensor time = layers.linear(name + ".0", at::cat({angle.cos(), angle.sin()}).unsqueeze(0));
  return layers.linear(name + ".2", at::silu_(time));
}

// x_t - x_0, [1,3,F,h,w].
at::Tensor predict(const TlbvfiLayers& layers, const at::Tensor& x_t, const at::Tensor& y, int t) {
  const at::Tensor time = time_embedding(layers, t);
  std::vector<at::Tensor> kept = {layers.conv3d(kName + ".input_blocks.0.0", at::cat({x_t, y}, 1))};
  for (int index = 1; index < 6; ++index) {
    const std::string name = kName + ".input_blocks." + std::to_string(index);
    const bool halves = index == 2 || index == 4, attends = index == 3 || index == 5;
    at::Tensor x = block(layers, name + ".0", kept.back(), time, halves ? Resample::kHalve : Resample::kNone);
    kept.push_back(attends ? attention(layers, name + ".1", x) : x);
  }
  at::Tensor x = block(layers, kName + ".middle_block.0", kept.back(), time);
  x = attention(layers, kName + ".middle_block.1", x);
  x = block(layers, kName + ".middle_block.2", x, time);
  for (int index = 0; index < 6; ++index) {
    const std::string name = kName + ".output_blocks." + std::to_string(index);
    x = block(layers, name + ".0", at::cat({x, kept.back()}, 1), time);
    kept.pop_back();
    if (index < 4) x = attention(layers, name + ".1", x);
    if (index == 1 || index == 3) x = block(layers, name + ".2", x, time, Resample::kDouble);
  }
  x = norm(layers, kName + ".out.0", x);
  return layers.conv3d(kName + ".out.2", at::silu_(x));
}

}  // namespace

std::vector<int> bridge_times(unsigned steps) {
  const int last = kTimes - 1, parts = static_cast<int>(steps) - 2;
  std::vector<int> times;
  for (int part = 0; part < parts; ++part) times.push_back(last * (parts - part) / parts);
  times.insert(times.end(), {1, 0});
  return times;
}

// Each step estimates x_0 and draws the next x from the bridge between x_0 and y, given the x before.
at::Tensor tlbvfi_sample(const TlbvfiLayers& layers, const at::Tensor& y,
                         const std::vector<at::Tensor>& noise) {
  const auto times = bridge_times(static_cast<unsigned>(noise.size()) + 1);
  at::Tensor x = y;
  for (std::size_t step = 0; step + 1 < times.size(); ++step) {
    const int t = times[step], next = times[step + 1];
    const double here = progress(t), there = progress(next), left = (1 - here) / (1 - there);
    const double spread = (variance(t) - variance(next) * left * left) * variance(next) / variance(t);
    const double kept = std::sqrt((variance(next) - spread) / variance(t));
    const at::Tensor x_0 = x - predict(layers, x, y, t);
    const at::Tensor off = x - x_0 * (1 - here) - y * here;
    x = x_0 * (1 - there) + y * there + off * kept + noise[step] * std::sqrt(spread);
  }
  return x - predict(layers, x, y, times.back());
}

}  // namespace videoenhance
