#include <gst/app/gstappsrc.h>
#include <gst/gst.h>
#include <gst/video/video.h>

#include <chrono>

#include "benchmarks/bench_options.h"

namespace videoenhance {
namespace {

using Clock = std::chrono::steady_clock;

template <typename T, void (*free)(T*)>
struct Freed {
  void operator()(T* pointer) const { free(pointer); }
};
using Converter = std::unique_ptr<GstVideoConverter, Freed<GstVideoConverter, gst_video_converter_free>>;

void unref(gpointer object) {
  gst_object_unref(object);
}
using Element = std::unique_ptr<GstElement, decltype(&unref)>;

constexpr int kRate = 25;

// One picture as an I420 buffer.
GstBuffer* to_i420(const std::vector<std::uint8_t>& picture, int width, int height) {
  GstVideoInfo rgb, i420;
  gst_video_info_set_format(&rgb, GST_VIDEO_FORMAT_RGB, static_cast<guint>(width),
                            static_cast<guint>(height));
  gst_video_info_set_format(&i420, GST_VIDEO_FORMAT_I420, static_cast<guint>(width),
                            static_cast<guint>(height));
  GstBuffer* source = gst_buffer_new_allocate(nullptr, rgb.size, nullptr);
  GstBuffer* target = gst_buffer_new_allocate(nullptr, i420.size, nullptr);
  GstVideoFrame from, to;
  gst_video_frame_map(&from, &rgb, source, GST_MAP_WRITE);
  for (int y = 0; y < height; ++y) {
    std::copy_n(picture.data() + static_cast<std::size_t>(y) * width * 3, width * 3,
                static_cast<std::uint8_t*>(GST_VIDEO_FRAME_PLANE_DATA(&from, 0)) +
                    static_cast<std::ptrdiff_t>(y) * GST_VIDEO_FRAME_PLANE_STRIDE(&from, 0));
  }
  gst_video_frame_unmap(&from);
  gst_video_frame_map(&from, &rgb, source, GST_MAP_READ);
  gst_video_frame_map(&to, &i420, target, GST_MAP_WRITE);
  const Converter converter(gst_video_converter_new(&rgb, &i420, nullptr));
  gst_video_converter_frame(converter.get(), &from, &to);
  gst_video_frame_unmap(&to);
  gst_video_frame_unmap(&from);
  gst_buffer_unref(source);
  return target;
}

struct Arrivals {
  std::vector<Clock::time_point> times;
};

GstPadProbeReturn arrived(GstPad*, GstPadProbeInfo*, gpointer arrivals) {
  static_cast<Arrivals*>(arrivals)->times.push_back(Clock::now());
  return GST_PAD_PROBE_OK;
}

const char* precision_nick(Precision precision) {
  constexpr const char* kNicks[] = {"auto", "float32", "bfloat16", "float16"};
  return kNicks[static_cast<int>(precision)];
}

std::string chain(const BenchOptions& options, unsigned index) {
  const std::string number = std::to_string(index);
  return "appsrc name=source" + number +
         " format=time block=true max-buffers=2 caps=video/x-raw,format=I420,width=" +
         std::to_string(options.width) + ",height=" + std::to_string(options.height) +
         ",framerate=" + std::to_string(kRate) + "/1 ! " + options.element +
         " threads=" + std::to_string(options.engine.threads) + " device=" + options.engine.device +
         " precision=" + precision_nick(options.engine.precision) + " model-location=\"" +
         options.engine.model_path + "\" ! fakesink name=sink" + number + " sync=false ";
}

Result<Element> make_pipeline(const BenchOptions& options) {
  std::string text;
  for (unsigned index = 0; index < options.elements; ++index) text += chain(options, index);
  GError* error = nullptr;
  Element pipeline(gst_parse_launch(text.c_str(), &error), &unref);
  if (error) {
    const std::string reason = error->message;
    g_error_free(error);
    return fail(ErrorKind::kBadSettings, "The pipeline cannot be made (is GST_PLUGIN_PATH set?): " + reason);
  }
  return pipeline;
}

// Pushes the two pictures in turn, to each element in turn.
void feed(const std::vector<Element>& sources, GstBuffer* const (&pictures)[2], unsigned count) {
  for (unsigned k = 0; k < count; ++k) {
    for (const Element& source : sources) {
      GstBuffer* buffer = gst_buffer_copy(pictures[k % 2]);
      GST_BUFFER_PTS(buffer) = gst_util_uint64_scale(k, GST_SECOND, kRate);
      GST_BUFFER_DURATION(buffer) = GST_SECOND / kRate;
      if (gst_app_src_push_buffer(GST_APP_SRC(source.get()), buffer) != GST_FLOW_OK) return;
    }
  }
  for (const Element& source : sources) gst_app_src_end_of_stream(GST_APP_SRC(source.get()));
}

Status wait_for_end(GstElement* pipeline) {
  GstBus* bus = gst_element_get_bus(pipeline);
  GstMessage* message = gst_bus_timed_pop_filtered(
      bus, GST_CLOCK_TIME_NONE, static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR));
  Status status;
  if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) {
    GError* error = nullptr;
    gst_message_parse_error(message, &error, nullptr);
    status = fail(ErrorKind::kFailed, error->message);
    g_error_free(error);
  }
  gst_message_unref(message);
  gst_object_unref(bus);
  return status;
}

