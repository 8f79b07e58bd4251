// Overlapping tiles of a picture and the weights that blend them.
#pragma once

#include <cstdint>
#include <vector>

namespace videoenhance {

// A tile along one axis, in pixels. `weights` has a value for each of its pixels: ramps where it overlaps its
// neighbours and none at the picture's borders. Over all tiles of an axis the weights of a pixel sum to one.
struct TileSpan {
  std::int64_t start = 0;
  std::int64_t size = 0;
  std::vector<float> weights;
};

// Cuts an axis of `length` pixels, a multiple of `unit`, into tiles of `size` pixels that overlap by
// `overlap` or more: starts are multiples of `step`, and the last tile is moved back to fit. size is rounded
// up to a multiple of `unit`, overlap to one of `step` and down to half a tile; a size of 0, or one that
// covers the axis, gives a single tile.
std::vector<TileSpan> cut_axis(std::int64_t length, std::int64_t size, std::int64_t overlap,
                               std::int64_t unit, std::int64_t step);

}  // namespace videoenhance
