// The base's state, shared by its parts: life and properties (gstvideoenhancebase.cpp), the stream
// (gstvideoenhancebase_stream.cpp), allocation (gstvideoenhancebase_allocation.cpp), and QoS
// (gstvideoenhancebase_qos.cpp).
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "core/engine/engine.h"
#include "core/engine/module.h"
#include "core/video/lateness.h"
#include "core/video/once_a_second.h"
#include "gst/gstvideoenhancebase.h"
#include "gst/handles.h"

namespace videoenhance {

struct BaseSettings {
  std::optional<std::string> model_location;
  std::string device = "auto";
  Precision precision = Precision::kAuto;
  guint threads = 0;
  guint64 memory_limit = 0;
  LatePolicy late_policy = LatePolicy::kNeverDrop;
};

struct FrameCounts {
  guint64 in = 0;
  guint64 out = 0;
  guint64 generated = 0;
  guint64 held = 0;
  guint64 skipped = 0;
};

// A serialized event that waits for the frames before it.
struct QueuedEvent {
  EventPtr event;
  guint64 after = 0;  // frames that had come in before
};

struct BaseState {
  // Under the object's lock: read or written by more than one thread.
  BaseSettings settings;
  bool started = false;  // between start() and stop(): what only READY may change is in use
  EngineReport report;
  FrameCounts counts;
  GstClockTime latency = 0;
  Lateness lateness;

  // Engine: state changes and the streaming thread, under the sink pad's stream lock. There is none before
  // start() and after stop(), though a pad lets events and frames in a little earlier and later.
  const EngineModule* module = nullptr;
  std::unique_ptr<TemporalEngine> engine;
  std::string model_path;
  std::optional<StreamFormat> configured;

  // Stream: the streaming thread.
  GstSegment segment;
  CapsPtr in_caps;
  CapsPtr out_caps;
  // Caps whose error is posted already: sticky events come again and again.
  CapsPtr refused_in_caps;
  CapsPtr refused_out_caps;
  // Downstream's answer to the ALLOCATION query.
  bool layouts_pass = false;
  guint downstream_min = 0;
  guint64 frames_taken = 0;
  std::deque<QueuedEvent> queued_events;
  bool discont_pending = false;
  guint64 next_offset = 0;
  OnceASecond qos_messages;

  BaseState() { gst_segment_init(&segment, GST_FORMAT_UNDEFINED); }
};

BaseState& base_state(GstVideoEnhanceBase* base);
GstDebugCategory* log_of(GstVideoEnhanceBase* base);
GstBaseTransformClass* base_parent_class();

// Everything that has to do with one stream is as after creation; engine, settings and counts stay.
void reset_stream(GstVideoEnhanceBase* base);

// Reads the engine's report for other threads, and posts its notice where that is a new one.
void refresh_report(GstVideoEnhanceBase* base);

// Fill in the virtual methods of the stream half, of allocation and of QoS.
void install_stream_methods(GstVideoEnhanceBaseClass* klass);
void install_qos_methods(GstVideoEnhanceBaseClass* klass);
void install_allocation_methods(GstVideoEnhanceBaseClass* klass);

}  // namespace videoenhance
