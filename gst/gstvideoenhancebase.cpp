// Life and properties of the base: the module is opened in NULL->READY; an engine lives from start() to
// stop(). Its weights stay with the module until READY->NULL, which knows whether a file is still the same.
#include "gst/gstvideoenhancebase.h"

#include <utility>

#include "core/engine/model_path.h"
#include "gst/errors.h"
#include "gst/formats.h"
#include "gst/gstvideoenhancebase_private.h"

using namespace videoenhance;

typedef struct {
  BaseState state;
} GstVideoEnhanceBasePrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE(GstVideoEnhanceBase, gst_video_enhance_base, GST_TYPE_VIDEO_FILTER)

enum {
  PROP_0,
  PROP_MODEL_LOCATION,
  PROP_MODEL,
  PROP_DEVICE,
  PROP_PRECISION,
  PROP_THREADS,
  PROP_MEMORY_LIMIT,
  PROP_LATE_POLICY,
  PROP_STATS,
};

GType gst_video_enhance_precision_get_type() {
  static const GEnumValue values[] = {
      {static_cast<gint>(Precision::kAuto),
       "Fastest that is near float32, by device and network", "auto"},
      {static_cast<gint>(Precision::kFloat32), "32 bit", "float32"},
      {static_cast<gint>(Precision::kBFloat16), "16 bit with the range of float32", "bfloat16"},
      {static_cast<gint>(Precision::kFloat16), "16 bit with more digits and less range", "float16"},
      {0, nullptr, nullptr},
  };
  static const GType type = g_enum_register_static("GstVideoEnhancePrecision", values);
  return type;
}

GType gst_video_enhance_late_policy_get_type() {
  static const GEnumValue values[] = {
      {static_cast<gint>(LatePolicy::kNeverDrop), "Everything is made, however late", "never-drop"},
      {static_cast<gint>(LatePolicy::kSkipGenerated), "Frames that were not in the input are left out",
       "skip-generated"},
      {static_cast<gint>(LatePolicy::kDegrade), "All frames come, some of them in lower quality", "degrade"},
      {0, nullptr, nullptr},
  };
  static const GType type = g_enum_register_static("GstVideoEnhanceLatePolicy", values);
  return type;
}

namespace videoenhance {

BaseState& base_state(GstVideoEnhanceBase* base) {
  return static_cast<GstVideoEnhanceBasePrivate*>(gst_video_enhance_base_get_instance_private(base))->state;
}

GstDebugCategory* log_of(GstVideoEnhanceBase* base) {
  return GST_VIDEO_ENHANCE_BASE_GET_CLASS(base)->log;
}

GstBaseTransformClass* base_parent_class() {
  return GST_BASE_TRANSFORM_CLASS(gst_video_enhance_base_parent_class);
}

void refresh_report(GstVideoEnhanceBase* base) {
  BaseState& state = base_state(base);
  EngineReport report = state.engine ? state.engine->report() : EngineReport{};
  const std::string notice = report.notice;
  {
    const ObjectLock lock(base);
    if (std::exchange(state.report, std::move(report)).notice == notice) return;
  }
  if (!notice.empty()) post_warning(base, notice, state.model_path);
}

}  // namespace videoenhance

// ---- life

static bool open_module(GstVideoEnhanceBase* base) {
  const Result<const EngineModule*> module = open_engine_module();
  if (!module) {
    post_error(base, module.error());
    return false;
  }
  base_state(base).module = *module;
  return true;
}

static void unload_engine(GstVideoEnhanceBase* base) {
  BaseState& state = base_state(base);
  state.engine.reset();
  state.configured.reset();
  refresh_report(base);
}

static GstStateChangeReturn gst_video_enhance_base_change_state(GstElement* element,
                                                                GstStateChange transition) {
  auto* base = GST_VIDEO_ENHANCE_BASE(element);
  if (transition == GST_STATE_CHANGE_NULL_TO_READY && !open_module(base)) return GST_STATE_CHANGE_FAILURE;
  const GstStateChangeReturn result =
      GST_ELEMENT_CLASS(gst_video_enhance_base_parent_class)->change_state(element, transition);
  if (transition == GST_STATE_CHANGE_READY_TO_NULL && base_state(base).module) {
    base_state(base).module->release_idle_models();
  }
  return result;
}

