// From the source's size to the output's (section B.1 of the FlashVSR notes).
#pragma once

#include "core/torch/pch/aten.h"

namespace videoenhance {

// Pillow's bicubic filter: a = -0.5, antialiased when shrinking. picture: float32 [C,h,w] in [0,1]; gives
// [C,height,width], clamped to that range, of a type:
// * float32;
// * uint8, for sources of 8 bits: levels 0 to 255. The source is rounded to them, and so are both passes,
//   horizontal first, as by Pillow;
// * int16, for sources of more: levels -32768 to 32767, to which the result is rounded.
// Throws for other types and for empty sizes.
at::Tensor upscale_bicubic(const at::Tensor& picture, std::int64_t height, std::int64_t width,
                           c10::ScalarType type);

// The same by LibTorch's own operators, on any device: what the CPU's kernels are compared with.
at::Tensor upscale_bicubic_reference(const at::Tensor& picture, std::int64_t height, std::int64_t width,
                                     c10::ScalarType type);

// The same from frame to frame. On other devices than the processor it keeps what depends on sizes alone: to
// bring that there would be to wait for the device each time.
class BicubicScaler {
 public:
  at::Tensor operator()(const at::Tensor& picture, std::int64_t height, std::int64_t width,
                        c10::ScalarType type);

  // Along one axis, on the pictures' device: first + k, and the k-th weights, for each tap k.
  struct Taps {
    std::int64_t from = 0, to = 0;
    std::vector<at::Tensor> places, weights;
  };

 private:
  Taps rows_, columns_;
  bool has_levels_ = false;  // which decides the type of the weights
};

}  // namespace videoenhance
