// Caps arithmetic of an upscaler. Pure functions: no state, no bus, both directions.
#pragma once

#include <gst/video/video.h>

#include <optional>
#include <tl/expected.hpp>

#include "gst/handles.h"

namespace videoenhance {

struct Size {
  gint width = 0;
  gint height = 0;

  bool operator==(const Size&) const = default;
};

// size * factor, rounded to the nearest; where `format` has subsampled chroma, to the nearest multiple of its
// blocks. At least one pixel or block; nothing where it does not fit into an int.
std::optional<Size> scaled_size(Size size, double factor, GstVideoFormat format);

// What the other pad can have while this one has `caps`. Sizes times `factor` in the same format come first,
// for an element that takes the first offer; any size in that format follows, then any size and format, for
// which colorimetry and chroma site are open. All other fields stay. Transfer full, not filtered.
GstCaps* with_other_sizes(GstCaps* caps, double factor);

// Fixes `outcaps` (taken over) for the fixed `incaps`. In this order: alpha is kept, the size is scale *
// input, the format loses least. Where downstream fixes one side only, the other follows with the same
// factor; pixel aspect ratio, primaries and transfer function are the input's. Where there is no solution,
// because nothing allowed keeps them or the frames would be too large, a sentence for the user.
tl::expected<CapsPtr, const char*> fixate_output_size(GstCaps* incaps, GstCaps* outcaps, double scale);

}  // namespace videoenhance
