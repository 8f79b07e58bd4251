#include "gst/errors.h"

namespace videoenhance {

BusCode bus_code(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kNotFound:
      return {GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND};
    case ErrorKind::kUnreadable:
      return {GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_READ};
    case ErrorKind::kBadModel:
    case ErrorKind::kBadModule:
      return {GST_LIBRARY_ERROR, GST_LIBRARY_ERROR_INIT};
    case ErrorKind::kBadSettings:
      return {GST_LIBRARY_ERROR, GST_LIBRARY_ERROR_SETTINGS};
    case ErrorKind::kNoMemory:
      return {GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NO_SPACE_LEFT};
    case ErrorKind::kFailed:
      break;
  }
  return {GST_STREAM_ERROR, GST_STREAM_ERROR_FAILED};
}

void post_error(GstElement* element, const Error& error) {
  const BusCode code = bus_code(error.kind);
  GST_ERROR_OBJECT(element, "%s (%s)", error.message.c_str(), error.detail.c_str());
  gst_element_message_full(element, GST_MESSAGE_ERROR, code.domain, code.code,
                           g_strdup(error.message.c_str()), g_strdup(error.detail.c_str()), __FILE__,
                           GST_FUNCTION, __LINE__);
}

}  // namespace videoenhance
