#include "gst/formats.h"

namespace videoenhance {
namespace {

constexpr const char* kFormats[] = {"I420",      "NV12",      "YV12",  "Y42B",      "Y444", "I420_10LE",
                                    "P010_10LE", "Y444_16LE", "RGB",   "BGR",       "RGBx", "BGRx",
                                    "RGBA",      "ARGB64",    "GRAY8", "GRAY16_LE", "GBR",  "GBR_16LE"};

}  // namespace

GstCaps* supported_caps() {
  GValue formats = G_VALUE_INIT;
  g_value_init(&formats, GST_TYPE_LIST);
  for (const char* name : kFormats) {
    if (gst_video_format_from_string(name) == GST_VIDEO_FORMAT_UNKNOWN) continue;
    GValue format = G_VALUE_INIT;
    g_value_init(&format, G_TYPE_STRING);
    g_value_set_static_string(&format, name);
    gst_value_list_append_and_take_value(&formats, &format);
  }
  GstCaps* caps =
      gst_caps_from_string("video/x-raw, width=" GST_VIDEO_SIZE_RANGE ", height=" GST_VIDEO_SIZE_RANGE
                           ", framerate=" GST_VIDEO_FPS_RANGE ", interlace-mode=progressive");
  gst_caps_set_value(caps, "format", &formats);
  g_value_unset(&formats);
  return caps;
}

}  // namespace videoenhance
