#include "core/torch/flashvsr/tc_layers.h"

#include <ATen/ops/einsum.h>

namespace videoenhance {

std::string tc_key(int layer, const std::string& rest) {
  return "decoder." + std::to_string(layer) + rest;
}

// Nearest x2, a 1x1 convolution and a 3x3 one are linear and have no bias: merged, step by step. Where the
// 1x1 one has more outputs than steps need, the last ones count.
std::vector<at::Tensor> tc_growth(const TensorsByKey& tensors, std::size_t index) {
  const at::Tensor convolution = tensors.at(tc_key(kTcWidthLayers[index + 1])).to(c10::kDouble);
  const at::Tensor rows = tensors.at(tc_key(kTcGrowthLayers[index], ".conv.weight")).to(c10::kDouble);
  const int steps = kTcGrowthSteps[index];
  const std::int64_t width = convolution.size(1), surplus = rows.size(0) - steps * width;
  std::vector<at::Tensor> merged;
  for (int step = 0; step < steps; ++step) {
    const at::Tensor mix = rows.narrow(0, surplus + step * width, width).flatten(1);
    merged.push_back(at::einsum("ocyx,ci->oiyx", {convolution, mix}));
  }
  return merged;
}

TcBlock tc_block(const TensorsByKey& tensors, int layer) {
  TcBlock block;
  for (int i = 0; i < 3; ++i) {
    const std::string name = ".conv." + std::to_string(2 * i);
    block.weights[i] = tensors.at(tc_key(layer, name + ".weight"));
    block.biases[i] = tensors.at(tc_key(layer, name + ".bias"));
  }
  at::Tensor& entry = block.weights[0];
  const std::int64_t width = entry.size(1) / 2;
  // A weight that is trained may begin as zero.
  block.remembers = entry.requires_grad() || at::any(entry.narrow(1, width, width)).item<bool>();
  if (!block.remembers) entry = entry.narrow(1, 0, width);
  return block;
}

TcTail tc_tail(const TensorsByKey& tensors) {
  return {tensors.at(tc_key(24)), tensors.at(tc_key(26)) * 2, tensors.at(tc_key(26, ".bias")) * 2 - 1};
}

}  // namespace videoenhance
