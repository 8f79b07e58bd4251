// The QoS part of the base: what downstream says about lateness, and what is left out for it.
#include "gst/gstvideoenhancebase.h"
#include "gst/gstvideoenhancebase_private.h"

using namespace videoenhance;

LatePolicy gst_video_enhance_base_late_policy(GstVideoEnhanceBase* base, GstClockTime pts) {
  const GstSegment* segment = &base_state(base).segment;
  const guint64 time = gst_segment_to_running_time(segment, GST_FORMAT_TIME, pts);
  const ObjectLock lock(base);
  const BaseState& state = base_state(base);
  const bool late = GST_CLOCK_TIME_IS_VALID(time) && state.lateness.is_late(time);
  return late ? state.settings.late_policy : LatePolicy::kNeverDrop;
}

// The message counts all frames left out so far, so that those in between need none of their own.
void gst_video_enhance_base_skip(GstVideoEnhanceBase* base, GstClockTime pts, GstClockTime duration) {
  BaseState& state = base_state(base);
  FrameCounts counts;
  {
    const ObjectLock lock(base);
    ++state.counts.skipped;
    counts = state.counts;
  }
  GST_CAT_LOG_OBJECT(log_of(base), base, "skip the frame at %" GST_TIME_FORMAT, GST_TIME_ARGS(pts));
  if (!state.qos_messages.due(gst_util_get_timestamp())) return;
  const GstSegment* segment = &state.segment;
  GstMessage* message = gst_message_new_qos(
      GST_OBJECT(base), FALSE, gst_segment_to_running_time(segment, GST_FORMAT_TIME, pts),
      gst_segment_to_stream_time(segment, GST_FORMAT_TIME, pts), pts, duration);
  gst_message_set_qos_stats(message, GST_FORMAT_BUFFERS, counts.out, counts.skipped);
  gst_element_post_message(GST_ELEMENT(base), message);
}

static void note_lateness(GstVideoEnhanceBase* base, GstEvent* event) {
  GstQOSType type;
  GstClockTimeDiff late_by = 0;
  GstClockTime time = GST_CLOCK_TIME_NONE;
  gst_event_parse_qos(event, &type, nullptr, &late_by, &time);
  if (type == GST_QOS_TYPE_THROTTLE || !GST_CLOCK_TIME_IS_VALID(time)) return;
  const ObjectLock lock(base);
  base_state(base).lateness.report(time, late_by);
}

static gboolean gst_video_enhance_base_src_event(GstBaseTransform* trans, GstEvent* event) {
  auto* base = GST_VIDEO_ENHANCE_BASE(trans);
  if (GST_EVENT_TYPE(event) == GST_EVENT_QOS) note_lateness(base, event);
  return base_parent_class()->src_event(trans, event);
}

namespace videoenhance {

void install_qos_methods(GstVideoEnhanceBaseClass* klass) {
  GST_BASE_TRANSFORM_CLASS(klass)->src_event = gst_video_enhance_base_src_event;
}

}  // namespace videoenhance
