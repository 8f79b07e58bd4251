// A decoder's convolution, its channels in whichever order lets it compute least.
#pragma once

#include "core/torch/flashvsr/channel_groups.h"
#include "core/torch/kernels/convolution_weight.h"

namespace videoenhance {

// What is known of a map between two layers. In memory it is [groups,width,H,W] with its channels last, so
// that the groups of a convolution are a batch.
struct ChannelMap {
  ChannelGroups groups;
  ChannelOrder order;
};

struct GroupedLayer {
  struct Weights {
    ConvolutionWeight weight;  // [O,C,k,k] of a group, its channels last
    at::Tensor bias;           // [O] or undefined
  };
  std::vector<Weights> weights;  // of each group; one if all have the same
  at::Tensor inputs;  // int64 [groups,C]: what each reads of a map's channels; undefined: its own, all

  // weight: [P,O,I,k,k], P phases of outputs, phase by phase within a group; bias: [O] or undefined, as it is
  // where there are phases.
  static GroupedLayer of(const at::Tensor& weight, const at::Tensor& bias, c10::ScalarType type,
                         const ChannelMap& from, const ChannelOrder& to);

  std::uint64_t bytes() const;
};

// What the layer reads of a map: [groups,C,H,W].
at::Tensor read_by(const GroupedLayer& layer, const at::Tensor& map);

// ReLU of the convolution; of its sum with `added`; and of the enlarged map's, whose phases it is.
at::Tensor convolve_relu(const GroupedLayer& layer, const at::Tensor& map);
at::Tensor convolve_add_relu(const GroupedLayer& layer, const at::Tensor& map, const at::Tensor& added);
at::Tensor upsample_convolve_relu(const GroupedLayer& layer, const at::Tensor& map);

// Of the enlarged map alone.
at::Tensor upsample_convolve(const GroupedLayer& layer, const at::Tensor& map);

}  // namespace videoenhance
