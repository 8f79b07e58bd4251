// TLBVFI's motion estimate (step 2 of section C.5 of the interpolation notes). Flow is [1,4,H,W]: (dx,dy) in
// pixels into the left frame, then into the right one.
#pragma once

#include <span>

#include "core/torch/interpolation/tlbvfi_layers.h"

namespace videoenhance {

// What the motion of one frame is found with, all of one size H, W.
struct FlowFrame {
  at::Tensor image;                      // [1,3,H,W]
  std::span<const at::Tensor> features;  // tlbvfi_features() at 1, 1/2, 1/4 and 1/8
};

// Flow at the size of the images.
at::Tensor tlbvfi_flow(const TlbvfiLayers& layers, const FlowFrame& left, const FlowFrame& right);

}  // namespace videoenhance
