// The stream half of the base: events, negotiation, latency, and pushing.
#include <string>
#include <utility>

#include "gst/errors.h"
#include "gst/gstvideoenhancebase.h"
#include "gst/gstvideoenhancebase_private.h"

using namespace videoenhance;

static GstVideoEnhanceBaseClass* class_of(GstVideoEnhanceBase* base) {
  return GST_VIDEO_ENHANCE_BASE_GET_CLASS(base);
}

static gboolean forward(GstVideoEnhanceBase* base, GstEvent* event) {
  return base_parent_class()->sink_event(GST_BASE_TRANSFORM(base), event);
}

// ---- output

GstFlowReturn gst_video_enhance_base_push(GstVideoEnhanceBase* base, GstBuffer* frame,
                                          GstVideoEnhanceOutput kind) {
  BaseState& state = base_state(base);
  if (std::exchange(state.discont_pending, false)) {
    GST_BUFFER_FLAG_SET(frame, GST_BUFFER_FLAG_DISCONT);
  } else {
    GST_BUFFER_FLAG_UNSET(frame, GST_BUFFER_FLAG_DISCONT);
  }
  GST_BUFFER_DTS(frame) = GST_CLOCK_TIME_NONE;
  if (!class_of(base)->offsets_are_the_inputs) {
    GST_BUFFER_OFFSET(frame) = state.next_offset++;
    GST_BUFFER_OFFSET_END(frame) = state.next_offset;
  }
  {
    const ObjectLock lock(base);
    ++state.counts.out;
    if (kind == GstVideoEnhanceOutput::kGenerated) ++state.counts.generated;
    if (kind == GstVideoEnhanceOutput::kHeld) ++state.counts.held;
  }
  GST_CAT_LOG_OBJECT(log_of(base), base, "push %" GST_PTR_FORMAT, frame);
  return gst_pad_push(GST_BASE_TRANSFORM_SRC_PAD(base), frame);
}

void gst_video_enhance_base_send_queued_events(GstVideoEnhanceBase* base, guint64 held) {
  BaseState& state = base_state(base);
  auto& events = state.queued_events;
  while (!events.empty() && events.front().after + held <= state.frames_taken) {
    EventPtr event = std::move(events.front().event);
    events.pop_front();
    forward(base, event.release());
  }
}

GstFlowReturn gst_video_enhance_base_break_part(GstVideoEnhanceBase* base) {
  const GstFlowReturn flow = class_of(base)->drain(base);
  gst_video_enhance_base_send_queued_events(base, 0);
  base_state(base).discont_pending = true;
  return flow;
}

TemporalEngine& gst_video_enhance_base_engine(GstVideoEnhanceBase* base) {
  return *base_state(base).engine;
}

// As GstVideoEncoder does: what a later frame still needs to know about stays on the pad, the rest is
// dropped.
static void keep_sticky_events(GstVideoEnhanceBase* base) {
  for (const QueuedEvent& queued : std::exchange(base_state(base).queued_events, {})) {
    GstEvent* event = queued.event.get();
    if (GST_EVENT_IS_STICKY(event) && GST_EVENT_TYPE(event) != GST_EVENT_SEGMENT) {
      gst_pad_store_sticky_event(GST_BASE_TRANSFORM_SRC_PAD(base), event);
    }
  }
}

static void forget_part(GstVideoEnhanceBase* base) {
  BaseState& state = base_state(base);
  class_of(base)->forget(base);
  state.engine->flush();
  gst_segment_init(&state.segment, GST_FORMAT_UNDEFINED);
  state.next_offset = 0;
  const ObjectLock lock(base);
  state.lateness.forget();
}

namespace videoenhance {

void reset_stream(GstVideoEnhanceBase* base) {
  BaseState& state = base_state(base);
  forget_part(base);
  state.queued_events.clear();
  state.in_caps.reset();
  state.out_caps.reset();
  state.refused_in_caps.reset();
  state.refused_out_caps.reset();
  state.qos_messages = {};
}

}  // namespace videoenhance

