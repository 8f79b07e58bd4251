// The raw formats that the elements take and give.
#pragma once

#include <gst/video/video.h>

namespace videoenhance {

// Progressive raw video in system memory, in every format of ours that this GStreamer knows. Transfer full.
GstCaps* supported_caps();

}  // namespace videoenhance
