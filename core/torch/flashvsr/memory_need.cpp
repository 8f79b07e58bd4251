#include "core/torch/flashvsr/memory_need.h"

#include <algorithm>

namespace videoenhance {
namespace {

constexpr std::int64_t kWindowPixels = 128;  // sides of what the network works on are multiples of this
constexpr std::int64_t kTokenPixels = 16;    // tiles start at multiples of this

std::int64_t padded(std::int64_t size) {
  return (size + kWindowPixels - 1) / kWindowPixels * kWindowPixels;
}

std::vector<std::int64_t> smaller_tiles(std::int64_t size, std::int64_t height, std::int64_t width) {
  std::vector<std::int64_t> sizes;
  for (const std::int64_t tile : {2048, 1536, 1024, 768, 512, 384, 256, 128}) {
    if (tile < (size == 0 ? std::max(height, width) : size)) sizes.push_back(tile);
  }
  return sizes;
}

}  // namespace

FlashVsrGeometry geometry_of(std::int64_t height, std::int64_t width, const FlashVsrOptions& options) {
  const auto cut = [&](std::int64_t length) {
    return cut_axis(padded(length), options.tile_size, options.tile_overlap, kWindowPixels, kTokenPixels);
  };
  return {height, width, cut(height), cut(width)};
}

// Pictures are float32 RGB of the padded size. Waiting: the frames of the next chunk. At once, in chunk 0, the
// largest: its condition, the decoded or blended frames, and the finished ones.
MemoryNeed memory_need(const FlashVsrModel& model, const FlashVsrGeometry& geometry,
                       const FlashVsrOptions& options, const FlashVsrKnobs& knobs) {
  const FlashVsrTile tile(geometry.rows.front(), geometry.columns.front());  // all are of one size
  const std::uint64_t tiles = geometry.rows.size() * geometry.columns.size();
  MemoryNeed need{tiles * tile.state_bytes(model, knobs), tile.work_bytes(model)};
  const auto picture = static_cast<std::uint64_t>(padded(geometry.height) * padded(geometry.width)) * 3 * sizeof(float);
  const Chunk first, later{1};
  const bool primed = options.start == FlashVsrOptions::Start::kPrimed;
  const auto waiting = static_cast<std::uint64_t>(primed ? later.frames() + kClipFrames : first.frames_needed());
  need.state += picture * (waiting + static_cast<std::uint64_t>(primed ? later.frames() : first.frames()));
  constexpr std::uint64_t kAtOnce = 3;
  need.work += picture * kAtOnce * static_cast<std::uint64_t>(first.frames());
  return need;
}

std::string fitting_setting(const FlashVsrModel& model, std::int64_t height, std::int64_t width,
                            const FlashVsrOptions& options, const FlashVsrKnobs& knobs,
                            std::uint64_t available) {
  const auto fits = [&](const FlashVsrOptions& o, const FlashVsrKnobs& k) {
    const MemoryNeed need = memory_need(model, geometry_of(height, width, o), o, k);
    return model.bytes() + need.state + need.work <= available;
  };
  FlashVsrKnobs fewer_units = knobs;
  fewer_units.kv_ratio = std::min(knobs.kv_ratio, 2.0);
  const bool helps = fewer_units.kv_ratio < knobs.kv_ratio;
  if (helps && fits(options, fewer_units)) return "set kv-ratio=2";
  FlashVsrOptions tiled = options;
  for (const std::int64_t size : smaller_tiles(options.tile_size, height, width)) {
    tiled.tile_size = static_cast<unsigned>(size);
    if (fits(tiled, knobs)) return "set tile-size=" + std::to_string(size);
    if (helps && fits(tiled, fewer_units)) return "set tile-size=" + std::to_string(size) + " and kv-ratio=2";
  }
  return "lower the size of the output";
}

}  // namespace videoenhance
