// The tiny decoder's sizes.
#pragma once

#include <array>

#include "core/torch/binding/weight_binder.h"

namespace videoenhance {

// Sizes of the decoder, read off its weights.
struct TcShape {
  static constexpr std::int64_t kLatents = 16;
  static constexpr std::int64_t kCondition = 3 * 4 * 8 * 8;  // what 4 frames give for each latent pixel

  std::array<std::int64_t, 4> widths;  // channels at H/8, H/4, H/2 and H
  // Output channels of the three layers that grow in time, as stored: more than needed are allowed.
  std::array<std::int64_t, 3> grown;

  // Errors: kBadModel; `file` names it.
  static Result<TcShape> read(const ShapesByKey& shapes, const std::string& file);
  ShapesByKey expected_shapes() const;
};

}  // namespace videoenhance
