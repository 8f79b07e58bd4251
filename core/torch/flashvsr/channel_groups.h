// Which channels of a network's maps belong together: a decoder may draw several pictures with weights that
// hardly mix them. What is found here decides what lies where, and what is never computed since it is 0.
#pragma once

#include <vector>

#include "core/torch/pch/aten.h"

namespace videoenhance {

// Of each channel of a map: the group that it belongs to, or one of these.
using ChannelGroups = std::vector<int>;
inline constexpr int kShared = -1;  // several groups read it, or it reads several
inline constexpr int kSilent = -2;  // always 0

// weights: [O,I,k,k]. The outputs that have inputs in common, but for those that more than half of them read,
// are a group. Gives the groups of the inputs, numbered by their outputs; all are shared where there is one
// group.
ChannelGroups input_groups(const at::Tensor& weight);

// Of a layer's outputs: bias [O] may be undefined.
ChannelGroups output_groups(const at::Tensor& weight, const at::Tensor& bias, const ChannelGroups& inputs);

// Of the sum of two maps.
ChannelGroups groups_of_sum(const ChannelGroups& first, const ChannelGroups& second);

// [O,I]: whether an output reads an input, by weight [O,I,k,...] on the CPU.
std::vector<std::vector<bool>> connections(const at::Tensor& weight);

}  // namespace videoenhance
