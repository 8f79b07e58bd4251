// The order in which Rife keeps the channels of its blocks: not the published one, but that in which pixels
// are looked up (rife_rows.h). The weights are put into it once, when they are loaded.
#pragma once

#include <cstdint>
#include <vector>

#include "core/torch/binding/weight_binder.h"
#include "core/torch/interpolation/rife_architecture.h"

namespace videoenhance {

// For each channel of a block's input its place in the published order (section A.2 of the interpolation
// notes): features and colours of the left frame, of the right one, what is carried, mask, time, flow.
std::vector<std::int64_t> rife_input_order(const RifeArchitecture& arch, int block);

// The same for the result of a block's last layer: flow and mask, then what is carried. Before a pixel
// shuffle the first five have their four places beside each other, as published, and each place has the
// carried channels beside each other. What nobody reads is left out: a sixth channel, and what the last block
// would carry on.
std::vector<std::int64_t> rife_output_order(const RifeArchitecture& arch, int block);

// tensors: under the keys of arch.expected_shapes().
TensorsByKey rife_in_order(TensorsByKey tensors, const RifeArchitecture& arch);

}  // namespace videoenhance
