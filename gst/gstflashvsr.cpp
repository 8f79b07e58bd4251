/**
 * SECTION:element-flashvsr
 * @title: flashvsr
 * @short_description: Neural video super-resolution
 *
 * A videoscale that draws the detail of the larger picture with a neural network (FlashVSR v1 and v1.1),
 * which looks at the frames before and after. The output size is the one that downstream asks for, else
 * #GstFlashVsr:scale times the input's. Each frame that comes in goes out once, with its own timestamp,
 * duration and metas. The element adds a delay of 11 frames, see #GstFlashVsr:start.
 *
 * ## Example launch lines
 *
 * |[
 * gst-launch-1.0 filesrc location=clip.mp4 ! decodebin ! videoconvert ! \
 *     flashvsr scale=2 ! videoconvert ! autovideosink
 * gst-launch-1.0 filesrc location=clip.mp4 ! decodebin ! videoconvert ! \
 *     flashvsr model-location=FlashVSR-v1.1 ! video/x-raw,width=1920,height=1080,format=I420_10LE ! \
 *     x265enc ! matroskamux ! filesink location=large.mkv
 * ]|
 *
 * Since: 0.1
 */
#include "gst/gstflashvsr.h"

#include <gst/video/navigation.h>

#include <algorithm>
#include <memory>

#include "core/engine/model_path.h"
#include "gst/gstflashvsr_private.h"
#include "gst/scalecaps.h"

GST_DEBUG_CATEGORY(gst_flash_vsr_debug);
#define GST_CAT_DEFAULT gst_flash_vsr_debug

using namespace videoenhance;

struct _GstFlashVsr {
  GstVideoEnhanceBase parent;
};

typedef struct {
  UpscaleState state;
} GstFlashVsrPrivate;

G_DEFINE_TYPE_WITH_PRIVATE(GstFlashVsr, gst_flash_vsr, GST_TYPE_VIDEO_ENHANCE_BASE)
GST_ELEMENT_REGISTER_DEFINE(flashvsr, "flashvsr", GST_RANK_NONE, GST_TYPE_FLASH_VSR)

namespace videoenhance {

UpscaleState& upscale_state(gpointer object) {
  return static_cast<GstFlashVsrPrivate*>(gst_flash_vsr_get_instance_private(GST_FLASH_VSR(object)))->state;
}

}  // namespace videoenhance

static double current_scale(gpointer object) {
  const ObjectLock lock(object);
  return upscale_state(object).scale;
}

// Less attention where the frame that goes out next, at `pts`, would be late and quality may be given up.
static FlashVsrKnobs current_knobs(GstVideoEnhanceBase* base, GstClockTime pts) {
  const LatePolicy policy = gst_video_enhance_base_late_policy(base, pts);
  const ObjectLock lock(base);
  FlashVsrKnobs knobs = upscale_state(base).options.knobs;
  if (policy == LatePolicy::kDegrade)
    knobs.sparse_ratio = std::max(kLeastSparseRatio, knobs.sparse_ratio / 2);
  return knobs;
}

// ---- work

static void gst_flash_vsr_describe_engine(GstVideoEnhanceBase* base, EngineOptions& options) {
  options.model = upscale_state(base).options;
}

static void gst_flash_vsr_negotiated(GstVideoEnhanceBase* base, const GstVideoInfo& in,
                                     const GstVideoInfo& out) {
  upscale_state(base).frames.negotiated(in, out);
}

static GstFlowReturn gst_flash_vsr_handle_frame(GstVideoEnhanceBase* base, GstBuffer* frame) {
  FrameUpscaler& frames = upscale_state(base).frames;
  return frames.handle(BufferPtr(frame), current_knobs(base, frames.next_out(frame)));
}

static GstFlowReturn gst_flash_vsr_drain(GstVideoEnhanceBase* base) {
  return upscale_state(base).frames.drain();
}

static void gst_flash_vsr_forget(GstVideoEnhanceBase* base) {
  upscale_state(base).frames.forget();
}

