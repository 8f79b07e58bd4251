// The abstract element below flashvsr and frameinterpolate: everything that a video filter with N frames in,
// M frames out and a delay must do in GStreamer. A subclass says which engine it wants and what it does with
// a frame.
//
// All output goes through gst_video_enhance_base_push(), in order; a frame that does not go out at once is
// "held". An unbroken run of frames is a part of the stream. A part ends at EOS, SEGMENT_DONE, STREAM_START,
// another SEGMENT, GAP, a frame with DISCONT, and new caps: then drain() delivers what is held, in the caps
// and segment still in force.
#pragma once

#include <gst/video/gstvideofilter.h>
#include <gst/video/video.h>

#include <tl/expected.hpp>

#include "core/engine/engine.h"
#include "gst/handles.h"

#define GST_TYPE_VIDEO_ENHANCE_BASE (gst_video_enhance_base_get_type())
G_DECLARE_DERIVABLE_TYPE(GstVideoEnhanceBase, gst_video_enhance_base, GST, VIDEO_ENHANCE_BASE, GstVideoFilter)

#define GST_TYPE_VIDEO_ENHANCE_PRECISION (gst_video_enhance_precision_get_type())
GType gst_video_enhance_precision_get_type();

#define GST_TYPE_VIDEO_ENHANCE_LATE_POLICY (gst_video_enhance_late_policy_get_type())
GType gst_video_enhance_late_policy_get_type();

namespace videoenhance {

// What may be given up when downstream reports lateness.
enum class LatePolicy { kNeverDrop, kSkipGenerated, kDegrade };

}  // namespace videoenhance

// All but describe_engine() and add_stats() are called in the streaming thread, with no lock held.
struct _GstVideoEnhanceBaseClass {
  GstVideoFilterClass parent_class;

  GstDebugCategory* log;            // category of the element, in which the base logs too
  const char* default_model;        // looked for while model-location is NULL
  const char* stats_name;           // of the structure in the property `stats`
  gboolean forwards_frames;         // the input's memory goes out again, and is held for the delay
  gboolean offsets_are_the_inputs;  // OFFSET of an output frame is the subclass's; else its running number

  // Adds the subclass's own part of what is needed to load a model. Called with the object locked.
  void (*describe_engine)(GstVideoEnhanceBase* base, videoenhance::EngineOptions& options);

  // What the other pad can have while the one in `direction` has `caps`. Transfer full, not filtered.
  GstCaps* (*other_caps)(GstVideoEnhanceBase* base, GstPadDirection direction, GstCaps* caps);

  // Fixes `outcaps` (taken over) for the fixed `incaps`, or says to the user why it cannot.
  tl::expected<videoenhance::CapsPtr, const char*> (*fixate_output)(GstVideoEnhanceBase* base,
                                                                    GstCaps* incaps, GstCaps* outcaps);

  // New caps, for which the engine is configured already. Nothing is held.
  void (*negotiated)(GstVideoEnhanceBase* base, const GstVideoInfo& in, const GstVideoInfo& out);

  // The next frame (transfer full), within the current part. Posts its own errors.
  GstFlowReturn (*handle_frame)(GstVideoEnhanceBase* base, GstBuffer* frame);

  // Pushes what is held; the next frame begins another part. Posts its own errors.
  GstFlowReturn (*drain)(GstVideoEnhanceBase* base);

  // Drops what is held; the engine's history goes by itself.
  void (*forget)(GstVideoEnhanceBase* base);

  // Upstream wants its memory back: copies what is held of it. Null where none is.
  void (*let_memory_go)(GstVideoEnhanceBase* base);

  gboolean (*holds_frames)(GstVideoEnhanceBase* base);

  // Adds what the subclass counts. Called with the object locked. Null where that is nothing.
  void (*add_stats)(GstVideoEnhanceBase* base, GstStructure* stats);

  // Input frames that the newest output lies behind the newest input.
  guint (*delay)(GstVideoEnhanceBase* base);
};

// What an output frame is, for the statistics.
enum class GstVideoEnhanceOutput { kSource, kHeld, kGenerated };

// Pushes a writable frame (transfer full) with OFFSET and DISCONT flag. Anything but OK ends a batch: the
// caller pushes no more.
GstFlowReturn gst_video_enhance_base_push(GstVideoEnhanceBase* base, GstBuffer* frame,
                                          GstVideoEnhanceOutput kind);

// Of a frame at `pts` in the segment in force; GST_CLOCK_TIME_NONE outside of it.
GstClockTime gst_video_enhance_base_running_time(GstVideoEnhanceBase* base, GstClockTime pts);
GstClockTime gst_video_enhance_base_stream_time(GstVideoEnhanceBase* base, GstClockTime pts);

// What may be given up for a frame to be shown at `pts`: kNeverDrop as long as downstream is content.
videoenhance::LatePolicy gst_video_enhance_base_late_policy(GstVideoEnhanceBase* base, GstClockTime pts);

// A frame that was due to be made is left out, because it would be late.
void gst_video_enhance_base_skip(GstVideoEnhanceBase* base, GstClockTime pts, GstClockTime duration);

// A new frame from downstream's pool, without times and metas of `like`.
GstFlowReturn gst_video_enhance_base_new_frame(GstVideoEnhanceBase* base, GstBuffer* like, GstBuffer** frame);

// Whether downstream reads the layout of a frame off its GstVideoMeta; else caps are all that it goes by.
gboolean gst_video_enhance_base_layouts_pass(GstVideoEnhanceBase* base);

// Sends the events that came in before the newest `held` frames: called whenever a frame has gone out, with
// the number of frames that are still to go.
void gst_video_enhance_base_send_queued_events(GstVideoEnhanceBase* base, guint64 held);

// Ends the part: drain(), and DISCONT on the next frame.
GstFlowReturn gst_video_enhance_base_break_part(GstVideoEnhanceBase* base);

// The loaded engine; exists from start() to stop().
videoenhance::TemporalEngine& gst_video_enhance_base_engine(GstVideoEnhanceBase* base);

// Whether a property may change now. If not, says so in the log and on the bus. Called with no lock held.
gboolean gst_video_enhance_base_may_change(GstVideoEnhanceBase* base, const GParamSpec* property);
