// The structure of a RIFE 4.x network, read off the names and shapes of its weights (sections A.1, A.2 and
// A.5 of the interpolation notes). One description covers all 36 published versions; versions of one family
// differ in their weights only.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "core/engine/result.h"
#include "core/torch/binding/tensor_shapes.h"

namespace videoenhance {

struct RifeArchitecture {
  enum class Body { kPRelu, kLeaky, kResidual };          // 4.0-4.1, 4.2-4.4, 4.5 and later
  enum class Encoder { kNone, kPair, kSequence, kHead };  // 4.0-4.6, 4.7-4.9, 4.10-4.13.lite, 4.13 and later

  static constexpr int kLayers = 8;  // convolutions in a block's body

  std::vector<int> widths;  // channels of each block, coarse to fine
  int outputs = 6;  // channels of a block's result: flow 4, mask 1, then unused (6) or carried on (13)
  Body body = Body::kResidual;
  Encoder encoder = Encoder::kNone;
  int encoder_width = 0;
  int features = 0;  // channels that the encoder makes of a frame
  int groups = 1;    // of the body's convolutions

  int blocks() const { return static_cast<int>(widths.size()); }
  // Channels handed from block to block beside flow and mask.
  int carried() const { return outputs > 6 ? outputs - 5 : 0; }
  // 4.0 and 4.1: a skip connection over the body, and a second start at half resolution for large motion.
  bool restarts() const { return body == Body::kPRelu; }
  // Before the encoder came, each block refined the mask; since then each makes a new one.
  bool refines_mask() const { return encoder == Encoder::kNone; }
  // Whether averaging with the time-reversed pair is defined.
  bool can_ensemble() const { return carried() == 0; }
  // Whether the last layer of a block ends in a pixel shuffle.
  bool shuffles() const { return body == Body::kResidual; }
  // Input channels of a block.
  int inputs(int block) const { return 7 + 2 * features + (block == 0 ? 0 : 5 + carried()); }
  // Divisor of the resolution at which each block works, at flow scale 1.
  std::vector<double> scales() const;
  // What width and height must be multiples of, for a flow scale of 0.25, 0.5, 1, 2 or 4. A restart works at
  // half the coarsest resolution and so needs twice the multiple.
  int padding_multiple(double flow_scale) const;

  // Published versions with this structure, such as "4.25|4.26".
  std::string family() const;

  std::vector<std::string> encoder_layers() const;
  // {key: shape} of every tensor that the network uses.
  ShapesByKey expected_shapes() const;

  // Errors: kBadModel for anything that is not RIFE 4.x; `file` names it.
  static Result<RifeArchitecture> read(const ShapesByKey& shapes, const std::string& file);
};

}  // namespace videoenhance