static gboolean gst_flash_vsr_holds_frames(GstVideoEnhanceBase* base) {
  return upscale_state(base).frames.holds_frames();
}

static guint gst_flash_vsr_delay(GstVideoEnhanceBase* base) {
  return gst_video_enhance_base_engine(base).delay();
}

// ---- caps

static GstCaps* gst_flash_vsr_other_caps(GstVideoEnhanceBase* base, GstPadDirection direction,
                                         GstCaps* caps) {
  const double scale = current_scale(base);
  return with_other_sizes(caps, direction == GST_PAD_SINK ? scale : 1 / scale);
}

static tl::expected<CapsPtr, const char*> gst_flash_vsr_fixate_output(GstVideoEnhanceBase* base,
                                                                      GstCaps* incaps, GstCaps* outcaps) {
  return fixate_output_size(incaps, outcaps, current_scale(base));
}

// ---- events

// A pointer's place in the picture that upstream knows.
static GstEvent* with_input_coordinates(GstBaseTransform* trans, GstEvent* event) {
  const auto* filter = GST_VIDEO_FILTER(trans);
  gdouble x = 0, y = 0;
  if (!filter->negotiated || !gst_navigation_event_get_coordinates(event, &x, &y)) return event;
  event = gst_event_make_writable(event);
  gst_navigation_event_set_coordinates(event, x * filter->in_info.width / filter->out_info.width,
                                       y * filter->in_info.height / filter->out_info.height);
  return event;
}

static gboolean gst_flash_vsr_src_event(GstBaseTransform* trans, GstEvent* event) {
  if (GST_EVENT_TYPE(event) == GST_EVENT_NAVIGATION) event = with_input_coordinates(trans, event);
  return GST_BASE_TRANSFORM_CLASS(gst_flash_vsr_parent_class)->src_event(trans, event);
}

// ---- class

static void gst_flash_vsr_finalize(GObject* object) {
  std::destroy_at(&upscale_state(object));
  G_OBJECT_CLASS(gst_flash_vsr_parent_class)->finalize(object);
}

static void gst_flash_vsr_class_init(GstFlashVsrClass* klass) {
  GST_DEBUG_CATEGORY_INIT(gst_flash_vsr_debug, "flashvsr", 0, "neural video super-resolution");
  GObjectClass* object_class = G_OBJECT_CLASS(klass);
  object_class->finalize = gst_flash_vsr_finalize;
  install_upscale_properties(object_class);

  gst_element_class_set_static_metadata(
      GST_ELEMENT_CLASS(klass), "Video super-resolution", "Filter/Converter/Video/Scaler",
      "Enlarges video and draws its detail with a neural network", "The gst-video-enhance authors");

  GstBaseTransformClass* transform_class = GST_BASE_TRANSFORM_CLASS(klass);
  transform_class->src_event = gst_flash_vsr_src_event;

  GstVideoEnhanceBaseClass* base_class = GST_VIDEO_ENHANCE_BASE_CLASS(klass);
  base_class->log = gst_flash_vsr_debug;
  base_class->default_model = kDefaultUpscaler;
  base_class->stats_name = "flashvsr-stats";
  base_class->offsets_are_the_inputs = TRUE;
  base_class->describe_engine = gst_flash_vsr_describe_engine;
  base_class->other_caps = gst_flash_vsr_other_caps;
  base_class->fixate_output = gst_flash_vsr_fixate_output;
  base_class->negotiated = gst_flash_vsr_negotiated;
  base_class->handle_frame = gst_flash_vsr_handle_frame;
  base_class->drain = gst_flash_vsr_drain;
  base_class->forget = gst_flash_vsr_forget;
  base_class->holds_frames = gst_flash_vsr_holds_frames;
  base_class->delay = gst_flash_vsr_delay;
}

static void gst_flash_vsr_init(GstFlashVsr* self) {
  std::construct_at(&upscale_state(self), GST_VIDEO_ENHANCE_BASE(self));
}
