#include "tests/gst/rig.h"

#include <dlfcn.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <thread>

namespace videoenhance::testing {
namespace {

Rig& rig_of(GstPad* pad) {
  return *static_cast<Rig*>(gst_pad_get_element_private(pad));
}

// Folder of the fake models; emptied when the program ends.
struct Folder {
  std::string path;
  Folder() {
    char name[] = "/tmp/fake-models-XXXXXX";
    path = mkdtemp(name) ? name : "/tmp";
  }
  ~Folder() {
    const std::string command = "rm -rf '" + path + "'";
    if (std::system(command.c_str()) != 0) ADD_FAILURE() << "cannot remove " << path;
  }
};

// A function of the fake module.
template <typename Function>
Function exported(const char* symbol) {
  void* module = dlopen(std::getenv("VIDEOENHANCE_TORCH_MODULE"), RTLD_NOW | RTLD_LOCAL);
  return reinterpret_cast<Function>(dlsym(module, symbol));
}

}  // namespace

std::string model_file(const std::string& lines) {
  static Folder folder;
  static int number = 0;
  const std::string path = folder.path + "/" + std::to_string(number++) + ".model";
  std::ofstream(path) << "model=fake\n" << lines;
  return path;
}

FakeEngineCounts fake_counts() {
  return exported<FakeEngineCountsFunction>(kFakeEngineCountsSymbol)();
}

const EngineOptions& fake_last_options() {
  return *exported<FakeLastOptionsFunction>(kFakeLastOptionsSymbol)();
}

GstElement* make_element(const char* name, const Properties& properties) {
  GstElement* element = gst_element_factory_make(name, nullptr);
  static const std::string model = model_file();
  g_object_set(element, "model-location", model.c_str(), nullptr);
  if (std::string_view(name) == "frameinterpolate")
    gst_util_set_object_arg(G_OBJECT(element), "scene-change", "off");
  for (const auto& [property, value] : properties) {
    gst_util_set_object_arg(G_OBJECT(element), property.c_str(), value.c_str());
  }
  return element;
}

CapsPtr caps_of(const CapsFields& fields) {
  const std::string text = "video/x-raw,format=" + fields.format + ",width=" + std::to_string(fields.width) +
                           ",height=" + std::to_string(fields.height) + ",framerate=" + fields.rate +
                           fields.extra;
  return CapsPtr(gst_caps_from_string(text.c_str()));
}

LogOf::LogOf(const std::string& name) : name_(name) {
  gst_debug_set_active(TRUE);
  gst_debug_set_threshold_for_name(name.c_str(), GST_LEVEL_LOG);
  gst_debug_remove_log_function(gst_debug_log_default);
  gst_debug_add_log_function(write, this, nullptr);
}

LogOf::~LogOf() {
  gst_debug_remove_log_function_by_data(this);
  gst_debug_add_log_function(gst_debug_log_default, nullptr, nullptr);
  gst_debug_unset_threshold_for_name(name_.c_str());
}

void LogOf::write(GstDebugCategory* category, GstDebugLevel, const gchar* file, const gchar*, gint, GObject*,
                  GstDebugMessage* message, gpointer self) {
  LogOf& log = *static_cast<LogOf*>(self);
  if (gst_debug_category_get_name(category) != log.name_) return;
  log.text_ += std::string(file) + ": " + gst_debug_message_get(message) + "\n";
}

bool takes_layouts(GstQuery* query) {
  gst_query_add_allocation_meta(query, GST_VIDEO_META_API_TYPE, nullptr);
  return true;
}

Rig::Rig(const Properties& properties, GstState state, const char* element)
    : element_(GST_ELEMENT(gst_object_ref_sink(make_element(element, properties)))),
      source_(gst_pad_new("source", GST_PAD_SRC)),
      sink_(gst_pad_new("sink", GST_PAD_SINK)),
      bus_(gst_bus_new()),
      accepts_(gst_caps_new_any()) {
  gst_video_info_init(&info_);
  gst_video_info_init(&out_info_);
  gst_pad_set_element_private(source_, this);
  gst_pad_set_element_private(sink_, this);
  gst_pad_set_chain_function(sink_, chain);
  gst_pad_set_event_function(sink_, arrived);
  gst_pad_set_event_function(source_, went_up);
  gst_pad_set_query_function(sink_, asked_downstream);
  gst_pad_set_query_function(source_, asked_upstream);
  link("sink", source_);
  link("src", sink_);
  gst_element_set_bus(element_, bus_);
  started_ = gst_element_set_state(element_, state) != GST_STATE_CHANGE_FAILURE;
}

Rig::~Rig() {
  gst_element_set_state(element_, GST_STATE_NULL);
  clear();
  gst_pad_set_active(source_, FALSE);
  gst_pad_set_active(sink_, FALSE);
  gst_element_set_bus(element_, nullptr);
  gst_object_unref(bus_);
  gst_object_unref(source_);
  gst_object_unref(sink_);
  gst_object_unref(element_);
}

void Rig::link(const char* name, GstPad* pad) {
  GstPad* peer = gst_element_get_static_pad(element_, name);
  const bool into = GST_PAD_IS_SRC(pad);
  ASSERT_EQ(gst_pad_link(into ? pad : peer, into ? peer : pad), GST_PAD_LINK_OK);
  gst_object_unref(peer);
  gst_pad_set_active(pad, TRUE);
}

// ---- callbacks

GstFlowReturn Rig::chain(GstPad* pad, GstObject*, GstBuffer* buffer) {
  Rig& rig = rig_of(pad);
  if (rig.flow_out != GST_FLOW_OK) {
    gst_buffer_unref(buffer);
    return rig.flow_out;
  }
  Out out{GST_BUFFER_PTS(buffer),
          GST_BUFFER_DURATION(buffer),
          GST_BUFFER_OFFSET(buffer),
          GST_BUFFER_IS_DISCONT(buffer),
          -1,
          GST_VIDEO_INFO_WIDTH(&rig.out_info_),
          GST_VIDEO_INFO_HEIGHT(&rig.out_info_),
          buffer};
  GstVideoFrame frame;
  if (gst_video_frame_map(&frame, &rig.out_info_, buffer, GST_MAP_READ)) {
    out.value = *static_cast<const std::uint8_t*>(GST_VIDEO_FRAME_PLANE_DATA(&frame, 0));
    gst_video_frame_unmap(&frame);
  }
  {
    const std::lock_guard lock(rig.mutex_);
    rig.items_.push_back({"frame", out, nullptr});
  }
  if (rig.on_frame) rig.on_frame(out);
  return GST_FLOW_OK;
}

gboolean Rig::arrived(GstPad* pad, GstObject*, GstEvent* event) {
  Rig& rig = rig_of(pad);
  if (GST_EVENT_TYPE(event) == GST_EVENT_CAPS) {
    GstCaps* caps = nullptr;
    gst_event_parse_caps(event, &caps);
    gst_video_info_from_caps(&rig.out_info_, caps);
  }
  const std::lock_guard lock(rig.mutex_);
  rig.items_.push_back({GST_EVENT_TYPE_NAME(event), std::nullopt, event});
  return TRUE;
}

gboolean Rig::went_up(GstPad* pad, GstObject*, GstEvent* event) {
  Rig& rig = rig_of(pad);
  const std::lock_guard lock(rig.mutex_);
  rig.upstream_events.push_back(GST_EVENT_TYPE_NAME(event));
  gst_event_unref(event);
  return TRUE;
}

gboolean Rig::asked_downstream(GstPad* pad, GstObject* parent, GstQuery* query) {
  Rig& rig = rig_of(pad);
  if (GST_QUERY_TYPE(query) == GST_QUERY_CAPS) {
    GstCaps* filter = nullptr;
    gst_query_parse_caps(query, &filter);
    const CapsPtr result(filter ? gst_caps_intersect(filter, rig.accepts_.get())
                                : gst_caps_ref(rig.accepts_.get()));
    gst_query_set_caps_result(query, result.get());
    return TRUE;
  }
  if (GST_QUERY_TYPE(query) == GST_QUERY_ACCEPT_CAPS) {
    GstCaps* caps = nullptr;
    gst_query_parse_accept_caps(query, &caps);
    gst_query_set_accept_caps_result(query, gst_caps_is_subset(caps, rig.accepts_.get()));
    return TRUE;
  }
  if (GST_QUERY_TYPE(query) == GST_QUERY_ALLOCATION && rig.allocation) return rig.allocation(query);
  return gst_pad_query_default(pad, parent, query);
}

gboolean Rig::asked_upstream(GstPad* pad, GstObject* parent, GstQuery* query) {
  Rig& rig = rig_of(pad);
  if (GST_QUERY_TYPE(query) != GST_QUERY_LATENCY) return gst_pad_query_default(pad, parent, query);
  gst_query_set_latency(query, rig.live, rig.latency_min, rig.latency_max);
  return TRUE;
}

// ---- driving

Rig& Rig::open(const CapsFields& fields) {
  event(gst_event_new_stream_start("rig"));
  set_caps(fields);
  segment();
  return *this;
}

void Rig::set_caps(const CapsFields& fields) {
  const CapsPtr caps = caps_of(fields);
  ASSERT_TRUE(gst_video_info_from_caps(&info_, caps.get()));
  event(gst_event_new_caps(caps.get()));
}

void Rig::flush() {
  event(gst_event_new_flush_start());
  event(gst_event_new_flush_stop(TRUE));
}

void Rig::segment(GstClockTime base, double rate, GstFormat format) {
  GstSegment segment;
  gst_segment_init(&segment, format);
  segment.base = base;
  segment.rate = rate;
  if (rate < 0) segment.stop = segment.position = GST_SECOND;
  event(gst_event_new_segment(&segment));
}

BufferPtr Rig::frame(int value, GstClockTime pts, GstClockTime duration) const {
  BufferPtr buffer(gst_buffer_new_allocate(nullptr, GST_VIDEO_INFO_SIZE(&info_), nullptr));
  gst_buffer_memset(buffer.get(), 0, static_cast<guint8>(value), GST_VIDEO_INFO_SIZE(&info_));
  GST_BUFFER_PTS(buffer.get()) = pts;
  GST_BUFFER_DURATION(buffer.get()) = duration;
  return buffer;
}

GstFlowReturn Rig::feed(int from, int to) {
  GstFlowReturn flow = GST_FLOW_OK;
  for (int k = from; k < to && flow == GST_FLOW_OK; ++k) flow = push(10 * k, k * 40 * GST_MSECOND);
  return flow;
}

void Rig::accept(const std::string& caps) {
  accepts_.reset(gst_caps_from_string(caps.c_str()));
  upstream(gst_event_new_reconfigure());
}

std::vector<Out> Rig::frames() const {
  std::vector<Out> frames;
  for (const Item& item : items_) {
    if (item.frame) frames.push_back(*item.frame);
  }
  return frames;
}

std::string Rig::order() const {
  std::string text;
  int run = 0;
  const auto end_run = [&] {
    if (run > 0) text += (text.empty() ? "" : " ") + std::to_string(run);
    run = 0;
  };
  for (const Item& item : items_) {
    if (item.frame) {
      ++run;
      continue;
    }
    end_run();
    text += (text.empty() ? "" : " ") + item.name;
  }
  end_run();
  return text;
}

void Rig::clear() {
  for (Item& item : items_) {
    if (item.frame) gst_buffer_unref(item.frame->buffer);
    if (item.event) gst_event_unref(item.event);
  }
  items_.clear();
}

static BusError parse_message(GstMessage* message) {
  GError* error = nullptr;
  gchar* debug = nullptr;
  guint64 left_out = 0;
  switch (GST_MESSAGE_TYPE(message)) {
    case GST_MESSAGE_ERROR:
      gst_message_parse_error(message, &error, &debug);
      break;
    case GST_MESSAGE_WARNING:
      gst_message_parse_warning(message, &error, &debug);
      break;
    case GST_MESSAGE_ELEMENT:
      return {0, 0, gst_structure_get_name(gst_message_get_structure(message)), ""};
    case GST_MESSAGE_QOS:
      gst_message_parse_qos_stats(message, nullptr, nullptr, &left_out);
      return {0, 0, std::to_string(left_out), ""};
    default:
      return {};
  }
  const BusError parsed{error->domain, error->code, error->message, debug ? debug : ""};
  g_clear_error(&error);
  g_free(debug);
  return parsed;
}

std::vector<BusError> Rig::messages(GstMessageType type) {
  while (GstMessage* message = gst_bus_pop(bus_)) {
    unread_.emplace_back(GST_MESSAGE_TYPE(message), parse_message(message));
    gst_message_unref(message);
  }
  std::vector<BusError> found;
  for (const auto& [kind, error] : unread_) {
    if (kind == type) found.push_back(error);
  }
  std::erase_if(unread_, [type](const auto& message) { return message.first == type; });
  return found;
}

guint64 Rig::stat(const char* name) const {
  GstStructure* stats = nullptr;
  g_object_get(element_, "stats", &stats, nullptr);
  guint64 value = G_MAXUINT64;
  gst_structure_get_uint64(stats, name, &value);
  gst_structure_free(stats);
  return value;
}

void disturb(Rig& rig, const Properties& properties) {
  std::thread feeder([&rig] {
    for (int round = 0; round < 300; ++round) {
      rig.open({.width = round % 7 ? 16 : 32});
      rig.feed(0, 12);
      if (round % 3 == 0) rig.finish();
    }
  });
  const auto properties_and_stats = [&](int round) {
    const auto& [name, value] = properties[round % properties.size()];
    gst_util_set_object_arg(G_OBJECT(rig.element()), name.c_str(), value.c_str());
    GstStructure* stats = nullptr;
    g_object_get(rig.element(), "stats", &stats, nullptr);
    gst_structure_free(stats);
  };
  for (int round = 0; round < 300; ++round) {
    properties_and_stats(round);
    rig.upstream(gst_event_new_seek(1, GST_FORMAT_TIME, GST_SEEK_FLAG_FLUSH, GST_SEEK_TYPE_SET, 0,
                                    GST_SEEK_TYPE_NONE, 0));
    rig.upstream(gst_event_new_qos(GST_QOS_TYPE_UNDERFLOW, 2.0, 200 * GST_MSECOND, round * GST_MSECOND));
    rig.flush();
    if (round % 10 == 0) {
      gst_element_set_state(rig.element(), GST_STATE_READY);
      EXPECT_EQ(gst_element_set_state(rig.element(), GST_STATE_PLAYING), GST_STATE_CHANGE_SUCCESS);
    }
  }
  feeder.join();
  gst_element_set_state(rig.element(), GST_STATE_READY);
  gst_element_set_state(rig.element(), GST_STATE_PLAYING);
  gst_pad_set_active(rig.source(), FALSE);
  gst_pad_set_active(rig.source(), TRUE);
  rig.clear();
}

std::vector<GstClockTime> times(const std::vector<Out>& frames) {
  std::vector<GstClockTime> result;
  for (const Out& frame : frames) result.push_back(frame.pts);
  return result;
}

std::vector<int> values(const std::vector<Out>& frames) {
  std::vector<int> result;
  for (const Out& frame : frames) result.push_back(frame.value);
  return result;
}

}  // namespace videoenhance::testing
