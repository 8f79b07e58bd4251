#include "core/video/tiles.h"

#include <algorithm>

namespace videoenhance {
namespace {

std::int64_t round_up(std::int64_t value, std::int64_t unit) {
  return (value + unit - 1) / unit * unit;
}

// (d + 1) / (overlap + 1) at a distance of d pixels from an edge that is not the picture's: never zero.
std::vector<float> ramps(std::int64_t size, std::int64_t before, std::int64_t after) {
  std::vector<float> weights(static_cast<std::size_t>(size), 1.0f);
  for (std::int64_t i = 0; i < size; ++i) {
    float& weight = weights[static_cast<std::size_t>(i)];
    if (i < before) weight = static_cast<float>(i + 1) / static_cast<float>(before + 1);
    const std::int64_t left = size - 1 - i;
    if (left < after) weight = std::min(weight, static_cast<float>(left + 1) / static_cast<float>(after + 1));
  }
  return weights;
}

// Where more than two tiles meet, or a tile was moved back, ramps alone do not sum to one.
void normalise(std::vector<TileSpan>& tiles, std::int64_t length) {
  std::vector<float> sums(static_cast<std::size_t>(length), 0.0f);
  for (const auto& tile : tiles) {
    for (std::int64_t i = 0; i < tile.size; ++i) sums[tile.start + i] += tile.weights[i];
  }
  for (auto& tile : tiles) {
    for (std::int64_t i = 0; i < tile.size; ++i) tile.weights[i] /= sums[tile.start + i];
  }
}

}  // namespace

std::vector<TileSpan> cut_axis(std::int64_t length, std::int64_t size, std::int64_t overlap,
                               std::int64_t unit, std::int64_t step) {
  size = size == 0 ? length : round_up(size, unit);
  if (size >= length) return {{0, length, ramps(length, 0, 0)}};
  overlap = std::min(round_up(overlap, step), size / 2 / step * step);
  const std::int64_t stride = size - overlap;
  std::vector<TileSpan> tiles;
  for (std::int64_t start = 0; tiles.empty() || tiles.back().start + size < length; start += stride) {
    tiles.push_back({std::min(start, length - size), size, {}});
  }
  for (std::size_t k = 0; k < tiles.size(); ++k) {
    const auto shared = [&](std::size_t left) { return tiles[left].start + size - tiles[left + 1].start; };
    tiles[k].weights = ramps(size, k > 0 ? shared(k - 1) : 0, k + 1 < tiles.size() ? shared(k) : 0);
  }
  normalise(tiles, length);
  return tiles;
}

}  // namespace videoenhance
