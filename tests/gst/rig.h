// An element of ours between two pads of ours: frames and events go in one by one, and everything that leaves
// is recorded in order. (GstHarness keeps frames and events in two queues and so cannot tell which came
// first.)
#pragma once

#include <gst/video/video.h>

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gst/handles.h"
#include "tests/fakes/fake_engine.h"

namespace videoenhance::testing {

struct Out {
  GstClockTime pts = 0;
  GstClockTime duration = 0;
  guint64 offset = 0;
  bool discont = false;
  int value = -1;  // of the first pixel's first component
  int width = 0;
  int height = 0;
  GstBuffer* buffer = nullptr;  // owned by the rig
};

// One thing that left: a frame or an event.
struct Item {
  std::string name;  // "frame", or the event's type
  std::optional<Out> frame;
  GstEvent* event = nullptr;  // owned by the rig
};

struct BusError {
  GQuark domain;
  gint code;
  std::string message;
  std::string debug;
};

using Properties = std::vector<std::pair<std::string, std::string>>;

// Path of a new fake model with these lines beside "model=fake". Lives as long as the test program.
std::string model_file(const std::string& lines = "");

// What the fake module counts.
FakeEngineCounts fake_counts();
const EngineOptions& fake_last_options();

GstElement* make_element(const char* name, const Properties& properties);

struct CapsFields {
  std::string format = "RGB";
  int width = 16;
  int height = 16;
  std::string rate = "25/1";
  std::string extra = "";
};
CapsPtr caps_of(const CapsFields& fields = {});

// What is logged in category `name` while this lives, as "FILE: text".
class LogOf {
 public:
  explicit LogOf(const std::string& name);
  ~LogOf();
  LogOf(const LogOf&) = delete;
  LogOf& operator=(const LogOf&) = delete;
  std::string text() const { return text_; }

 private:
  static void write(GstDebugCategory* category, GstDebugLevel level, const gchar* file, const gchar* function,
                    gint line, GObject* object, GstDebugMessage* message, gpointer self);
  std::string name_;
  std::string text_;
};

// A downstream answer to the ALLOCATION query: no pool, but the layout of frames is read off their meta.
bool takes_layouts(GstQuery* query);

class Rig {
 public:
  // Goes to `state`; a model that works is chosen unless a property names another. Its frames being flat, a
  // frameinterpolate looks for no cuts unless a property says so.
  explicit Rig(const Properties& properties = {}, GstState state = GST_STATE_PLAYING,
               const char* element = "frameinterpolate");
  ~Rig();
  Rig(const Rig&) = delete;
  Rig& operator=(const Rig&) = delete;

  GstElement* element() const { return element_; }
  GstPad* source() const { return source_; }
  GstPad* sink() const { return sink_; }
  bool started() const { return started_; }

  // STREAM_START, CAPS and a TIME segment from 0.
  Rig& open(const CapsFields& fields = {});
  bool event(GstEvent* event) { return gst_pad_push_event(source_, event); }
  bool upstream(GstEvent* event) { return gst_pad_push_event(sink_, event); }
  void set_caps(const CapsFields& fields);
  void flush();
  void segment(GstClockTime base = 0, double rate = 1.0, GstFormat format = GST_FORMAT_TIME);

  // A frame of the current caps, all bytes `value`, at `pts` for `duration`; `decorate` may change it.
  BufferPtr frame(int value, GstClockTime pts, GstClockTime duration = 40 * GST_MSECOND) const;
  GstFlowReturn push(BufferPtr frame) { return gst_pad_push(source_, frame.release()); }
  GstFlowReturn push(int value, GstClockTime pts, GstClockTime duration = 40 * GST_MSECOND) {
    return push(frame(value, pts, duration));
  }
  // Frames number `from` up to `to` at 25 per second, with the values 10 * number.
  GstFlowReturn feed(int from, int to);
  void finish() { event(gst_event_new_eos()); }

  // What downstream does.
  void accept(const std::string& caps);  // and says so
  GstFlowReturn flow_out = GST_FLOW_OK;
  std::function<bool(GstQuery*)> allocation;
  std::function<void(const Out&)> on_frame;  // called for each, while the element pushes it
  // Upstream's latency.
  bool live = false;
  GstClockTime latency_min = 0;
  GstClockTime latency_max = GST_CLOCK_TIME_NONE;

  const std::vector<Item>& items() const { return items_; }
  std::vector<Out> frames() const;
  // Names of all items, runs of frames as a count: "stream-start caps segment 4 eos".
  std::string order() const;
  void clear();
  std::vector<std::string> upstream_events;

  // Messages since the last call.
  std::vector<BusError> errors() { return messages(GST_MESSAGE_ERROR); }
  std::vector<BusError> warnings() { return messages(GST_MESSAGE_WARNING); }
  std::size_t latency_messages() { return messages(GST_MESSAGE_LATENCY).size(); }
  // `message` is the structure's name, or how many frames were left out.
  std::vector<BusError> element_messages() { return messages(GST_MESSAGE_ELEMENT); }
  std::vector<BusError> qos_messages() { return messages(GST_MESSAGE_QOS); }

  // A field of the property `stats`.
  guint64 stat(const char* name) const;

 private:
  static GstFlowReturn chain(GstPad* pad, GstObject*, GstBuffer* buffer);
  static gboolean arrived(GstPad* pad, GstObject*, GstEvent* event);
  static gboolean went_up(GstPad* pad, GstObject*, GstEvent* event);
  static gboolean asked_downstream(GstPad* pad, GstObject* parent, GstQuery* query);
  static gboolean asked_upstream(GstPad* pad, GstObject* parent, GstQuery* query);
  void link(const char* name, GstPad* pad);
  std::vector<BusError> messages(GstMessageType type);

  GstElement* element_;
  GstPad* source_;
  GstPad* sink_;
  GstBus* bus_;
  bool started_ = false;
  CapsPtr accepts_;
  GstVideoInfo info_;
  GstVideoInfo out_info_;
  std::mutex mutex_;  // of what the callbacks record: a flush comes from another thread than frames
  std::vector<Item> items_;
  std::vector<std::pair<GstMessageType, BusError>> unread_;
};

// The same around a flashvsr.
class UpscaleRig : public Rig {
 public:
  explicit UpscaleRig(const Properties& properties = {}, GstState state = GST_STATE_PLAYING)
      : Rig(properties, state, "flashvsr") {}
};

// Lets frames flow while another thread flushes, seeks, sets `properties`, reads statistics, and goes to
// READY and back; at last the element is as new.
void disturb(Rig& rig, const Properties& properties);

// PTS of frames.
std::vector<GstClockTime> times(const std::vector<Out>& frames);
std::vector<int> values(const std::vector<Out>& frames);

}  // namespace videoenhance::testing
