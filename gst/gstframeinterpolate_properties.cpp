#include "core/video/frame_numbers.h"
#include "gst/errors.h"
#include "gst/gstframeinterpolate_private.h"

using namespace videoenhance;

enum {
  PROP_0,
  PROP_MULTIPLIER,
  PROP_FLOW_SCALE,
  PROP_ENSEMBLE,
  PROP_SNAP,
  PROP_SCENE_CHANGE,
  PROP_SCENE_THRESHOLD,
  PROP_SCENE_ACTION,
  PROP_DUPLICATES,
  PROP_DUPLICATE_THRESHOLD,
  PROP_DUPLICATE_MAX_RUN,
  PROP_MAX_GAP,
  PROP_SKIP_PAIRS,
  PROP_SKIP_MODE,
  PROP_SAMPLE_STEPS,
  PROP_SEED,
  PROP_CLEAR_CACHE_AFTER_N_PAIRS,
};

// ---- enumerations

static GType scene_change_type() {
  static const GEnumValue values[] = {
      {static_cast<gint>(SceneChangeSource::kOff), "Frames are drawn across cuts, too", "off"},
      {static_cast<gint>(SceneChangeSource::kDetect), "Cuts are found in the pictures", "detect"},
      {static_cast<gint>(SceneChangeSource::kMark), "Upstream marks cuts by asking for a key frame", "mark"},
      {static_cast<gint>(SceneChangeSource::kBoth), "Cuts are found, and marks are honoured", "both"},
      {0, nullptr, nullptr},
  };
  static const GType type = g_enum_register_static("GstFrameInterpolateSceneChange", values);
  return type;
}

static GType scene_action_type() {
  static const GEnumValue values[] = {
      {static_cast<gint>(CutAction::kHold), "The frame before the cut stays", "hold"},
      {static_cast<gint>(CutAction::kNearest), "The frame that is nearer in time", "nearest"},
      {static_cast<gint>(CutAction::kBlend), "The one fades into the other", "blend"},
      {0, nullptr, nullptr},
  };
  static const GType type = g_enum_register_static("GstFrameInterpolateSceneAction", values);
  return type;
}

static GType duplicates_type() {
  static const GEnumValue values[] = {
      {static_cast<gint>(Repeats::kKeep), "Repeated frames are frames like others", "keep"},
      {static_cast<gint>(Repeats::kRetime), "Repeated frames are taken for missing ones", "retime"},
      {0, nullptr, nullptr},
  };
  static const GType type = g_enum_register_static("GstFrameInterpolateDuplicates", values);
  return type;
}

static GType skip_mode_type() {
  static const GEnumValue values[] = {
      {static_cast<gint>(SkipMode::kSkip), "Nothing is drawn in the pairs listed", "skip"},
      {static_cast<gint>(SkipMode::kKeep), "Nothing is drawn but in the pairs listed", "keep"},
      {0, nullptr, nullptr},
  };
  static const GType type = g_enum_register_static("GstFrameInterpolateSkipMode", values);
  return type;
}

// ---- values

static void set_multiplier(GObject* object, const GValue* value) {
  const Fraction multiplier{static_cast<std::uint32_t>(gst_value_get_fraction_numerator(value)),
                            static_cast<std::uint32_t>(gst_value_get_fraction_denominator(value))};
  {
    const ObjectLock lock(object);
    Fraction& current = interpolate_state(object).settings.multiplier;
    if (current == multiplier) return;
    current = multiplier;
  }
  gst_base_transform_reconfigure_src(GST_BASE_TRANSFORM(object));
}

static void set_listed_pairs(GObject* object, const GValue* value) {
  const gchar* given = g_value_get_string(value);
  const std::string text = given ? given : "";
  auto numbers = parse_frame_numbers(text);
  if (!numbers) {
    post_warning(GST_VIDEO_ENHANCE_BASE(object),
                 "'skip-pairs' keeps its value: it takes numbers of frames, such as \"1,2,3\".", text);
    return;
  }
  auto shared = std::make_shared<const std::set<std::uint64_t>>(std::move(*numbers));
  const ObjectLock lock(object);
  InterpolateState& state = interpolate_state(object);
  state.settings.listed_pairs = std::move(shared);
  state.listed_pairs = text;
}

