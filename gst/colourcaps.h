// What an output's caps say about its colours. Matrix and range may change on the way, primaries and transfer
// function never do: the picture keeps its code values, and a display would show them wrongly.
#pragma once

#include <gst/video/video.h>

namespace videoenhance {

// Fixes colorimetry and chroma site of `out`, whose format and size are fixed, for the input `in` with the
// caps `incaps`: as the input has them where the format allows, else the format's usual matrix and range.
// False where `out` allows only other primaries or another transfer function than the input's caps name.
bool keep_colours(const GstCaps* incaps, const GstVideoInfo& in, GstStructure* out);

}  // namespace videoenhance
