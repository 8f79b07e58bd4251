#include "core/torch/flashvsr/memory_need.h"

#include <algorithm>

#include "core/torch/flashvsr/sizes.h"

namespace videoenhance {
namespace {

// Of what a decoder is made for: a picture that is a little smaller is drawn as it is, as most sides are not
// the whole multiples that films' shapes would make them (480x272 to 1920x1080).
constexpr double kNearly = 0.95;

// A picture is reduced along its rows, then along its columns.
std::uint64_t reduction_bytes(const FlashVsrGeometry& geometry, const StreamFormat& format) {
  if (!is_reduced(geometry, format)) return 0;
  const std::int64_t channels = geometry.alpha ? 4 : 3, rows = geometry.height + format.output_height;
  return static_cast<std::uint64_t>(channels * rows * format.output_width) * sizeof(float);
}

}  // namespace

FlashVsrGeometry geometry_of(const FlashVsrModel& model, const StreamFormat& format,
                             const FlashVsrOptions& options) {
  const double across = static_cast<double>(format.output_width) / format.width,
               down = static_cast<double>(format.output_height) / format.height;
  const int decoder = model.decoder_for(std::max(across, down) / kNearly);
  const auto drawn = [&](std::int64_t input, std::int64_t output) {
    const std::int64_t whole = decoder * input;
    return static_cast<double>(output) < kNearly * static_cast<double>(whole) ? whole : output;
  };
  const auto cut = [&](std::int64_t length) {
    return cut_axis(padded_size(length), options.tile_size, options.tile_overlap, kWindowPixels,
                    kTokenPixels);
  };
  const std::int64_t height = drawn(format.height, format.output_height);
  const std::int64_t width = drawn(format.width, format.output_width);
  return {decoder, height, width, cut(height), cut(width), format.alpha};
}

bool is_reduced(const FlashVsrGeometry& geometry, const StreamFormat& format) {
  return geometry.height != format.output_height || geometry.width != format.output_width;
}

// Pictures are float32 of the padded size; those that wait as levels need less. Waiting: the clips of the
// next chunk. At once, four frames each: the frames that a clip is put together from, a latent's decoded or
// blended frames and those with the input's colours; and the projector's clip, which is put into another
// order, then in pairs and given borders. What reduces a picture works after the chunk, but the allocator
// keeps its blocks beside the chunk's.
MemoryNeed memory_need(const FlashVsrModel& model, const StreamFormat& format, const FlashVsrOptions& options,
                       const FlashVsrKnobs& knobs) {
  const FlashVsrGeometry geometry = geometry_of(model, format, options);
  const LatentDecoder& decoder = *model.decoders.at(geometry.decoder);
  const FlashVsrTile tile(geometry.rows.front(), geometry.columns.front());  // all are of one size
  const std::uint64_t tiles = geometry.rows.size() * geometry.columns.size();
  MemoryNeed need{tiles * tile.state_bytes(model, decoder, knobs), tile.work_bytes(model, decoder)};
  const auto plane =
      static_cast<std::uint64_t>(padded_size(geometry.height) * padded_size(geometry.width)) * sizeof(float);
  const Chunk first, later{1};
  const bool primed = options.start == FlashVsrOptions::Start::kPrimed;
  const auto waiting =
      static_cast<std::uint64_t>(primed ? later.frames() + kClipFrames : first.frames_needed());
  const auto finished = static_cast<std::uint64_t>(primed ? later.frames() : first.frames());
  constexpr std::uint64_t kColours = 3, kAtOnce = 3 + 5;
  need.state += plane * kColours * (waiting + finished);
  if (geometry.alpha) need.state += plane * waiting;
  need.work += plane * kColours * kAtOnce * static_cast<std::uint64_t>(kClipFrames);
  need.work += reduction_bytes(geometry, format);
  return need;
}

std::string fitting_setting(const FlashVsrModel& model, const StreamFormat& format,
                            const FlashVsrOptions& options, const FlashVsrKnobs& knobs,
                            std::uint64_t available) {
  const auto fits = [&](unsigned tile_size, const FlashVsrKnobs& k) {
    FlashVsrOptions o = options;
    o.tile_size = tile_size;
    const MemoryNeed need = memory_need(model, format, o, k);
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
  const FlashVsrGeometry geometry = geometry_of(model, format, options);
  if (!is_reduced(geometry, format)) return "lower the size of the output";
  return "lower the size of the input, which this model enlarges by " + std::to_string(geometry.decoder) +
         " at least";
}

}  // namespace videoenhance
