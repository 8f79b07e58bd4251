// RIFE on the CPU without anything enlarged: what each block finds stays at the block's own resolution, and
// the next block's input and the last blend look up, pixel by pixel, what resizing and warping all of it
// would have given there (section A of the interpolation notes).
#pragma once

#include <vector>

#include "core/torch/interpolation/rife_rows.h"
#include "core/torch/pch/aten.h"

namespace videoenhance {

// What the layers of a version make and expect.
struct RifeChannels {
  std::int64_t features = 0;  // that the encoder makes of a frame
  std::int64_t carried = 0;   // handed from block to block beside flow and mask
  bool adds_masks = false;    // or each block makes a new one

  // Whether RifeLookup knows how to look them up.
  bool fit() const { return features % 4 == 0 && (carried == 0 || carried == kRifeCarried); }
  // Of a pixel of the frames: what RifeLookup and its frames keep beside the input and the result of a block.
  std::int64_t bytes(c10::ScalarType frames) const;
};

// A frame, pixel by pixel: [H,W,8n], features, colours, alpha or 0, zeros. image: float32 [1,C,H,W], C 3 or
// 4; features: [1,F,H,W] of any type, F a multiple of 4, or undefined; type: float32 or half, which keeps 11
// bits of a colour and all of a bfloat16 feature.
at::Tensor frame_pixels(const at::Tensor& image, const at::Tensor& features, c10::ScalarType type);

class RifeLookup {
 public:
  // left, right: of frame_pixels and one type, for a version with these channels, else c10::Error; time in
  // (0,1).
  RifeLookup(at::Tensor left, at::Tensor right, double time, RifeChannels channels);

  // The next block's input [1,C,H/scale,W/scale], channels last and in the order of
  // RifeArchitecture::input_order. scale: 1, 2, 4, … that divides H and W, half of that of the maps so far or
  // less. type: float32 or bfloat16.
  at::Tensor input(std::int64_t scale, c10::ScalarType type) const;

  // What a block gives, in the order of RifeArchitecture::output_order: [1,5 or 13,h,w], or four times the
  // channels before a pixel shuffle; after that h and w divide H and W by one power of two. The last one
  // carries nothing.
  void add(const at::Tensor& result, bool shuffles);

  // The frame between, [1,channels,height,width]: the upper left part of the frames.
  at::Tensor picture(std::int64_t channels, std::int64_t height, std::int64_t width) const;

 private:
  RifeRows rows(std::int64_t scale) const;
  // Of frames and motion, for a picture at this scale: of scale x scale pixels it looks at four.
  std::int64_t bytes_read(std::int64_t scale) const;

  at::Tensor left_, right_;
  double time_;
  RifeChannels channels_;
  std::vector<RifeMap> maps_;
  // Which they look into: the motion of each, and the last result, which has what is carried.
  std::vector<at::Tensor> motions_;
  at::Tensor carried_;
};

}  // namespace videoenhance
