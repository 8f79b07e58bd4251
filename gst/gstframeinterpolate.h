#pragma once

#include "gst/gstvideoenhancebase.h"

#define GST_TYPE_FRAME_INTERPOLATE (gst_frame_interpolate_get_type())
G_DECLARE_FINAL_TYPE(GstFrameInterpolate, gst_frame_interpolate, GST, FRAME_INTERPOLATE, GstVideoEnhanceBase)

GST_ELEMENT_REGISTER_DECLARE(frameinterpolate)
