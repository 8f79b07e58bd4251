#include "core/torch/flashvsr/memory_need.h"

#include <algorithm>

#include "core/torch/flashvsr/sizes.h"

namespace videoenhance {

FlashVsrGeometry geometry_of(const StreamFormat& format, const FlashVsrOptions& options) {
  const auto cut = [&](std::int64_t length) {
    return cut_axis(padded_size(length), options.tile_size, options.tile_overlap, kWindowPixels,
                    kTokenPixels);
  };
  return {format.output_height, format.output_width, cut(format.output_height), cut(format.output_width),
          format.alpha};
}

// Pictures are float32 of the padded size. Waiting: the frames of the next chunk. At once, four frames each: a
// latent's condition, its decoded or blended frames and those with the input's colours; and the projector's
// clip, which is put into another order, twice into windows, and given borders.
MemoryNeed memory_need(const FlashVsrModel& model, const FlashVsrGeometry& geometry,
                       const FlashVsrOptions& options, const FlashVsrKnobs& knobs) {
  const FlashVsrTile tile(geometry.rows.front(), geometry.columns.front());  // all are of one size
  const std::uint64_t tiles = geometry.rows.size() * geometry.columns.size();
  MemoryNeed need{tiles * tile.state_bytes(model, knobs), tile.work_bytes(model)};
  const auto plane =
      static_cast<std::uint64_t>(padded_size(geometry.height) * padded_size(geometry.width)) * sizeof(float);
  const Chunk first, later{1};
  const bool primed = options.start == FlashVsrOptions::Start::kPrimed;
  const auto waiting =
      static_cast<std::uint64_t>(primed ? later.frames() + kClipFrames : first.frames_needed());
  const auto finished = static_cast<std::uint64_t>(primed ? later.frames() : first.frames());
  constexpr std::uint64_t kColours = 3, kAtOnce = 3 + 8;
  need.state += plane * kColours * (waiting + finished);
  if (geometry.alpha) need.state += plane * waiting;
  need.work += plane * kColours * kAtOnce * static_cast<std::uint64_t>(kClipFrames);
  return need;
}

std::string fitting_setting(const FlashVsrModel& model, const StreamFormat& format,
                            const FlashVsrOptions& options, const FlashVsrKnobs& knobs,
                            std::uint64_t available) {
  const auto fits = [&](unsigned tile_size, const FlashVsrKnobs& k) {
    FlashVsrOptions o = options;
    o.tile_size = tile_size;
    const MemoryNeed need = memory_need(model, geometry_of(format, o), o, k);
    return model.bytes() + need.state + need.work <= available;
  };
  constexpr unsigned kTileSizes[] = {0, 2048, 1536, 1024, 768, 512, 384, 256, 128};
  for (const unsigned size : kTileSizes) {
    if (fits(size, knobs)) return "set tile-size=" + std::to_string(size);
  }
  FlashVsrKnobs fewer_units = knobs;
  fewer_units.kv_ratio = std::min(knobs.kv_ratio, 2.0);
  if (fits(options.tile_size, fewer_units)) return "set kv-ratio=2";
  for (const unsigned size : kTileSizes) {
    if (fits(size, fewer_units)) return "set tile-size=" + std::to_string(size) + " and kv-ratio=2";
  }
  return "lower the size of the output";
}

}  // namespace videoenhance
