// Which source pixels make an output pixel, and with what weights, as in Pillow (section B.1 of the FlashVSR
// notes).
#pragma once

#include <cstdint>
#include <vector>

namespace videoenhance {

constexpr int kBicubicBits = 22;  // of the fraction of a fixed-point weight

// Along one axis: output pixel i is the sum over k of weights[i * count + k] times source pixel first[i] + k.
// Weight is float, summing to one, or int32 in fixed point. Every pixel has `count` taps, all inside the
// source; those that it does not need weigh nothing.
template <typename Weight>
struct BicubicTaps {
  std::int64_t count = 0;
  std::vector<std::int64_t> first;
  std::vector<Weight> weights;
};

template <typename Weight>
BicubicTaps<Weight> bicubic_taps(std::int64_t size_in, std::int64_t size_out);

}  // namespace videoenhance
