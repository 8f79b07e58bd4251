// What the core calls an error, as a message on the bus.
#pragma once

#include <gst/gst.h>

#include <source_location>
#include <string>

#include "core/engine/result.h"
#include "gst/gstvideoenhancebase.h"

namespace videoenhance {

// A GStreamer error domain and code.
struct BusCode {
  GQuark domain;
  gint code;
};

BusCode bus_code(ErrorKind kind);

// Posts one ERROR message, and logs it in the element's category. Call with no lock held, once per failure.
void post_error(GstVideoEnhanceBase* base, const Error& error,
                std::source_location where = std::source_location::current());

// The same for caps that have no solution. `message` is a sentence for the user.
void post_not_negotiated(GstVideoEnhanceBase* base, const std::string& message, const std::string& detail,
                         std::source_location where = std::source_location::current());

// The same for one WARNING, about settings. `message` is a sentence for the user.
void post_warning(GstVideoEnhanceBase* base, const std::string& message, const std::string& detail,
                  std::source_location where = std::source_location::current());

}  // namespace videoenhance
