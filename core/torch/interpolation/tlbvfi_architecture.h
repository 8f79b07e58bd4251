// The structure of a TLBVFI network, read off the names and shapes of its weights (sections C.1 and C.3 to
// C.5 of the interpolation notes). The order of layers is always the published one; widths may differ.
#pragma once

#include <array>
#include <string>

#include "core/engine/result.h"
#include "core/torch/binding/tensor_shapes.h"

namespace videoenhance {

struct TlbvfiArchitecture {
  static constexpr int kLevels = 5;               // halvings from the frame to the latent
  static constexpr int kFlowLevels = 4;           // features that the flow is refined with
  static constexpr std::int64_t kLatents = 3;     // channels of a latent
  static constexpr std::int64_t kMultiple = 256;  // of the padded frame's sides: windows of 8 at 1/32

  std::array<std::int64_t, kLevels + 1> widths{};  // of the features at 1, 1/2, … 1/32
  std::int64_t frequency_width = 0;                // of the encoder's frequency branch
  std::array<std::int64_t, 3> flow_widths{};       // of the flow estimator's blocks, coarse to fine
  std::array<std::int64_t, 3> head_widths{};       // of the decoder's last layers
  std::int64_t denoiser_width = 0;
  std::int64_t time_width = 0;  // of the denoiser's time embedding
  std::int64_t codes = 0;       // in the quantiser's book

  // Channels that the decoder looks at beside its own at a level: features of both frames, and from level 2
  // down the same features moved along the flow.
  std::int64_t context(int level) const { return (level < 3 ? 4 : 2) * widths[level + 1]; }

  // {key: shape} of every tensor that the network uses.
  ShapesByKey expected_shapes() const;

  // Whether the names are those of TLBVFI, complete or not.
  static bool recognises(const ShapesByKey& shapes);

  // Errors: kBadModel, naming file and key.
  static Result<TlbvfiArchitecture> read(const ShapesByKey& shapes, const std::string& file);
};

}  // namespace videoenhance
