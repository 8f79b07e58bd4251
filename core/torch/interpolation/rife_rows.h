// Rows of what RifeLookup makes: motion looked up in the blocks' maps, frames looked up where it points.
#pragma once

#include <array>

#include "core/torch/pch/aten.h"

namespace videoenhance {

inline constexpr std::int64_t kRifeLanes = 8;    // channels that are looked up at once
inline constexpr std::int64_t kRifeColours = 4;  // of a frame's pixel, before its features
inline constexpr std::int64_t kRifeGroups = 4;   // of lanes, that a frame's pixel has at most
inline constexpr std::int64_t kRifeFlow = 4;     // channels of a map's pixel, and after them
inline constexpr std::int64_t kRifeMask = 4;     // the mask's place

// What a block found: float32 [h,w,8n], flow (4) in pixels of the frames, mask, three zeros, carried, zeros.
struct RifeMap {
  at::Tensor pixels;
  std::int64_t scale;  // of the frames to it
};

// Where the pixels of a frame or a map lie.
struct RifePixels {
  const float* data;
  std::int64_t height, width, channels;
};

// The samples of a row, and where they point.
struct RifeSamples;

// A block's input beside the colours.
struct RifeInput {
  std::int64_t features, carried;
  float time;
};

// The rows of one picture, each of whose pixels is the mean of those in the middle of scale x scale of the
// frames: of four, or of one at a scale of 1.
class RifeRows {
 public:
  // left, right: of frame_pixels, which stay as long as this does; width: pixels of a row.
  RifeRows(const at::Tensor& left, const at::Tensor& right, const std::vector<RifeMap>& maps, bool adds_masks,
           std::int64_t scale, std::int64_t width);

  // Floats that a thread needs for its rows.
  std::int64_t scratch_size() const;

  // Row y of a block's input: for each pixel colours and features of both frames, time, and after the first
  // block mask, carried, and the flow in pixels of this picture.
  void input(const RifeInput& input, std::int64_t y, float* scratch, float* to) const;

  // Row y of the frame between, at a scale of 1: one plane for each of up to four colours.
  void picture(std::int64_t y, std::int64_t channels, float* scratch, float* const* planes) const;

 private:
  static constexpr int kMostMaps = 8;

  // Of the row or column y or x of this picture, the first one of the frames that it is made of.
  std::int64_t first_sample(std::int64_t position) const {
    return position * scale_ + scale_ / 2 - (scale_ > 1);
  }
  RifeSamples samples_of(std::int64_t y, bool carries, float* scratch) const;

  RifePixels left_, right_;
  std::array<RifePixels, kMostMaps> maps_;
  std::array<float, kMostMaps> per_pixel_;  // of a map's pixels, for a pixel of the frames
  int map_count_;
  bool adds_masks_;
  std::int64_t scale_, side_, width_;  // side: samples of a pixel along each axis
  // Of the samples of a row: their column in the frames, and for each map the pixel left of it and how far it
  // is from there.
  at::Tensor columns_, firsts_, parts_;
};

}  // namespace videoenhance