std::vector<Element> named(GstElement* pipeline, const std::string& name, unsigned count) {
  std::vector<Element> elements;
  for (unsigned index = 0; index < count; ++index) {
    elements.emplace_back(gst_bin_get_by_name(GST_BIN(pipeline), (name + std::to_string(index)).c_str()),
                          &unref);
  }
  return elements;
}

void note_arrivals(GstElement* sink, Arrivals& arrivals) {
  GstPad* pad = gst_element_get_static_pad(sink, "sink");
  gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER, &arrived, &arrivals, nullptr);
  gst_object_unref(pad);
}

// From a frame to the frame of the same place in the next batch, wherever batches begin; what comes at the
// end of the stream is left out.
void add_seconds(const Arrivals& arrivals, const BenchOptions& options, std::vector<double>& seconds) {
  const auto batches = arrivals.times.size() / options.batch;
  for (std::size_t k = kWarmUp + 1; k + 1 < batches; ++k) {
    const auto time = arrivals.times[k * options.batch] - arrivals.times[(k - 1) * options.batch];
    seconds.push_back(std::chrono::duration<double>(time).count() /
                      (options.generated_per_batch * options.elements));
  }
}

}  // namespace

Result<BenchResult> bench_pipeline(const BenchOptions& options) {
  const auto pictures = bench_pictures(options);
  if (!pictures) return tl::unexpected(pictures.error());
  gst_init(nullptr, nullptr);
  auto pipeline = make_pipeline(options);
  if (!pipeline) return tl::unexpected(pipeline.error());
  const auto sources = named(pipeline->get(), "source", options.elements);
  const auto sinks = named(pipeline->get(), "sink", options.elements);
  std::vector<Arrivals> arrivals(options.elements);
  for (unsigned index = 0; index < options.elements; ++index)
    note_arrivals(sinks[index].get(), arrivals[index]);

  BenchResult result;
  const auto start = Clock::now();
  gst_element_set_state(pipeline->get(), GST_STATE_PLAYING);
  result.setup_seconds = std::chrono::duration<double>(Clock::now() - start).count();
  GstBuffer* const frames[2] = {to_i420((*pictures)[0], options.width, options.height),
                                to_i420((*pictures)[1], options.width, options.height)};
  feed(sources, frames, options.frames + (kWarmUp + 2) * options.generated_per_batch);
  const auto status = wait_for_end(pipeline->get());
  gst_element_set_state(pipeline->get(), GST_STATE_NULL);
  for (GstBuffer* frame : frames) gst_buffer_unref(frame);
  if (!status) return tl::unexpected(status.error());
  for (const Arrivals& of_one : arrivals) add_seconds(of_one, options, result.seconds);
  return result;
}

}  // namespace videoenhance
