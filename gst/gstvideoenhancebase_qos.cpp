// The QoS part of the base: what downstream says about lateness, and what is left out for it.
#include "gst/gstvideoenhancebase.h"
#include "gst/gstvideoenhancebase_private.h"

using namespace videoenhance;

GstClockTime gst_video_enhance_base_running_time(GstVideoEnhanceBase* base, GstClockTime pts) {
  return gst_segment_to_running_time(&base_state(base).segment, GST_FORMAT_TIME, pts);
}

GstClockTime gst_video_enhance_base_stream_time(GstVideoEnhanceBase* base, GstClockTime pts) {
  return gst_segment_to_stream_time(&base_state(base).segment, GST_FORMAT_TIME, pts);
}

LatePolicy gst_video_enhance_base_late_policy(GstVideoEnhanceBase* base, GstClockTime pts) {
  const GstClockTime time = gst_video_enhance_base_running_time(base, pts);
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
  GstMessage* message =
      gst_message_new_qos(GST_OBJECT(base), FALSE, gst_video_enhance_base_running_time(base, pts),
                          gst_video_enhance_base_stream_time(base, pts), pts, duration);
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