// What to load, but for the path, as far as the properties say.
static EngineOptions snapshot_options(GstVideoEnhanceBase* base) {
  const ObjectLock lock(base);
  const GstVideoEnhanceBaseClass* klass = GST_VIDEO_ENHANCE_BASE_GET_CLASS(base);
  const BaseSettings& settings = base_state(base).settings;
  EngineOptions options;
  options.device = settings.device;
  options.precision = settings.precision;
  options.threads = settings.threads;
  options.memory_limit = settings.memory_limit;
  klass->describe_engine(base, options);
  return options;
}

// A model-location that names nothing is an error; NULL is the default model.
static Result<std::filesystem::path> locate_model(GstVideoEnhanceBase* base) {
  std::optional<std::string> location;
  {
    const ObjectLock lock(base);
    location = base_state(base).settings.model_location;
  }
  if (location) return find_model(*location);
  return find_default_model(GST_VIDEO_ENHANCE_BASE_GET_CLASS(base)->default_model);
}

static Status load_engine(GstVideoEnhanceBase* base) {
  BaseState& state = base_state(base);
  const Result<std::filesystem::path> path = locate_model(base);
  if (!path) return tl::unexpected(path.error());
  EngineOptions options = snapshot_options(base);
  options.model_path = path->string();
  Result<std::unique_ptr<TemporalEngine>> engine = state.module->create(options);
  if (!engine) return tl::unexpected(engine.error());
  state.engine = std::move(*engine);
  state.model_path = options.model_path;
  refresh_report(base);
  GST_CAT_INFO_OBJECT(log_of(base), base, "loaded %s: %s", state.model_path.c_str(),
                      state.report.model.c_str());
  return {};
}

static void set_started(GstVideoEnhanceBase* base, bool started) {
  const ObjectLock lock(base);
  base_state(base).started = started;
}

static gboolean gst_video_enhance_base_start(GstBaseTransform* trans) {
  const StreamLock lock_stream(GST_BASE_TRANSFORM_SINK_PAD(trans));
  auto* base = GST_VIDEO_ENHANCE_BASE(trans);
  set_started(base, true);
  if (const Status loaded = load_engine(base); !loaded) {
    set_started(base, false);
    post_error(base, loaded.error());
    return FALSE;
  }
  reset_stream(base);
  const ObjectLock lock(base);
  base_state(base).counts = {};
  base_state(base).latency = 0;
  return TRUE;
}

static gboolean gst_video_enhance_base_stop(GstBaseTransform* trans) {
  const StreamLock lock_stream(GST_BASE_TRANSFORM_SINK_PAD(trans));
  auto* base = GST_VIDEO_ENHANCE_BASE(trans);
  reset_stream(base);
  unload_engine(base);
  set_started(base, false);
  return TRUE;
}

// ---- properties

gboolean gst_video_enhance_base_may_change(GstVideoEnhanceBase* base, const GParamSpec* property) {
  if (property->flags & (GST_PARAM_MUTABLE_PAUSED | GST_PARAM_MUTABLE_PLAYING)) return TRUE;
  {
    const ObjectLock lock(base);
    if (!base_state(base).started) return TRUE;
  }
  post_warning(
      base,
      std::string("'") + property->name + "' keeps its value: stop the element (READY or NULL) to change it.",
      "");
  return FALSE;
}

static std::optional<std::string> optional_string(const GValue* value) {
  const gchar* text = g_value_get_string(value);
  return text ? std::optional<std::string>(text) : std::nullopt;
}

// An element that forwards no frame has made each one that it sends.
static void set_late_policy(GstVideoEnhanceBase* base, LatePolicy policy) {
  {
    const ObjectLock lock(base);
    base_state(base).settings.late_policy = policy;
  }
  if (policy != LatePolicy::kSkipGenerated || GST_VIDEO_ENHANCE_BASE_GET_CLASS(base)->forwards_frames) return;
  post_warning(base,
               "'late-policy=skip-generated' acts like never-drop here: each frame that goes out is made by "
               "the network, and none is left out.",
               "");
}

