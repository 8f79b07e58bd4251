// Rows of what RifeLookup makes: motion looked up in the blocks' maps, frames looked up where it points.
// Written with Highway, for each instruction set that the processor may have.
#pragma once

#include <cstdint>
#include <span>

namespace videoenhance {

inline constexpr std::int64_t kRifeColours =
    4;                                         // of a frame's pixel, after its features: RGB, then alpha or 0
inline constexpr std::int64_t kRifeLanes = 8;  // a frame's pixel has a multiple of so many numbers
inline constexpr std::int64_t kRifePlanes =
    5;  // of motion: x and y into the left frame and the right one, mask
inline constexpr std::int64_t kRifeCarried = 8;  // numbers that a block hands on beside its motion
inline constexpr std::int64_t kRifeSlack = 64;   // numbers after a row that vectors may touch

// The pixels of a frame: float32 or half [height,width,channels], two or more along each axis.
struct RifePixels {
  const void* data;
  bool is_half;
  std::int64_t height, width, channels;
};

// What a block hands on, as it lies in its result: float32 or bfloat16 [height,width,step], where a place
// holds those of side x side pixels of the map, row by row, at `data` and after it.
struct RifeCarried {
  const void* data;
  bool is_float;
  std::int64_t side, step;
};

// What a block found.
struct RifeMap {
  const float* motion;  // [kRifePlanes,height,width] in pixels of the map, and kRifeSlack after it
  RifeCarried carried;  // of the last map alone; data is null where nothing is handed on
  std::int64_t height, width;
  std::int64_t scale;  // of the frames to the map: a power of two
};

// What rows are made of. A pixel of theirs is the mean of those in the middle of scale x scale of the frames:
// of four, or of one at a scale of 1. Above that each map's scale is at least twice this one.
struct RifeRows {
  RifePixels left, right;  // of one size and type
  std::int64_t features;   // of a frame's pixel, before its colours
  std::span<const RifeMap> maps;
  bool adds_masks;  // or the last one's mask is the mask
  std::int64_t scale;

  std::int64_t width() const { return left.width / scale; }
  bool carries() const { return !maps.empty() && maps.back().carried.data; }
  // Of a pixel of a block's input: features and RGB of the left frame and of the right one, what is carried,
  // mask, time, flow in pixels of this picture; before the first block only frames and time.
  std::int64_t inputs() const {
    return 2 * (features + 3) + 1 + (maps.empty() ? 0 : kRifePlanes) + (carries() ? kRifeCarried : 0);
  }
  // Floats that a thread needs for its rows.
  std::int64_t scratch_size() const;
};

// Row y of a block's input: width() pixels, float32 or bfloat16 (nearest, ties to even).
void rife_input_row(const RifeRows& rows, float time, std::int64_t y, float* scratch, float* to);
void rife_input_row(const RifeRows& rows, float time, std::int64_t y, float* scratch, std::uint16_t* to);

// The first `width` pixels of row y of the frame between, at a scale of 1: one plane for each of up to four
// colours.
void rife_picture_row(const RifeRows& rows, std::int64_t y, std::int64_t width, std::int64_t colours,
                      float* scratch, float* const* planes);

}  // namespace videoenhance
