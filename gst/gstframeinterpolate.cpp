/**
 * SECTION:element-frameinterpolate
 * @title: frameinterpolate
 * @short_description: Neural frame-rate conversion
 *
 * A videorate that draws the frames in between with a neural network (RIFE 4.x, FILM, TLBVFI, or a
 * TorchScript module). The output rate is the one that downstream asks for, else
 * #GstFrameInterpolate:multiplier times the input's. Source frames go out as the same memory; a stream keeps
 * its duration, its last frame being held. Nothing is drawn across a cut, see
 * #GstFrameInterpolate:scene-change. The element adds a delay of one source frame.
 *
 * ## Example launch lines
 *
 * |[
 * gst-launch-1.0 filesrc location=clip.mp4 ! decodebin ! frameinterpolate ! videoconvert ! autovideosink
 * gst-launch-1.0 videotestsrc ! video/x-raw,framerate=24/1 ! frameinterpolate ! \
 *     video/x-raw,framerate=60/1 ! autovideosink
 * ]|
 *
 * Since: 0.1
 */
#include "gst/gstframeinterpolate.h"

#include <memory>

#include "core/engine/model_path.h"
#include "gst/gstframeinterpolate_private.h"
#include "gst/ratecaps.h"

GST_DEBUG_CATEGORY(gst_frame_interpolate_debug);
#define GST_CAT_DEFAULT gst_frame_interpolate_debug

using namespace videoenhance;

struct _GstFrameInterpolate {
  GstVideoEnhanceBase parent;
};

typedef struct {
  InterpolateState state;
} GstFrameInterpolatePrivate;

G_DEFINE_TYPE_WITH_PRIVATE(GstFrameInterpolate, gst_frame_interpolate, GST_TYPE_VIDEO_ENHANCE_BASE)
GST_ELEMENT_REGISTER_DEFINE(frameinterpolate, "frameinterpolate", GST_RANK_NONE, GST_TYPE_FRAME_INTERPOLATE)

namespace videoenhance {

InterpolateState& interpolate_state(gpointer object) {
  return static_cast<GstFrameInterpolatePrivate*>(
             gst_frame_interpolate_get_instance_private(GST_FRAME_INTERPOLATE(object)))
      ->state;
}

}  // namespace videoenhance

static PairSettings snapshot(gpointer object) {
  const ObjectLock lock(object);
  return interpolate_state(object).settings;
}

// ---- work

static void gst_frame_interpolate_describe_engine(GstVideoEnhanceBase* base, EngineOptions& options) {
  options.model = interpolate_state(base).options;
}

static void gst_frame_interpolate_negotiated(GstVideoEnhanceBase* base, const GstVideoInfo& in,
                                             const GstVideoInfo& out) {
  interpolate_state(base).pairs.negotiated(in, out, snapshot(base));
}

static GstFlowReturn gst_frame_interpolate_handle_frame(GstVideoEnhanceBase* base, GstBuffer* frame) {
  return interpolate_state(base).pairs.handle(BufferPtr(frame), snapshot(base));
}

static GstFlowReturn gst_frame_interpolate_drain(GstVideoEnhanceBase* base) {
  return interpolate_state(base).pairs.drain();
}

static void gst_frame_interpolate_forget(GstVideoEnhanceBase* base) {
  interpolate_state(base).pairs.forget();
}

static void gst_frame_interpolate_let_memory_go(GstVideoEnhanceBase* base) {
  interpolate_state(base).pairs.let_memory_go();
}

static gboolean gst_frame_interpolate_holds_frames(GstVideoEnhanceBase* base) {
  return interpolate_state(base).pairs.holds_frames();
}

// Whether a frame repeats the one before is known when a run of repeats has ended, or is too long.
static guint gst_frame_interpolate_delay(GstVideoEnhanceBase* base) {
  const PairSettings settings = snapshot(base);
  return 1 + (settings.repeats == Repeats::kRetime ? settings.longest_run : 0);
}

static void gst_frame_interpolate_add_stats(GstVideoEnhanceBase* base, GstStructure* stats) {
  interpolate_state(base).pairs.occurrences().add_to(stats);
}

