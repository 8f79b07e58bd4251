/**
 * SECTION:element-frameinterpolate
 * @title: frameinterpolate
 * @short_description: Neural frame-rate conversion
 *
 * A videorate that draws the frames in between with a neural network (RIFE 4.x). The output rate is the one
 * that downstream asks for, else #GstFrameInterpolate:multiplier times the input's. Source frames go out as
 * the same memory; a stream keeps its duration, its last frame being held. The element adds a delay of one
 * source frame.
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

#include "gst/pairinterpolator.h"
#include "gst/ratecaps.h"

GST_DEBUG_CATEGORY(gst_frame_interpolate_debug);
#define GST_CAT_DEFAULT gst_frame_interpolate_debug

using namespace videoenhance;

struct _GstFrameInterpolate {
  GstVideoEnhanceBase parent;
};

typedef struct InterpolateState {
  // Under the object's lock.
  InterpolationOptions options;
  PairInterpolator::Settings settings;

  PairInterpolator pairs;

  explicit InterpolateState(GstVideoEnhanceBase* base) : pairs(base) {}
} GstFrameInterpolatePrivate;

G_DEFINE_TYPE_WITH_PRIVATE(GstFrameInterpolate, gst_frame_interpolate, GST_TYPE_VIDEO_ENHANCE_BASE)
GST_ELEMENT_REGISTER_DEFINE(frameinterpolate, "frameinterpolate", GST_RANK_NONE, GST_TYPE_FRAME_INTERPOLATE)

enum {
  PROP_0,
  PROP_MULTIPLIER,
  PROP_FLOW_SCALE,
  PROP_ENSEMBLE,
  PROP_SNAP,
  PROP_CLEAR_CACHE_AFTER_N_PAIRS,
};

static InterpolateState& state_of(gpointer object) {
  return *static_cast<InterpolateState*>(
      gst_frame_interpolate_get_instance_private(GST_FRAME_INTERPOLATE(object)));
}

static PairInterpolator::Settings snapshot(gpointer object) {
  const ObjectLock lock(object);
  return state_of(object).settings;
}

// ---- work

static void gst_frame_interpolate_describe_engine(GstVideoEnhanceBase* base, EngineOptions& options) {
  options.model = state_of(base).options;
}

static Status gst_frame_interpolate_negotiated(GstVideoEnhanceBase* base, const GstVideoInfo& in,
                                               const GstVideoInfo& out) {
  return state_of(base).pairs.negotiated(in, out, snapshot(base));
}

static GstFlowReturn gst_frame_interpolate_handle_frame(GstVideoEnhanceBase* base, GstBuffer* frame) {
  return state_of(base).pairs.handle(BufferPtr(frame), snapshot(base));
}

static GstFlowReturn gst_frame_interpolate_drain(GstVideoEnhanceBase* base) {
  return state_of(base).pairs.drain();
}

static void gst_frame_interpolate_forget(GstVideoEnhanceBase* base) {
  state_of(base).pairs.forget();
}

static void gst_frame_interpolate_let_memory_go(GstVideoEnhanceBase* base) {
  state_of(base).pairs.let_memory_go();
}

static gboolean gst_frame_interpolate_holds_frames(GstVideoEnhanceBase* base) {
  return state_of(base).pairs.holds_frames();
}

static guint gst_frame_interpolate_delay(GstVideoEnhanceBase*) {
  return 1;
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

// ---- properties

static void set_multiplier(GObject* object, Fraction multiplier) {
  {
    const ObjectLock lock(object);
    Fraction& current = state_of(object).settings.multiplier;
    if (current == multiplier) return;
    current = multiplier;
  }
  gst_base_transform_reconfigure_src(GST_BASE_TRANSFORM(object));
}

static void gst_frame_interpolate_set_property(GObject* object, guint id, const GValue* value,
                                               GParamSpec* spec) {
  if (!gst_video_enhance_base_may_change(GST_VIDEO_ENHANCE_BASE(object), spec)) return;
  if (id == PROP_MULTIPLIER) {
    set_multiplier(object, {static_cast<std::uint32_t>(gst_value_get_fraction_numerator(value)),
                            static_cast<std::uint32_t>(gst_value_get_fraction_denominator(value))});
    return;
  }
  const ObjectLock lock(object);
  InterpolateState& state = state_of(object);
  switch (id) {
    case PROP_FLOW_SCALE:
      state.options.flow_scale = g_value_get_double(value);
      break;
    case PROP_ENSEMBLE:
      state.options.ensemble = g_value_get_boolean(value);
      break;
    case PROP_SNAP:
      state.settings.snap = g_value_get_double(value);
      break;
    case PROP_CLEAR_CACHE_AFTER_N_PAIRS:
      state.options.trim_after_pairs = g_value_get_uint(value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
  }
}

static void gst_frame_interpolate_get_property(GObject* object, guint id, GValue* value, GParamSpec* spec) {
  const ObjectLock lock(object);
  const InterpolateState& state = state_of(object);
  switch (id) {
    case PROP_MULTIPLIER:
      gst_value_set_fraction(value, static_cast<gint>(state.settings.multiplier.numerator),
                             static_cast<gint>(state.settings.multiplier.denominator));
      break;
    case PROP_FLOW_SCALE:
      g_value_set_double(value, state.options.flow_scale);
      break;
    case PROP_ENSEMBLE:
      g_value_set_boolean(value, state.options.ensemble);
      break;
    case PROP_SNAP:
      g_value_set_double(value, state.settings.snap);
      break;
    case PROP_CLEAR_CACHE_AFTER_N_PAIRS:
      g_value_set_uint(value, state.options.trim_after_pairs);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
  }
}

static void install_properties(GObjectClass* klass) {
  constexpr auto kReadWrite = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;
  const auto in_ready = static_cast<GParamFlags>(kReadWrite | GST_PARAM_MUTABLE_READY);
  const auto in_playing = static_cast<GParamFlags>(kReadWrite | GST_PARAM_MUTABLE_PLAYING);
  const InterpolationOptions options;
  const PairInterpolator::Settings settings;
  /**
   * GstFrameInterpolate:multiplier:
   *
   * Output frames per source frame, where downstream leaves the rate open. A change takes effect at the next
   * frame: what is held goes out at the old rate first.
   */
  g_object_class_install_property(
      klass, PROP_MULTIPLIER,
      gst_param_spec_fraction("multiplier", "Multiplier",
                              "Output rate / input rate, where downstream leaves it open", 1, 100, 100, 1,
                              static_cast<gint>(settings.multiplier.numerator),
                              static_cast<gint>(settings.multiplier.denominator), in_playing));
  /**
   * GstFrameInterpolate:flow-scale:
   *
   * Resolution at which motion is estimated: 0.25, 0.5, 1, 2 or 4. Less than 1 is for large motion, 4K and
   * speed; more is for small detail, at up to 16 times the work.
   */
  g_object_class_install_property(
      klass, PROP_FLOW_SCALE,
      g_param_spec_double("flow-scale", "Flow scale",
                          "Resolution at which motion is estimated: 0.25, 0.5, 1, 2 or 4", 0.25, 4.0,
                          options.flow_scale, in_ready));
  g_object_class_install_property(
      klass, PROP_ENSEMBLE,
      g_param_spec_boolean("ensemble", "Ensemble", "Average with the time-reversed pair, at twice the work",
                           options.ensemble, in_ready));
  /**
   * GstFrameInterpolate:snap:
   *
   * An output frame whose place between two source frames, counted from 0 to 1, is nearer than this to one of
   * them shows that frame instead of a drawn one.
   */
  g_object_class_install_property(
      klass, PROP_SNAP,
      g_param_spec_double("snap", "Snap", "A phase nearer than this to a source frame shows the source frame",
                          0.0, 0.5, settings.snap, in_playing));
  g_object_class_install_property(
      klass, PROP_CLEAR_CACHE_AFTER_N_PAIRS,
      g_param_spec_uint("clear-cache-after-n-pairs", "Clear cache after n pairs",
                        "Pairs between trims of the allocator's cache (0 = by free memory)", 0, 1000000,
                        options.trim_after_pairs, in_ready));
}

