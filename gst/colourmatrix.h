// Matrix and range of a stream's colours, exactly. GStreamer's own matrices have 8-bit coefficients and round
// towards zero: a drawn frame would be up to 4/255 off its neighbours, which flickers.
#pragma once

#include <gst/video/video.h>

#include "core/engine/frame.h"

namespace videoenhance {

// Between full-range R'G'B' and the colours of a stream in 16-bit words, as GstVideoConverter makes them of
// samples (by repeating their bits) and packs them into samples (by dropping the low bits). `info` is the
// stream's: its matrix, range and depth count.
ColourMatrix rgb_of_words(const GstVideoInfo& info);

// Such that dropping the low bits of the nearest word rounds to the nearest sample.
ColourMatrix words_of_rgb(const GstVideoInfo& info);

}  // namespace videoenhance
