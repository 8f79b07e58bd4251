// Titles and other texts in .mkv.
#pragma once

#include <gst/gst.h>

namespace videoenhance {

// matroskamux of GStreamer 1.22 writes texts as it would into caps, with quotes and backslashes. This has the
// element write them as they are.
void write_plain_tags(GstElement* matroskamux);

}  // namespace videoenhance
