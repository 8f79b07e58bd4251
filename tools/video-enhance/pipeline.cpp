#include "tools/video-enhance/pipeline.h"

#include <gst/pbutils/pbutils.h>

#include <map>
#include <string_view>

namespace videoenhance {
namespace {

bool is_ours(const std::string& element) {
  return element == "flashvsr" || element == "frameinterpolate";
}

// Of what this program uses.
std::string package_of(const std::string& element) {
  static const std::map<std::string, std::string> kPackages = {
      {"x264enc", "gstreamer1.0-plugins-ugly"},      {"x265enc", "gstreamer1.0-plugins-bad"},
      {"h264parse", "gstreamer1.0-plugins-bad"},     {"h265parse", "gstreamer1.0-plugins-bad"},
      {"gdppay", "gstreamer1.0-plugins-bad"},        {"gdpdepay", "gstreamer1.0-plugins-bad"},
      {"avenc_ffv1", "gstreamer1.0-libav"},          {"avenc_alac", "gstreamer1.0-libav"},
      {"videoconvert", "gstreamer1.0-plugins-base"}, {"decodebin", "gstreamer1.0-plugins-base"},
      {"parsebin", "gstreamer1.0-plugins-base"},     {"appsrc", "gstreamer1.0-plugins-base"},
      {"appsink", "gstreamer1.0-plugins-base"}};
  const auto found = kPackages.find(element);
  return found == kPackages.end() ? "gstreamer1.0-plugins-good" : found->second;
}

std::string factory_name(GstMessage* message) {
  if (!GST_IS_ELEMENT(GST_MESSAGE_SRC(message))) return "";
  GstElementFactory* factory = gst_element_get_factory(GST_ELEMENT(GST_MESSAGE_SRC(message)));
  return factory ? GST_OBJECT_NAME(factory) : "";
}

struct ParsedMessage {
  std::string text, detail;
  bool no_space = false;
};

// The element's sentence with the name that its property has here.
std::string in_our_words(const std::string& element, std::string sentence) {
  constexpr std::string_view kProperty = "model-location";
  const char* option = element == "flashvsr" ? "--upscale-model" : "--interpolate-model";
  for (auto at = sentence.find(kProperty); at != std::string::npos; at = sentence.find(kProperty))
    sentence.replace(at, kProperty.size(), option);
  return sentence;
}

using Parse = void (*)(GstMessage*, GError**, gchar**);

ParsedMessage parsed(GstMessage* message, Parse parse) {
  GError* error = nullptr;
  gchar* detail = nullptr;
  parse(message, &error, &detail);
  ParsedMessage result{error->message, detail ? detail : "",
                       g_error_matches(error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NO_SPACE_LEFT) != 0};
  g_error_free(error);
  g_free(detail);
  return result;
}

}  // namespace

Outcome<void> need_element(const std::string& name) {
  GstElementFactory* factory = gst_element_factory_find(name.c_str());
  if (factory) {
    gst_object_unref(factory);
    return {};
  }
  if (is_ours(name))
    return failed(ExitCode::kModel, "The plugin 'videoenhance' with its element '" + name +
                                        "' was not found; put its folder into GST_PLUGIN_PATH.");
  return failed(ExitCode::kFailed, "GStreamer's element '" + name +
                                       "' is missing; install the Debian package " + package_of(name) + ".");
}

Outcome<Pipeline> Pipeline::make(const std::string& text, ExitCode otherwise) {
  GError* error = nullptr;
  GstParseContext* context = gst_parse_context_new();
  GstElement* made = gst_parse_launch_full(text.c_str(), context, GST_PARSE_FLAG_FATAL_ERRORS, &error);
  gchar** missing = gst_parse_context_get_missing_elements(context);
  const std::string first = missing && *missing ? *missing : "";
  g_strfreev(missing);
  gst_parse_context_free(context);
  if (made) return Pipeline(Owned<GstElement>(made), otherwise);
  const std::string reason = error->message;
  g_error_free(error);
  if (!first.empty()) {
    if (auto found = need_element(first); !found) return tl::unexpected(found.error());
  }
  return failed(ExitCode::kFailed, "The pipeline cannot be made: " + reason, text);
}

Pipeline::~Pipeline() {
  if (pipeline_) gst_element_set_state(pipeline_.get(), GST_STATE_NULL);
}

GstElement* Pipeline::operator[](const char* name) const {
  GstElement* element = gst_bin_get_by_name(bin(), name);
  g_assert(element);
  gst_object_unref(element);  // the bin's own reference keeps it
  return element;
}

Failure Pipeline::failure_of(GstMessage* message) const {
  const ParsedMessage error = parsed(message, gst_message_parse_error);
  const std::string element = factory_name(message);
  if (is_ours(element)) return {ExitCode::kModel, in_our_words(element, error.text), error.detail};
  if (element == "filesink" || element == "qtmux" || element == "mp4mux") {
    if (error.no_space) return {ExitCode::kOutput, "The disk is full; make room.", error.detail};
    if (element == "filesink")
      return {ExitCode::kOutput, "The output cannot be written: " + error.text, error.detail};
  }
  return {otherwise_, error.text, error.detail};
}

Outcome<bool> Pipeline::ended(GstClockTime wait) {
  while (const Owned<GstMessage> message{gst_bus_timed_pop(bus_.get(), wait)}) {
    if (GST_MESSAGE_TYPE(message.get()) == GST_MESSAGE_ERROR)
      return tl::unexpected(failure_of(message.get()));
    if (GST_MESSAGE_TYPE(message.get()) == GST_MESSAGE_EOS) return true;
    if (GST_MESSAGE_TYPE(message.get()) == GST_MESSAGE_WARNING && is_ours(factory_name(message.get())))
      on_warning(parsed(message.get(), gst_message_parse_warning).text);
    if (gst_is_missing_plugin_message(message.get())) {
      gchar* what = gst_missing_plugin_message_get_description(message.get());
      on_warning(std::string("GStreamer lacks something for a stream of the input: ") + what + ".");
      g_free(what);
    }
    on_message(message.get());
  }
  return false;
}

Outcome<void> Pipeline::check(GstClockTime wait) {
  auto result = ended(wait);
  if (!result) return tl::unexpected(result.error());
  return {};
}

Outcome<void> Pipeline::set_state(GstState state) {
  if (gst_element_set_state(pipeline_.get(), state) != GST_STATE_CHANGE_FAILURE) return {};
  if (auto checked = check(); !checked) return checked;
  return failed(otherwise_, "GStreamer could not start, and does not say why; GST_DEBUG=3 shows more.");
}

void set(GstElement* element, const char* property, const std::string& value) {
  gst_util_set_object_arg(G_OBJECT(element), property, value.c_str());
}

void set_location(GstElement* element, const std::string& path) {
  g_object_set(element, "location", path.c_str(), nullptr);
}

}  // namespace videoenhance
