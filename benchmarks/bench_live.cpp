// bench-live: a live source, frameinterpolate and a sink that keeps time: does the machine follow?
//
// A moving test picture comes at a given rate, and the sink reports lateness as a video sink does. For the
// first seconds other threads may keep the processor busy. The last line is JSON.
#include <gst/gst.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>
#include <vector>

namespace {

struct Options {
  int width = 640;
  int height = 272;
  int rate = 15;  // source frames per second
  int seconds = 60;
  int busy_seconds = 0;      // for which every processor has a thread that does nothing else
  std::string properties{};  // of frameinterpolate
};

void unref(gpointer object) {
  gst_object_unref(object);
}
using Element = std::unique_ptr<GstElement, decltype(&unref)>;

// Running time now, by the pipeline's clock.
GstClockTime running_time(GstElement* element) {
  GstClock* clock = gst_element_get_clock(element);
  if (!clock) return 0;
  const GstClockTime now = gst_clock_get_time(clock);
  gst_object_unref(clock);
  const GstClockTime base = gst_element_get_base_time(element);
  return now > base ? now - base : 0;
}

// What goes in and comes out, as pad probes see it.
struct Watch {
  GstElement* sink = nullptr;
  GstClockTime latency = 0;         // of the pipeline
  std::atomic<guint64> sources{0};  // gone in
  guint64 out = 0;
  GstClockTimeDiff latest = 0;           // of all frames, in ns
  GstClockTimeDiff latest_recently = 0;  // since the load has gone for two seconds
  GstClockTime recovered_from = GST_CLOCK_TIME_NONE;
};

GstPadProbeReturn count_source(GstPad*, GstPadProbeInfo*, gpointer watch) {
  ++static_cast<Watch*>(watch)->sources;
  return GST_PAD_PROBE_OK;
}

GstPadProbeReturn look_at_output(GstPad*, GstPadProbeInfo* info, gpointer data) {
  auto& watch = *static_cast<Watch*>(data);
  const GstClockTime due = GST_BUFFER_PTS(GST_PAD_PROBE_INFO_BUFFER(info)) + watch.latency;
  const auto late =
      static_cast<GstClockTimeDiff>(running_time(watch.sink)) - static_cast<GstClockTimeDiff>(due);
  ++watch.out;
  watch.latest = std::max(watch.latest, late);
  if (due >= watch.recovered_from) watch.latest_recently = std::max(watch.latest_recently, late);
  return GST_PAD_PROBE_OK;
}

void watch_pad(GstElement* element, const char* pad_name, GstPadProbeCallback callback, Watch& watch) {
  GstPad* pad = gst_element_get_static_pad(element, pad_name);
  gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER, callback, &watch, nullptr);
  gst_object_unref(pad);
}

// Keeps every processor busy while it lives.
class Load {
 public:
  explicit Load(unsigned threads) {
    for (unsigned i = 0; i < threads; ++i)
      threads_.emplace_back([](const std::stop_token& stop) {
        for (volatile unsigned work = 0; !stop.stop_requested();) work = work + 1;
      });
  }

 private:
  std::vector<std::jthread> threads_;
};

std::string description(const Options& options) {
  return "videotestsrc is-live=true pattern=ball num-buffers=" +
         std::to_string(options.rate * options.seconds) +
         " ! video/x-raw,format=I420,width=" + std::to_string(options.width) +
         ",height=" + std::to_string(options.height) + ",framerate=" + std::to_string(options.rate) +
         "/1 ! queue max-size-buffers=0 max-size-bytes=0 max-size-time=0 ! frameinterpolate name=element " +
         options.properties +
         " ! queue max-size-buffers=4 ! fakesink name=sink sync=true qos=true max-lateness=-1";
}

guint64 number(const GstStructure* stats, const char* name) {
  guint64 value = 0;
  gst_structure_get_uint64(stats, name, &value);
  return value;
}

// The frames left out so far.
guint64 skipped(GstElement* element) {
  GstStructure* stats = nullptr;
  g_object_get(element, "stats", &stats, nullptr);
  const guint64 count = number(stats, "frames-skipped");
  gst_structure_free(stats);
  return count;
}

