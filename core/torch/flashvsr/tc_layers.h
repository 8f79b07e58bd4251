// The tiny decoder's layers in its file, and what can be merged of them (section B.7 of the FlashVSR notes).
#pragma once

#include <array>
#include <string>

#include "core/torch/binding/weight_binder.h"

namespace videoenhance {

inline constexpr std::array kTcGrowthLayers = {9, 15, 21};
inline constexpr std::array kTcGrowthSteps = {1, 2, 2};  // in time
inline constexpr std::array kTcFirstBlocks = {5, 11, 17};
inline constexpr std::array kTcWidthLayers = {1, 10, 16, 22};

std::string tc_key(int layer, const std::string& rest = ".weight");

// Of each step in time of growth 0, 1 or 2, float64 [O,I,3,3]: what enlarges its input by nearest x2 and
// convolves that.
std::vector<at::Tensor> tc_growth(const TensorsByKey& tensors, std::size_t index);

// A block with memory: three convolutions, the first of which reads a map and what that was a step earlier.
struct TcBlock {
  std::array<at::Tensor, 3> weights, biases;
  bool remembers;  // without a weight that reads what was, the first one reads the map alone
};
TcBlock tc_block(const TensorsByKey& tensors, int layer);

// The last two convolutions. Their picture is in [-1,1], where rounding is finer than in [0,1].
struct TcTail {
  at::Tensor first, last, bias;  // bias: of the last one
};
TcTail tc_tail(const TensorsByKey& tensors);

}  // namespace videoenhance