static void set_property(GObject* object, guint id, const GValue* value, GParamSpec* spec) {
  if (!gst_video_enhance_base_may_change(GST_VIDEO_ENHANCE_BASE(object), spec)) return;
  if (id == PROP_MULTIPLIER) return set_multiplier(object, value);
  if (id == PROP_SKIP_PAIRS) return set_listed_pairs(object, value);
  const ObjectLock lock(object);
  InterpolationOptions& options = interpolate_state(object).options;
  PairSettings& settings = interpolate_state(object).settings;
  switch (id) {
    case PROP_FLOW_SCALE:
      options.flow_scale = g_value_get_double(value);
      break;
    case PROP_ENSEMBLE:
      options.ensemble = g_value_get_boolean(value);
      break;
    case PROP_SNAP:
      settings.snap = g_value_get_double(value);
      break;
    case PROP_SCENE_CHANGE:
      settings.scene_change = static_cast<SceneChangeSource>(g_value_get_enum(value));
      break;
    case PROP_SCENE_THRESHOLD:
      settings.scene_threshold = g_value_get_double(value);
      break;
    case PROP_SCENE_ACTION:
      settings.scene_action = static_cast<CutAction>(g_value_get_enum(value));
      break;
    case PROP_DUPLICATES:
      settings.repeats = static_cast<Repeats>(g_value_get_enum(value));
      break;
    case PROP_DUPLICATE_THRESHOLD:
      settings.repeat_threshold = g_value_get_double(value);
      break;
    case PROP_DUPLICATE_MAX_RUN:
      settings.longest_run = g_value_get_uint(value);
      break;
    case PROP_MAX_GAP:
      settings.max_gap = g_value_get_uint64(value);
      break;
    case PROP_SKIP_MODE:
      settings.skip_mode = static_cast<SkipMode>(g_value_get_enum(value));
      break;
    case PROP_SAMPLE_STEPS:
      options.sample_steps = g_value_get_uint(value);
      break;
    case PROP_SEED:
      options.seed = g_value_get_uint64(value);
      break;
    case PROP_CLEAR_CACHE_AFTER_N_PAIRS:
      options.trim_after_pairs = g_value_get_uint(value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
  }
}

static void get_property(GObject* object, guint id, GValue* value, GParamSpec* spec) {
  const ObjectLock lock(object);
  const InterpolateState& state = interpolate_state(object);
  const InterpolationOptions& options = state.options;
  const PairSettings& settings = state.settings;
  switch (id) {
    case PROP_MULTIPLIER:
      gst_value_set_fraction(value, static_cast<gint>(settings.multiplier.numerator),
                             static_cast<gint>(settings.multiplier.denominator));
      break;
    case PROP_FLOW_SCALE:
      g_value_set_double(value, options.flow_scale);
      break;
    case PROP_ENSEMBLE:
      g_value_set_boolean(value, options.ensemble);
      break;
    case PROP_SNAP:
      g_value_set_double(value, settings.snap);
      break;
    case PROP_SCENE_CHANGE:
      g_value_set_enum(value, static_cast<gint>(settings.scene_change));
      break;
    case PROP_SCENE_THRESHOLD:
      g_value_set_double(value, settings.scene_threshold);
      break;
    case PROP_SCENE_ACTION:
      g_value_set_enum(value, static_cast<gint>(settings.scene_action));
      break;
    case PROP_DUPLICATES:
      g_value_set_enum(value, static_cast<gint>(settings.repeats));
      break;
    case PROP_DUPLICATE_THRESHOLD:
      g_value_set_double(value, settings.repeat_threshold);
      break;
    case PROP_DUPLICATE_MAX_RUN:
      g_value_set_uint(value, settings.longest_run);
      break;
    case PROP_MAX_GAP:
      g_value_set_uint64(value, settings.max_gap);
      break;
    case PROP_SKIP_PAIRS:
      g_value_set_string(value, state.listed_pairs.c_str());
      break;
    case PROP_SKIP_MODE:
      g_value_set_enum(value, static_cast<gint>(settings.skip_mode));
      break;
    case PROP_SAMPLE_STEPS:
      g_value_set_uint(value, options.sample_steps);
      break;
    case PROP_SEED:
      g_value_set_uint64(value, options.seed);
      break;
    case PROP_CLEAR_CACHE_AFTER_N_PAIRS:
      g_value_set_uint(value, options.trim_after_pairs);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
  }
}

// ---- declarations

constexpr auto kReadWrite = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;
constexpr auto kInReady = static_cast<GParamFlags>(kReadWrite | GST_PARAM_MUTABLE_READY);
constexpr auto kInPlaying = static_cast<GParamFlags>(kReadWrite | GST_PARAM_MUTABLE_PLAYING);

static void install_model_properties(GObjectClass* klass) {
  const InterpolationOptions options;
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
                          options.flow_scale, kInReady));
  g_object_class_install_property(
      klass, PROP_ENSEMBLE,
      g_param_spec_boolean("ensemble", "Ensemble", "Average with the time-reversed pair, at twice the work",
                           options.ensemble, kInReady));
  g_object_class_install_property(
      klass, PROP_SAMPLE_STEPS,
      g_param_spec_uint("sample-steps", "Sample steps", "Steps of TLBVFI's sampler; other networks have none",
                        3, 500, options.sample_steps, kInReady));
  g_object_class_install_property(
      klass, PROP_SEED,
      g_param_spec_uint64("seed", "Seed", "Seed of TLBVFI's noise; other networks have none", 0, G_MAXUINT64,
                          options.seed, kInReady));
  g_object_class_install_property(
      klass, PROP_CLEAR_CACHE_AFTER_N_PAIRS,
      g_param_spec_uint("clear-cache-after-n-pairs", "Clear cache after n pairs",
                        "Pairs between trims of the allocator's cache (0 = by free memory)", 0, 1000000,
                        options.trim_after_pairs, kInReady));
}

