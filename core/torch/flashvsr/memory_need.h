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

// The picture of a stream's output, and how the options cut it.
FlashVsrGeometry geometry_of(const StreamFormat& format, const FlashVsrOptions& options);

// The setting that would make the stream fit into `available` bytes, weights included, as an instruction:
// another tile-size, or kv-ratio=2, or both; "lower the size of the output" where none does.
std::string fitting_setting(const FlashVsrModel& model, const StreamFormat& format,
                            const FlashVsrOptions& options, const FlashVsrKnobs& knobs,
                            std::uint64_t available);

}  // namespace videoenhance