static gboolean gst_frame_interpolate_start(GstBaseTransform* trans) {
  interpolate_state(trans).pairs.occurrences().reset();
  return GST_BASE_TRANSFORM_CLASS(gst_frame_interpolate_parent_class)->start(trans);
}

// ---- events

// An element such as scenechange asks for a key frame where a scene begins. Applications do so, too, for a
// time that is still to come.
static void note_scene_mark(PairInterpolator& pairs, GstEvent* event) {
  GstClockTime running_time = GST_CLOCK_TIME_NONE;
  if (!gst_video_event_parse_downstream_force_key_unit(event, nullptr, nullptr, &running_time, nullptr,
                                                       nullptr))
    return;
  pairs.mark_scene(GST_CLOCK_TIME_IS_VALID(running_time) ? running_time : 0);
}

static gboolean gst_frame_interpolate_sink_event(GstBaseTransform* trans, GstEvent* event) {
  if (GST_EVENT_IS_SERIALIZED(event) && gst_video_event_is_force_key_unit(event))
    note_scene_mark(interpolate_state(trans).pairs, event);
  return GST_BASE_TRANSFORM_CLASS(gst_frame_interpolate_parent_class)->sink_event(trans, event);
}

// ---- caps

static GstCaps* gst_frame_interpolate_other_caps(GstVideoEnhanceBase* base, GstPadDirection direction,
                                                 GstCaps* caps) {
  const Fraction multiplier = snapshot(base).multiplier;
  const Fraction factor =
      direction == GST_PAD_SINK ? multiplier : Fraction{multiplier.denominator, multiplier.numerator};
  return with_other_rates(caps, factor);
}

static tl::expected<CapsPtr, const char*> gst_frame_interpolate_fixate_output(GstVideoEnhanceBase* base,
                                                                              GstCaps* incaps,
                                                                              GstCaps* outcaps) {
  return fixate_output_rate(incaps, outcaps, snapshot(base).multiplier);
}

// ---- class

static void gst_frame_interpolate_finalize(GObject* object) {
  std::destroy_at(&interpolate_state(object));
  G_OBJECT_CLASS(gst_frame_interpolate_parent_class)->finalize(object);
}

static void gst_frame_interpolate_class_init(GstFrameInterpolateClass* klass) {
  GST_DEBUG_CATEGORY_INIT(gst_frame_interpolate_debug, "frameinterpolate", 0, "neural frame-rate conversion");
  GObjectClass* object_class = G_OBJECT_CLASS(klass);
  object_class->finalize = gst_frame_interpolate_finalize;
  install_interpolate_properties(object_class);

  gst_element_class_set_static_metadata(
      GST_ELEMENT_CLASS(klass), "Frame interpolator", "Filter/Effect/Video",
      "Changes the frame rate and draws the frames in between with a neural network",
      "The gst-video-enhance authors");

  GstBaseTransformClass* transform_class = GST_BASE_TRANSFORM_CLASS(klass);
  transform_class->start = gst_frame_interpolate_start;
  transform_class->sink_event = gst_frame_interpolate_sink_event;

  GstVideoEnhanceBaseClass* base_class = GST_VIDEO_ENHANCE_BASE_CLASS(klass);
  base_class->log = gst_frame_interpolate_debug;
  base_class->default_model = kDefaultInterpolator;
  base_class->stats_name = "frameinterpolate-stats";
  base_class->forwards_frames = TRUE;
  base_class->describe_engine = gst_frame_interpolate_describe_engine;
  base_class->other_caps = gst_frame_interpolate_other_caps;
  base_class->fixate_output = gst_frame_interpolate_fixate_output;
  base_class->negotiated = gst_frame_interpolate_negotiated;
  base_class->handle_frame = gst_frame_interpolate_handle_frame;
  base_class->drain = gst_frame_interpolate_drain;
  base_class->forget = gst_frame_interpolate_forget;
  base_class->let_memory_go = gst_frame_interpolate_let_memory_go;
  base_class->holds_frames = gst_frame_interpolate_holds_frames;
  base_class->delay = gst_frame_interpolate_delay;
  base_class->add_stats = gst_frame_interpolate_add_stats;
}

static void gst_frame_interpolate_init(GstFrameInterpolate* self) {
  std::construct_at(&interpolate_state(self), GST_VIDEO_ENHANCE_BASE(self));
}