static void install_time_properties(GObjectClass* klass) {
  const PairSettings settings;
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
                              static_cast<gint>(settings.multiplier.denominator), kInPlaying));
  /**
   * GstFrameInterpolate:snap:
   *
   * An output frame whose place between two source frames, counted from 0 to 1, is nearer than this to one of
   * them shows that frame instead of a drawn one.
   */
  g_object_class_install_property(
      klass, PROP_SNAP,
      g_param_spec_double("snap", "Snap", "A phase nearer than this to a source frame shows the source frame",
                          0.0, 0.5, settings.snap, kInPlaying));
  /**
   * GstFrameInterpolate:max-gap:
   *
   * Nothing is drawn between two frames that begin further apart: the first of them is held.
   */
  g_object_class_install_property(
      klass, PROP_MAX_GAP,
      g_param_spec_uint64("max-gap", "Maximum gap",
                          "Nanoseconds between two frames beyond which nothing is drawn (0 = no limit)", 0,
                          G_MAXUINT64, settings.max_gap, kInPlaying));
  /**
   * GstFrameInterpolate:skip-pairs:
   *
   * Numbers of source frames, separated by commas, each of which names the pair that begins with it. Frames
   * are counted from 0, from the element's start or the last flush on.
   */
  g_object_class_install_property(
      klass, PROP_SKIP_PAIRS,
      g_param_spec_string("skip-pairs", "Skip pairs",
                          "Numbers of the first frames of pairs in which nothing is drawn, such as 1,2,3", "",
                          kInPlaying));
  g_object_class_install_property(
      klass, PROP_SKIP_MODE,
      g_param_spec_enum("skip-mode", "Skip mode", "What happens to the pairs that skip-pairs lists",
                        skip_mode_type(), static_cast<gint>(settings.skip_mode), kInPlaying));
}

static void install_scene_properties(GObjectClass* klass) {
  const PairSettings settings;
  /**
   * GstFrameInterpolate:scene-change:
   *
   * How cuts are known, across which nothing is drawn. Upstream marks a cut by a downstream force-key-unit
   * event before the first frame of the scene, as the element scenechange does.
   */
  g_object_class_install_property(
      klass, PROP_SCENE_CHANGE,
      g_param_spec_enum("scene-change", "Scene change", "How cuts between scenes are known",
                        scene_change_type(), static_cast<gint>(settings.scene_change), kInPlaying));
  g_object_class_install_property(
      klass, PROP_SCENE_THRESHOLD,
      g_param_spec_double("scene-threshold", "Scene threshold",
                          "How different two frames must be for a cut (more finds fewer)", 0.0, 1.0,
                          settings.scene_threshold, kInPlaying));
  g_object_class_install_property(
      klass, PROP_SCENE_ACTION,
      g_param_spec_enum("scene-action", "Scene action", "What is shown between two frames with a cut between",
                        scene_action_type(), static_cast<gint>(settings.scene_action), kInPlaying));
}

static void install_duplicate_properties(GObjectClass* klass) {
  const PairSettings settings;
  /**
   * GstFrameInterpolate:duplicates:
   *
   * With retime, a frame that repeats the one before is drawn anew between its different neighbours, as in
   * telecined film and in animation drawn every second frame. It adds #GstFrameInterpolate:duplicate-max-run
   * frames to the delay.
   */
  g_object_class_install_property(
      klass, PROP_DUPLICATES,
      g_param_spec_enum("duplicates", "Duplicates", "What happens to frames that repeat the one before",
                        duplicates_type(), static_cast<gint>(settings.repeats), kInReady));
  g_object_class_install_property(
      klass, PROP_DUPLICATE_THRESHOLD,
      g_param_spec_double("duplicate-threshold", "Duplicate threshold",
                          "How different a frame may be that repeats another (more finds more)", 0.0, 1.0,
                          settings.repeat_threshold, kInPlaying));
  g_object_class_install_property(
      klass, PROP_DUPLICATE_MAX_RUN,
      g_param_spec_uint("duplicate-max-run", "Duplicate max run",
                        "Repeats in a row that are retimed; more are a freeze and stay", 1, 64,
                        settings.longest_run, kInReady));
}

namespace videoenhance {

void install_interpolate_properties(GObjectClass* klass) {
  klass->set_property = set_property;
  klass->get_property = get_property;
  install_model_properties(klass);
  install_time_properties(klass);
  install_scene_properties(klass);
  install_duplicate_properties(klass);
  for (const GType type : {scene_change_type(), scene_action_type(), duplicates_type(), skip_mode_type()}) {
    gst_type_mark_as_plugin_api(type, static_cast<GstPluginAPIFlags>(0));
  }
}

}  // namespace videoenhance
