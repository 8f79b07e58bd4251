// What a stream of FlashVSR takes beside the weights (sections A.3, D and F of the FlashVSR notes).
#pragma once

#include "core/torch/flashvsr/flashvsr_stream.h"

namespace videoenhance {

// Estimates in bytes.
struct MemoryNeed {
  std::uint64_t state = 0;  // between two frames: caches of all tiles, frames that wait, finished frames
  std::uint64_t work = 0;   // on top of that, at the peak of the largest chunk
};

MemoryNeed memory_need(const FlashVsrModel& model, const StreamFormat& format, const FlashVsrOptions& options,
                       const FlashVsrKnobs& knobs);

// The picture that the network draws for a stream, and how the options cut it. It is as large as the output,
// but along each axis at least as many times the input as its decoder is made for, or nearly so. The decoder
// goes by the axis that is enlarged more: the other one can be reduced, but nothing adds detail to this one.
FlashVsrGeometry geometry_of(const FlashVsrModel& model, const StreamFormat& format,
                             const FlashVsrOptions& options);

// Whether the picture that the network draws is larger than the output, along one axis at least.
bool is_reduced(const FlashVsrGeometry& geometry, const StreamFormat& format);

// The setting that would make the stream fit into `available` bytes, weights included, as an instruction:
// another tile-size, or kv-ratio=2, or both; where none does, to lower the size that the network's picture
// follows, which is the output's, or the input's where the picture is reduced.
std::string fitting_setting(const FlashVsrModel& model, const StreamFormat& format,
                            const FlashVsrOptions& options, const FlashVsrKnobs& knobs,
                            std::uint64_t available);

}  // namespace videoenhance