GstClockTime latency_of(GstElement* pipeline) {
  GstQuery* query = gst_query_new_latency();
  GstClockTime least = 0;
  if (gst_element_query(pipeline, query)) gst_query_parse_latency(query, nullptr, &least, nullptr);
  gst_query_unref(query);
  return least;
}

// Waits until the pipeline's end, or for `wait` ns. False at an error.
bool wait_on(GstElement* pipeline, GstClockTime wait) {
  GstBus* bus = gst_element_get_bus(pipeline);
  GstMessage* message =
      gst_bus_timed_pop_filtered(bus, wait, static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR));
  gst_object_unref(bus);
  const bool failed = message && GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR;
  if (failed) {
    GError* error = nullptr;
    gst_message_parse_error(message, &error, nullptr);
    std::cerr << error->message << '\n';
    g_error_free(error);
  }
  if (message) gst_message_unref(message);
  return !failed;
}

nlohmann::json report(GstElement* element, const Watch& watch, guint64 skipped_in_the_end) {
  GstStructure* stats = nullptr;
  g_object_get(element, "stats", &stats, nullptr);
  const nlohmann::json result = {
      {"source_frames", watch.sources.load()},
      {"frames_out", watch.out},
      {"drawn", number(stats, "frames-generated")},
      {"skipped", number(stats, "frames-skipped")},
      {"skipped_after_recovery", skipped_in_the_end},
      {"latency_ms", static_cast<double>(watch.latency) / 1e6},
      {"latest_ms", static_cast<double>(watch.latest) / 1e6},
      {"latest_after_recovery_ms", static_cast<double>(watch.latest_recently) / 1e6}};
  gst_structure_free(stats);
  return result;
}

int run(const Options& options) {
  constexpr GstClockTime kRecovery = 2 * GST_SECOND;
  GError* error = nullptr;
  const Element pipeline(gst_parse_launch(description(options).c_str(), &error), &unref);
  if (error) {
    std::cerr << "The pipeline cannot be made (is GST_PLUGIN_PATH set?): " << error->message << '\n';
    g_error_free(error);
    return 2;
  }
  const Element element(gst_bin_get_by_name(GST_BIN(pipeline.get()), "element"), &unref),
      sink(gst_bin_get_by_name(GST_BIN(pipeline.get()), "sink"), &unref);
  Watch watch;
  watch.sink = sink.get();
  watch.recovered_from = options.busy_seconds * GST_SECOND + kRecovery;
  watch_pad(element.get(), "sink", &count_source, watch);
  gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
  if (gst_element_get_state(pipeline.get(), nullptr, nullptr, 60 * GST_SECOND) == GST_STATE_CHANGE_FAILURE) {
    wait_on(pipeline.get(), 0);
    return 2;
  }
  watch.latency = latency_of(pipeline.get());
  watch_pad(sink.get(), "sink", &look_at_output, watch);
  bool going = true;
  if (options.busy_seconds > 0) {
    const Load load(std::thread::hardware_concurrency());
    going = wait_on(pipeline.get(), options.busy_seconds * GST_SECOND);
  }
  if (going) going = wait_on(pipeline.get(), kRecovery);
  const guint64 before = skipped(element.get());
  if (going) going = wait_on(pipeline.get(), GST_CLOCK_TIME_NONE);
  gst_element_set_state(pipeline.get(), GST_STATE_PAUSED);
  if (going) std::cout << report(element.get(), watch, skipped(element.get()) - before) << '\n';
  gst_element_set_state(pipeline.get(), GST_STATE_NULL);
  return going ? 0 : 2;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Whether the machine follows a live stream; the last line is JSON.");
  app.add_option("--width", options.width)->check(CLI::PositiveNumber);
  app.add_option("--height", options.height)->check(CLI::PositiveNumber);
  app.add_option("--rate", options.rate, "source frames per second")->check(CLI::PositiveNumber);
  app.add_option("--seconds", options.seconds)->check(CLI::PositiveNumber);
  app.add_option("--busy-seconds", options.busy_seconds, "for which other threads keep every processor busy");
  app.add_option("--properties", options.properties, "of the element, such as late-policy=skip-generated");
  CLI11_PARSE(app, argc, argv);
  gst_init(nullptr, nullptr);
  return run(options);
}