static void gst_video_enhance_base_set_property(GObject* object, guint id, const GValue* value,
                                                GParamSpec* spec) {
  auto* base = GST_VIDEO_ENHANCE_BASE(object);
  if (!gst_video_enhance_base_may_change(base, spec)) return;
  if (id == PROP_LATE_POLICY) return set_late_policy(base, static_cast<LatePolicy>(g_value_get_enum(value)));
  const ObjectLock lock(base);
  BaseSettings& settings = base_state(base).settings;
  switch (id) {
    case PROP_MODEL_LOCATION:
      settings.model_location = optional_string(value);
      break;
    case PROP_DEVICE:
      settings.device = optional_string(value).value_or("auto");
      break;
    case PROP_PRECISION:
      settings.precision = static_cast<Precision>(g_value_get_enum(value));
      break;
    case PROP_THREADS:
      settings.threads = g_value_get_uint(value);
      break;
    case PROP_MEMORY_LIMIT:
      settings.memory_limit = g_value_get_uint64(value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
  }
}

static GstStructure* make_stats(GstVideoEnhanceBase* base) {
  const ObjectLock lock(base);
  const BaseState& state = base_state(base);
  const EngineReport& report = state.report;
  const GstVideoEnhanceBaseClass* klass = GST_VIDEO_ENHANCE_BASE_GET_CLASS(base);
  GstStructure* stats = gst_structure_new(
      klass->stats_name,                                          //
      "frames-in", G_TYPE_UINT64, state.counts.in, "frames-out", G_TYPE_UINT64, state.counts.out,  //
      "frames-generated", G_TYPE_UINT64, state.counts.generated,                                   //
      "frames-held", G_TYPE_UINT64, state.counts.held,                                             //
      "frames-skipped", G_TYPE_UINT64, state.counts.skipped, "delay", G_TYPE_UINT64, state.latency,      //
      "seconds-per-frame", G_TYPE_DOUBLE, report.seconds_per_result,                               //
      "state-bytes", G_TYPE_UINT64, report.state_bytes, "weight-bytes", G_TYPE_UINT64, report.weight_bytes,
      "work-bytes", G_TYPE_UINT64, report.work_bytes, "cache-bytes", G_TYPE_UINT64, report.cache_bytes,  //
      "trims", G_TYPE_UINT64, report.trims, "trim-interval", G_TYPE_UINT, report.trim_interval,          //
      "model", G_TYPE_STRING, report.model.c_str(),                                                      //
      "device", G_TYPE_STRING, report.device.c_str(), "precision", G_TYPE_STRING, report.precision.c_str(),
      nullptr);
  if (klass->add_stats) klass->add_stats(base, stats);
  return stats;
}

static void gst_video_enhance_base_get_property(GObject* object, guint id, GValue* value, GParamSpec* spec) {
  auto* base = GST_VIDEO_ENHANCE_BASE(object);
  if (id == PROP_STATS) {
    g_value_take_boxed(value, make_stats(base));
    return;
  }
  const ObjectLock lock(base);
  const BaseSettings& settings = base_state(base).settings;
  switch (id) {
    case PROP_MODEL:
      if (const std::string& model = base_state(base).report.model; !model.empty()) {
        g_value_set_string(value, model.c_str());
      }
      break;
    case PROP_MODEL_LOCATION:
      g_value_set_string(value, settings.model_location ? settings.model_location->c_str() : nullptr);
      break;
    case PROP_DEVICE:
      g_value_set_string(value, settings.device.c_str());
      break;
    case PROP_PRECISION:
      g_value_set_enum(value, static_cast<gint>(settings.precision));
      break;
    case PROP_THREADS:
      g_value_set_uint(value, settings.threads);
      break;
    case PROP_MEMORY_LIMIT:
      g_value_set_uint64(value, settings.memory_limit);
      break;
    case PROP_LATE_POLICY:
      g_value_set_enum(value, static_cast<gint>(settings.late_policy));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
  }
}

// ---- class

static void install_properties(GObjectClass* klass) {
  const auto flags =
      static_cast<GParamFlags>(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY);
  // Path of the weights, or the name of a file in one of the model folders. NULL is the bundled default.
  g_object_class_install_property(
      klass, PROP_MODEL_LOCATION,
      g_param_spec_string(
          "model-location", "Model location",
          "File or folder of the weights, or a name in a model folder (NULL = bundled default)", nullptr,
          flags));
  g_object_class_install_property(
      klass, PROP_MODEL,
      g_param_spec_string("model", "Model", "What the weights were recognised as (NULL = not loaded)",
                          nullptr, static_cast<GParamFlags>(G_PARAM_READABLE | G_PARAM_STATIC_STRINGS)));
  g_object_class_install_property(
      klass, PROP_DEVICE,
      g_param_spec_string("device", "Device", "Where the network runs: auto, cpu, cuda or cuda:N", "auto",
                          flags));
  g_object_class_install_property(
      klass, PROP_PRECISION,
      g_param_spec_enum("precision", "Precision", "Arithmetic of the network",
                        GST_TYPE_VIDEO_ENHANCE_PRECISION, static_cast<gint>(Precision::kAuto), flags));
  g_object_class_install_property(
      klass, PROP_THREADS,
      g_param_spec_uint("threads", "Threads", "Processor threads (0 = all cores given to this process)", 0,
                        1024, 0, flags));
  g_object_class_install_property(
      klass, PROP_MEMORY_LIMIT,
      g_param_spec_uint64("memory-limit", "Memory limit",
                          "Bytes for weights, state and work: beyond them the stream is refused at its start "
                          "(0 = what is free)",
                          0, G_MAXUINT64, 0, flags));
  /**
   * GstVideoEnhanceBase:late-policy:
   *
   * What may be given up when downstream reports lateness by QoS events, from then until half a second after
   * the last report.
   */
  g_object_class_install_property(
      klass, PROP_LATE_POLICY,
      g_param_spec_enum("late-policy", "Late policy", "What may be given up when downstream reports lateness",
                        GST_TYPE_VIDEO_ENHANCE_LATE_POLICY, static_cast<gint>(LatePolicy::kNeverDrop),
                        static_cast<GParamFlags>(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS |
                                                 GST_PARAM_MUTABLE_PLAYING)));
  g_object_class_install_property(
      klass, PROP_STATS,
      g_param_spec_boxed("stats", "Statistics", "Counts of frames, delay, seconds per frame, and bytes",
                         GST_TYPE_STRUCTURE,
                         static_cast<GParamFlags>(G_PARAM_READABLE | G_PARAM_STATIC_STRINGS)));
}

static void add_pad_templates(GstElementClass* klass) {
  const CapsPtr caps(supported_caps());
  gst_element_class_add_pad_template(klass,
                                     gst_pad_template_new("sink", GST_PAD_SINK, GST_PAD_ALWAYS, caps.get()));
  gst_element_class_add_pad_template(klass,
                                     gst_pad_template_new("src", GST_PAD_SRC, GST_PAD_ALWAYS, caps.get()));
}

static void gst_video_enhance_base_finalize(GObject* object) {
  auto* base = GST_VIDEO_ENHANCE_BASE(object);
  std::destroy_at(&base_state(base));
  G_OBJECT_CLASS(gst_video_enhance_base_parent_class)->finalize(object);
}

static void gst_video_enhance_base_class_init(GstVideoEnhanceBaseClass* klass) {
  GObjectClass* object_class = G_OBJECT_CLASS(klass);
  object_class->set_property = gst_video_enhance_base_set_property;
  object_class->get_property = gst_video_enhance_base_get_property;
  object_class->finalize = gst_video_enhance_base_finalize;
  install_properties(object_class);

  GstElementClass* element_class = GST_ELEMENT_CLASS(klass);
  element_class->change_state = gst_video_enhance_base_change_state;
  add_pad_templates(element_class);

  GstBaseTransformClass* transform_class = GST_BASE_TRANSFORM_CLASS(klass);
  transform_class->start = gst_video_enhance_base_start;
  transform_class->stop = gst_video_enhance_base_stop;
  install_stream_methods(klass);
  install_qos_methods(klass);
  install_allocation_methods(klass);

  gst_type_mark_as_plugin_api(GST_TYPE_VIDEO_ENHANCE_BASE, static_cast<GstPluginAPIFlags>(0));
  gst_type_mark_as_plugin_api(GST_TYPE_VIDEO_ENHANCE_PRECISION, static_cast<GstPluginAPIFlags>(0));
  gst_type_mark_as_plugin_api(GST_TYPE_VIDEO_ENHANCE_LATE_POLICY, static_cast<GstPluginAPIFlags>(0));
}

static void gst_video_enhance_base_init(GstVideoEnhanceBase* base) {
  std::construct_at(&base_state(base));
  auto* trans = GST_BASE_TRANSFORM(base);
  gst_base_transform_set_qos_enabled(trans, FALSE);  // a dropped input would tear the history
  gst_base_transform_set_prefer_passthrough(trans, FALSE);
}
