// Writes a film with more frames per second: smooth-file INPUT OUTPUT.mp4 FRAMES_PER_SECOND
//
// Shows how an application makes the pipeline, sets the element up, tells its user what went wrong in the
// element's own words, and reads its statistics.
#include <gst/gst.h>

#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>

namespace {

struct Unref {
  void operator()(void* object) const { gst_object_unref(object); }
};
template <typename T>
using Owned = std::unique_ptr<T, Unref>;

constexpr char kPipeline[] =
    "filesrc name=source ! decodebin ! videoconvert ! frameinterpolate name=interpolate "
    "! capsfilter name=rate ! videoconvert ! x264enc ! mp4mux ! filesink name=sink";

void set(GstElement* pipeline, const char* element, const char* property, const char* value) {
  const Owned<GstElement> found(gst_bin_get_by_name(GST_BIN(pipeline), element));
  gst_util_set_object_arg(G_OBJECT(found.get()), property, value);
}

void print_error(GstMessage* message) {
  GError* error = nullptr;
  gchar* detail = nullptr;
  gst_message_parse_error(message, &error, &detail);
  std::cerr << error->message << '\n' << (detail ? detail : "") << '\n';
  g_error_free(error);
  g_free(detail);
}

// Runs until the end of the stream or an error.
bool run(GstElement* pipeline) {
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  const Owned<GstBus> bus(gst_element_get_bus(pipeline));
  GstMessage* message = gst_bus_timed_pop_filtered(
      bus.get(), GST_CLOCK_TIME_NONE, static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR));
  const bool good = GST_MESSAGE_TYPE(message) == GST_MESSAGE_EOS;
  if (!good) print_error(message);
  gst_message_unref(message);
  return good;
}

void print_statistics(GstElement* pipeline) {
  const Owned<GstElement> element(gst_bin_get_by_name(GST_BIN(pipeline), "interpolate"));
  GstStructure* stats = nullptr;
  gchar* model = nullptr;
  g_object_get(element.get(), "stats", &stats, "model", &model, nullptr);
  guint64 in = 0, out = 0;
  double seconds = 0;
  gst_structure_get(stats, "frames-in", G_TYPE_UINT64, &in, "frames-out", G_TYPE_UINT64, &out,
                    "seconds-per-frame", G_TYPE_DOUBLE, &seconds, nullptr);
  std::cout << in << " frames became " << out << " with " << model << ", " << seconds
            << " s for the last drawn one\n";
  gst_structure_free(stats);
  g_free(model);
}

}  // namespace

int main(int argc, char** argv) {
  gst_init(&argc, &argv);
  if (argc != 4) {
    std::cerr << "usage: smooth-file INPUT OUTPUT.mp4 FRAMES_PER_SECOND\n";
    return EXIT_FAILURE;
  }
  GError* error = nullptr;
  GstElement* made = gst_parse_launch_full(kPipeline, nullptr, GST_PARSE_FLAG_FATAL_ERRORS, &error);
  if (!made) {
    std::cerr << error->message << '\n';
    g_error_free(error);
    return EXIT_FAILURE;
  }
  const Owned<GstElement> pipeline(made);
  set(made, "source", "location", argv[1]);
  set(made, "sink", "location", argv[2]);
  set(made, "rate", "caps", (std::string("video/x-raw,framerate=") + argv[3]).c_str());
  const bool good = run(made);
  if (good) print_statistics(made);
  gst_element_set_state(made, GST_STATE_NULL);
  return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