// ---- frames

static GstFlowReturn gst_video_enhance_base_generate_output(GstBaseTransform* trans, GstBuffer** outbuf) {
  auto* base = GST_VIDEO_ENHANCE_BASE(trans);
  *outbuf = nullptr;  // pushed by ourselves: order, DISCONT and counts are not the parent's
  BufferPtr frame(std::exchange(trans->queued_buf, nullptr));
  if (!frame) return GST_FLOW_OK;
  if (!base_state(base).engine) return GST_FLOW_FLUSHING;
  if (base_state(base).segment.format != GST_FORMAT_TIME) return GST_FLOW_NOT_NEGOTIATED;
  if (GST_BUFFER_IS_DISCONT(frame.get())) {
    const GstFlowReturn flow = gst_video_enhance_base_break_part(base);
    if (flow != GST_FLOW_OK) return flow;
  }
  {
    const ObjectLock lock(base);
    ++base_state(base).counts.in;
  }
  ++base_state(base).frames_taken;
  const GstFlowReturn flow = class_of(base)->handle_frame(base, frame.release());
  if (flow != GST_FLOW_OK) base_state(base).discont_pending = true;  // frames may be lost
  refresh_report(base);
  return flow;
}

// What a new frame takes from the one before it is the subclass's business.
static gboolean gst_video_enhance_base_copy_metadata(GstBaseTransform*, GstBuffer*, GstBuffer*) {
  return TRUE;
}

// Never called: generate_output() does the work. Without it GstVideoFilter believes that frames are changed
// in place.
static GstFlowReturn gst_video_enhance_base_transform_frame(GstVideoFilter*, GstVideoFrame*, GstVideoFrame*) {
  return GST_FLOW_NOT_SUPPORTED;
}

// ---- events

static gboolean queue_or_forward(GstVideoEnhanceBase* base, GstEvent* event) {
  BaseState& state = base_state(base);
  if (state.queued_events.empty() && !class_of(base)->holds_frames(base)) return forward(base, event);
  state.queued_events.push_back({EventPtr(event), state.frames_taken});
  return TRUE;
}

static gboolean handle_segment(GstVideoEnhanceBase* base, GstEvent* event) {
  GstSegment segment;
  gst_event_copy_segment(event, &segment);
  BaseState& state = base_state(base);
  const bool known = gst_segment_is_equal(&segment, &state.segment);
  if (segment.format == GST_FORMAT_TIME && known) return queue_or_forward(base, event);
  if (!known) gst_video_enhance_base_break_part(base);
  state.segment = segment;
  if (segment.format == GST_FORMAT_TIME) return forward(base, event);
  gst_event_unref(event);
  if (!known) {
    post_error(base, {ErrorKind::kFailed,
                      "The stream is not counted in time: put a parser or demuxer before this element.",
                      std::string("a segment in ") + gst_format_get_name(segment.format)});
  }
  return FALSE;
}

static gboolean gst_video_enhance_base_sink_event(GstBaseTransform* trans, GstEvent* event) {
  auto* base = GST_VIDEO_ENHANCE_BASE(trans);
  GST_CAT_DEBUG_OBJECT(log_of(base), base, "%" GST_PTR_FORMAT, event);
  if (!base_state(base).engine) return forward(base, event);  // before start() or after stop()
  switch (GST_EVENT_TYPE(event)) {
    case GST_EVENT_EOS:
    case GST_EVENT_SEGMENT_DONE:
    case GST_EVENT_GAP:
      gst_video_enhance_base_break_part(base);
      return forward(base, event);
    case GST_EVENT_STREAM_START:
      gst_video_enhance_base_break_part(base);
      base_state(base).next_offset = 0;
      return forward(base, event);
    case GST_EVENT_SEGMENT:
      return handle_segment(base, event);
    case GST_EVENT_FLUSH_STOP:
      keep_sticky_events(base);
      forget_part(base);
      return forward(base, event);
    case GST_EVENT_CAPS:  // set_info() drains, if they differ
      return forward(base, event);
    default:
      return GST_EVENT_IS_SERIALIZED(event) ? queue_or_forward(base, event) : forward(base, event);
  }
}