// ---- class

static void gst_frame_interpolate_finalize(GObject* object) {
  std::destroy_at(&state_of(object));
  G_OBJECT_CLASS(gst_frame_interpolate_parent_class)->finalize(object);
}

static void gst_frame_interpolate_class_init(GstFrameInterpolateClass* klass) {
  GST_DEBUG_CATEGORY_INIT(gst_frame_interpolate_debug, "frameinterpolate", 0, "neural frame-rate conversion");
  GObjectClass* object_class = G_OBJECT_CLASS(klass);
  object_class->set_property = gst_frame_interpolate_set_property;
  object_class->get_property = gst_frame_interpolate_get_property;
  object_class->finalize = gst_frame_interpolate_finalize;
  install_properties(object_class);

  gst_element_class_set_static_metadata(
      GST_ELEMENT_CLASS(klass), "Frame interpolator", "Filter/Effect/Video",
      "Changes the frame rate and draws the frames in between with a neural network",
      "The gst-video-enhance authors");

  GstVideoEnhanceBaseClass* base_class = GST_VIDEO_ENHANCE_BASE_CLASS(klass);
  base_class->log = gst_frame_interpolate_debug;
  base_class->default_model = "rife-4.25.pkl";
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
}

static void gst_frame_interpolate_init(GstFrameInterpolate* self) {
  std::construct_at(&state_of(self), GST_VIDEO_ENHANCE_BASE(self));
}
