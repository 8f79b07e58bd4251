// What a stream of FlashVSR takes beside the weights (sections A.3, D and F of the FlashVSR notes).
#pragma once

#include "core/torch/flashvsr/flashvsr_stream.h"

namespace videoenhance {

// Estimates in bytes.
struct MemoryNeed {
  std::uint64_t state = 0;  // between two frames: caches of all tiles, frames that wait, finished frames
  std::uint64_t work = 0;   // on top of that, at the peak of the largest chunk
};

MemoryNeed memory_need(const FlashVsrModel& model, const FlashVsrGeometry& geometry,
                       const FlashVsrOptions& options, const FlashVsrKnobs& knobs);

// The picture and how the options cut it, for an output of width x height pixels.
FlashVsrGeometry geometry_of(std::int64_t height, std::int64_t width, const FlashVsrOptions& options);

// The setting that would make the stream fit into `available` bytes: a smaller tile-size, or kv-ratio=2 with
// it; words for "lower …" where nothing does.
std::string fitting_setting(const FlashVsrModel& model, std::int64_t height, std::int64_t width,
                            const FlashVsrOptions& options, const FlashVsrKnobs& knobs,
                            std::uint64_t available);

}  // namespace videoenhance
