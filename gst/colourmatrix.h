// Matrix and range of a stream's colours, exactly. GStreamer's own matrices have 8-bit coefficients and round
// towards zero: a drawn frame would be up to 4/255 off its neighbours, which flickers.
#pragma once

#include <gst/video/video.h>

#include "core/engine/frame.h"

namespace videoenhance {

// Between full-range R'G'B' and the samples of a stream, these as parts of the largest one. `info` is the
// stream's: its matrix, range and depth count. Of a gray stream, all three samples are the one it has, and
// only the first one can be written.
ColourMatrix rgb_of_samples(const GstVideoInfo& info);
ColourMatrix samples_of_rgb(const GstVideoInfo& info);

// Gray of the first component alone, given as all three.
ColourMatrix gray_of_luma(const GstVideoInfo& info);

}  // namespace videoenhance
