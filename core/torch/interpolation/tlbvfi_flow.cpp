#include "core/torch/interpolation/tlbvfi_flow.h"

#include <array>

#include "core/torch/interpolation/resize.h"
#include "core/torch/interpolation/tlbvfi_architecture.h"
#include "core/torch/kernels/warp.h"

namespace videoenhance {
namespace {

constexpr int kNeighbours = 9;  // of a 3x3 window
constexpr double kTiny = 1e-12;

at::Tensor half(const at::Tensor& flow, int side) {
  return flow.narrow(1, 2 * side, 2);
}

// The same motion at twice the resolution.
at::Tensor doubled(const at::Tensor& flow) {
  return resize(flow, 2).mul_(2);
}

// Flow at half the resolution of x, which the block sees reduced by `scale`.
at::Tensor block(const TlbvfiLayers& layers, int index, const at::Tensor& input, double scale) {
  const std::string name = "vqgan.decoder.flownet.block" + std::to_string(index);
  at::Tensor x = resize(input, 1 / scale);
  for (const char* layer : {".conv0.0", ".conv0.1"}) x = layers.conv_prelu(name + layer, x, {0}, 2);
  at::Tensor y = x;
  for (int layer = 0; layer < 8; ++layer)
    y = layers.conv_prelu(name + ".convblock." + std::to_string(layer), y);
  y = at::conv_transpose2d(x.add_(y), layers[name + ".conv1.weight"], layers[name + ".conv1.bias"], {2, 2},
                           {1, 1});
  return resize(y, scale);
}

// Frames -> flow at half their resolution.
at::Tensor estimate(const TlbvfiLayers& layers, const at::Tensor& left, const at::Tensor& right) {
  at::Tensor flow = block(layers, 0, at::cat({left, right}, 1), 4);
  for (int index = 1; index < 3; ++index) {
    const at::Tensor large = doubled(flow);
    const at::Tensor input = at::cat({warp(left, half(large, 0)), warp(right, half(large, 1)), large}, 1);
    flow = flow + block(layers, index, input, index == 1 ? 2 : 1);
  }
  return flow;
}

at::Tensor length(const at::Tensor& x) {
  return x.square().sum(1, /*keepdim=*/true).add_(kTiny).sqrt_();
}

// [1,9,H,W]: how much `target`, of length 1, resembles the nine neighbours of each place in x, moved by flow.
// One neighbour after the other: all at once would take nine copies of the features.
at::Tensor similarities(const at::Tensor& target, const at::Tensor& x, const at::Tensor& flow) {
  const at::Tensor bordered = at::constant_pad_nd(x, {1, 1, 1, 1});
  std::vector<at::Tensor> all;
  for (int neighbour = 0; neighbour < kNeighbours; ++neighbour) {
    const at::Tensor shifted =
        bordered.narrow(2, neighbour / 3, x.size(2)).narrow(3, neighbour % 3, x.size(3));
    const at::Tensor moved = warp(shifted, flow);
    all.push_back((target * moved).sum(1, /*keepdim=*/true).div_(length(moved)));
  }
  return at::cat(all, 1);
}

// Each half of the flow corrected by what both frames' features show where it leads; at the features'
// resolution.
at::Tensor refine(const TlbvfiLayers& layers, const std::string& name,
                  const std::array<at::Tensor, 2>& features, const at::Tensor& flow) {
  const std::array warped = {warp(features[0], half(flow, 0)), warp(features[1], half(flow, 1))};
  at::Tensor share = layers.conv_prelu(name + ".occl_convs", at::cat({warped[0], warped[1]}, 1), {0, 2});
  share = layers.conv2d(name + ".occl_convs.4", share).sigmoid_();
  const at::Tensor blend = (warped[0] - warped[1]).mul_(share).add_(warped[1]);
  std::vector<at::Tensor> result;
  for (int side = 0; side < 2; ++side) {
    const at::Tensor own = half(flow, side).contiguous();
    at::Tensor match = similarities(blend / length(blend), features[side], own);
    match = layers.conv_prelu(name + ".corr_convs", std::move(match), {0, 2});
    at::Tensor motion = at::cat({std::move(match), layers.conv_prelu(name + ".flow_convs", own, {0, 2})}, 1);
    motion = layers.conv_prelu(name + ".motion_convs", std::move(motion));
    at::Tensor y =
        layers.conv_prelu(name + ".gru", at::cat({blend, warped[side], std::move(motion), own}, 1), {0, 2});
    y = layers.conv_prelu(name + ".flow_head", std::move(y));
    result.push_back(layers.conv2d(name + ".flow_head.2", y).add_(own));
  }
  return at::cat(result, 1);
}

}  // namespace

at::Tensor tlbvfi_flow(const TlbvfiLayers& layers, const FlowFrame& left, const FlowFrame& right) {
  at::Tensor flow = resize(estimate(layers, left.image, right.image), 0.25).mul_(0.25);
  for (int level = TlbvfiArchitecture::kFlowLevels - 1; level >= 0; --level) {
    const std::string name = "vqgan.decoder.refinenet.rf_block" + std::to_string(level + 1);
    flow = refine(layers, name, {left.features[level], right.features[level]}, flow);
    if (level > 0) flow = doubled(flow);
  }
  return flow;
}

}  // namespace videoenhance
