#include "gst/gstflashvsr.h"
#include "gst/gstframeinterpolate.h"

static gboolean plugin_init(GstPlugin* plugin) {
  return GST_ELEMENT_REGISTER(flashvsr, plugin) && GST_ELEMENT_REGISTER(frameinterpolate, plugin);
}

GST_PLUGIN_DEFINE(GST_VERSION_MAJOR, GST_VERSION_MINOR, videoenhance, "Neural enhancement of live video",
                  plugin_init, VERSION, "MIT/X11", PACKAGE, "Unknown package origin")
