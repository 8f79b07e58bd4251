// Bilinear resizing as the interpolation networks were trained with.
#pragma once

#include "core/torch/pch/aten.h"

namespace videoenhance {

// x: [1,C,H,W]; gives [1,C,floor(H*factor),floor(W*factor)], pixel centres aligned, no smoothing beforehand.
inline at::Tensor resize(const at::Tensor& x, double factor) {
  if (factor == 1) return x;
  const auto height = static_cast<std::int64_t>(static_cast<double>(x.size(2)) * factor);
  const auto width = static_cast<std::int64_t>(static_cast<double>(x.size(3)) * factor);
  return at::upsample_bilinear2d(x, {height, width}, /*align_corners=*/false, factor, factor);
}

}  // namespace videoenhance
