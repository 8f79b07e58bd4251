// What the core calls an error, as a message on the bus.
#pragma once

#include <gst/gst.h>

#include "core/engine/result.h"

namespace videoenhance {

// A GStreamer error domain and code.
struct BusCode {
  GQuark domain;
  gint code;
};

BusCode bus_code(ErrorKind kind);

// Posts one ERROR message. Call with no lock held, once per failure.
void post_error(GstElement* element, const Error& error);

}  // namespace videoenhance
