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

static void post(GstVideoEnhanceBase* base, GstMessageType type, BusCode code, const std::string& message,
                 const std::string& detail, const std::source_location& where) {
  const auto line = static_cast<gint>(where.line());
  gst_debug_log(GST_VIDEO_ENHANCE_BASE_GET_CLASS(base)->log,
                type == GST_MESSAGE_ERROR ? GST_LEVEL_ERROR : GST_LEVEL_WARNING, where.file_name(),
                where.function_name(), line, G_OBJECT(base), "%s (%s)", message.c_str(), detail.c_str());
  gst_element_message_full(GST_ELEMENT(base), type, code.domain, code.code, g_strdup(message.c_str()),
                           g_strdup(detail.c_str()), where.file_name(), where.function_name(), line);
}

void post_error(GstVideoEnhanceBase* base, const Error& error, std::source_location where) {
  post(base, GST_MESSAGE_ERROR, bus_code(error.kind), error.message, error.detail, where);
}

void post_not_negotiated(GstVideoEnhanceBase* base, const std::string& message, const std::string& detail,
                         std::source_location where) {
  post(base, GST_MESSAGE_ERROR, {GST_CORE_ERROR, GST_CORE_ERROR_NEGOTIATION}, message, detail, where);
}

void post_warning(GstVideoEnhanceBase* base, const std::string& message, const std::string& detail,
                  std::source_location where) {
  post(base, GST_MESSAGE_WARNING, {GST_LIBRARY_ERROR, GST_LIBRARY_ERROR_SETTINGS}, message, detail, where);
}

}  // namespace videoenhance