// ---- negotiation

static void update_latency(GstVideoEnhanceBase* base, const GstVideoInfo& in) {
  // An unknown rate counts as 25 frames per second, as elsewhere in GStreamer.
  const gint numerator = GST_VIDEO_INFO_FPS_N(&in) > 0 ? GST_VIDEO_INFO_FPS_N(&in) : 25;
  const gint denominator = GST_VIDEO_INFO_FPS_N(&in) > 0 ? GST_VIDEO_INFO_FPS_D(&in) : 1;
  const GstClockTime latency =
      gst_util_uint64_scale(class_of(base)->delay(base) * GST_SECOND, denominator, numerator);
  {
    const ObjectLock lock(base);
    if (std::exchange(base_state(base).latency, latency) == latency) return;
  }
  GST_CAT_INFO_OBJECT(log_of(base), base, "latency %" GST_TIME_FORMAT, GST_TIME_ARGS(latency));
  gst_element_post_message(GST_ELEMENT(base), gst_message_new_latency(GST_OBJECT(base)));
}

static StreamFormat stream_format(const GstVideoInfo& in, const GstVideoInfo& out) {
  return {GST_VIDEO_INFO_WIDTH(&in), GST_VIDEO_INFO_HEIGHT(&in), GST_VIDEO_INFO_WIDTH(&out),
          GST_VIDEO_INFO_HEIGHT(&out), GST_VIDEO_INFO_HAS_ALPHA(&in) && GST_VIDEO_INFO_HAS_ALPHA(&out)};
}

static Status configure_engine(GstVideoEnhanceBase* base, const StreamFormat& format) {
  BaseState& state = base_state(base);
  if (state.configured == format) return {};
  state.configured.reset();
  Status configured = state.engine->configure(format);
  if (!configured) return configured;
  state.configured = format;
  refresh_report(base);
  GST_CAT_INFO_OBJECT(log_of(base), base,
                      "%dx%d to %dx%d: weights %" G_GUINT64_FORMAT ", state %" G_GUINT64_FORMAT
                      ", work %" G_GUINT64_FORMAT " bytes",
                      format.width, format.height, format.output_width, format.output_height,
                      state.report.weight_bytes, state.report.state_bytes, state.report.work_bytes);
  return {};
}

static bool caps_are(const CapsPtr& known, GstCaps* caps) {
  return known && gst_caps_is_equal(known.get(), caps);
}

static GstCaps* gst_video_enhance_base_transform_caps(GstBaseTransform* trans, GstPadDirection direction,
                                                      GstCaps* caps, GstCaps* filter) {
  auto* base = GST_VIDEO_ENHANCE_BASE(trans);
  CapsPtr result(class_of(base)->other_caps(base, direction, caps));
  return filter ? gst_caps_intersect_full(filter, result.get(), GST_CAPS_INTERSECT_FIRST) : result.release();
}

// Once for the same input, whose sticky event comes again and again.
static void refuse_input(GstVideoEnhanceBase* base, GstCaps* incaps, const char* message) {
  BaseState& state = base_state(base);
  if (caps_are(state.refused_in_caps, incaps) && !state.refused_out_caps) return;
  state.refused_in_caps.reset(gst_caps_ref(incaps));
  state.refused_out_caps.reset();
  gchar* words = gst_caps_to_string(incaps);
  post_not_negotiated(base, message, words);
  g_free(words);
}

