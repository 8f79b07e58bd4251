// A convolution's weights as row_convolution.h reads them: products with zeros are left out.
#pragma once

#include "core/torch/flashvsr/planes.h"

namespace videoenhance {

struct RowLayer {
  // Outputs that lie next to each other, and the planes that any of them reads.
  struct Bundle {
    std::vector<std::int64_t> planes;
    std::int64_t first_plane, plane_count, first_output;  // of the result
    std::vector<float> bias;                              // of each output
    std::vector<std::vector<Cell>> weights;               // of each phase: [planes * taps][taps][outputs]
  };
  std::vector<Bundle> bundles;
  c10::ScalarType type;
  int taps;             // 3; or 2 of a layer that enlarges
  std::int64_t planes;  // of the result

  // weight: [1,O,I,3,3], or [4,O,I,2,2], the phases of an enlarging layer (upsampling.h); bias: [O] or
  // undefined.
  static RowLayer of(const at::Tensor& weight, const at::Tensor& bias, c10::ScalarType type,
                     const PlaneOrder& from, const PlaneOrder& to);

  bool enlarges() const { return taps == 2; }
  std::int64_t outputs() const;
  std::uint64_t bytes() const;
  double products() const;  // of a pixel of the result
};

}  // namespace videoenhance