static GstCaps* gst_video_enhance_base_fixate_caps(GstBaseTransform* trans, GstPadDirection direction,
                                                   GstCaps* caps, GstCaps* othercaps) {
  if (direction != GST_PAD_SINK) return base_parent_class()->fixate_caps(trans, direction, caps, othercaps);
  auto* base = GST_VIDEO_ENHANCE_BASE(trans);
  auto fixed = class_of(base)->fixate_output(base, caps, othercaps);
  if (fixed) return fixed->release();
  refuse_input(base, caps, fixed.error());
  return gst_caps_new_empty();
}

static gboolean gst_video_enhance_base_set_info(GstVideoFilter* filter, GstCaps* incaps, GstVideoInfo* in,
                                                GstCaps* outcaps, GstVideoInfo* out) {
  auto* base = GST_VIDEO_ENHANCE_BASE(filter);
  BaseState& state = base_state(base);
  if (!state.engine) return FALSE;
  if (caps_are(state.in_caps, incaps) && caps_are(state.out_caps, outcaps)) return TRUE;
  if (caps_are(state.refused_in_caps, incaps) && caps_are(state.refused_out_caps, outcaps)) return FALSE;
  // The old caps, pool and infos are still in force: what is held leaves before the new CAPS event.
  class_of(base)->drain(base);
  gst_video_enhance_base_send_queued_events(base, 0);
  state.in_caps.reset();
  state.out_caps.reset();
  if (const Status configured = configure_engine(base, stream_format(*in, *out)); !configured) {
    state.refused_in_caps.reset(gst_caps_ref(incaps));
    state.refused_out_caps.reset(gst_caps_ref(outcaps));
    post_error(base, configured.error());
    return FALSE;
  }
  class_of(base)->negotiated(base, *in, *out);
  state.in_caps.reset(gst_caps_ref(incaps));
  state.out_caps.reset(gst_caps_ref(outcaps));
  state.refused_in_caps.reset();
  state.refused_out_caps.reset();
  update_latency(base, *in);
  return TRUE;
}

static gboolean add_own_latency(GstVideoEnhanceBase* base, GstQuery* query) {
  gboolean live = FALSE;
  GstClockTime least = 0, most = 0;
  gst_query_parse_latency(query, &live, &least, &most);
  GstClockTime own = 0;
  {
    const ObjectLock lock(base);
    own = base_state(base).latency;
  }
  gst_query_set_latency(query, live, least + own, GST_CLOCK_TIME_IS_VALID(most) ? most + own : most);
  return TRUE;
}

static gboolean gst_video_enhance_base_query(GstBaseTransform* trans, GstPadDirection direction,
                                             GstQuery* query) {
  auto* base = GST_VIDEO_ENHANCE_BASE(trans);
  if (GST_QUERY_TYPE(query) == GST_QUERY_DRAIN && class_of(base)->let_memory_go) {
    class_of(base)->let_memory_go(base);
  }
  if (!base_parent_class()->query(trans, direction, query)) return FALSE;
  if (direction != GST_PAD_SRC || GST_QUERY_TYPE(query) != GST_QUERY_LATENCY) return TRUE;
  return add_own_latency(base, query);
}

namespace videoenhance {

void install_stream_methods(GstVideoEnhanceBaseClass* klass) {
  GstBaseTransformClass* transform_class = GST_BASE_TRANSFORM_CLASS(klass);
  transform_class->generate_output = gst_video_enhance_base_generate_output;
  transform_class->copy_metadata = gst_video_enhance_base_copy_metadata;
  transform_class->transform_caps = gst_video_enhance_base_transform_caps;
  transform_class->fixate_caps = gst_video_enhance_base_fixate_caps;
  transform_class->sink_event = gst_video_enhance_base_sink_event;
  transform_class->query = gst_video_enhance_base_query;
  transform_class->passthrough_on_same_caps = FALSE;
  GstVideoFilterClass* filter_class = GST_VIDEO_FILTER_CLASS(klass);
  filter_class->set_info = gst_video_enhance_base_set_info;
  filter_class->transform_frame = gst_video_enhance_base_transform_frame;
}

}  // namespace videoenhance
