#include "gst/gstflashvsr_private.h"

using namespace videoenhance;

enum {
  PROP_0,
  PROP_MODEL_VERSION,
  PROP_PROJECTOR_CACHE,
  PROP_MODE,
  PROP_SCALE,
  PROP_SPARSE_RATIO,
  PROP_KV_RATIO,
  PROP_LOCAL_RANGE,
  PROP_COLOR_FIX,
  PROP_START,
  PROP_TILE_SIZE,
  PROP_TILE_OVERLAP,
  PROP_SEED,
  PROP_SCENE_CHANGE,
  PROP_CLEAR_CACHE_AFTER_N_CHUNKS,
};

// ---- enumerations

static GType version_type() {
  using Version = FlashVsrOptions::Version;
  static const GEnumValue values[] = {
      {static_cast<gint>(Version::kAuto), "By metadata, hash or folder name of the weights", "auto"},
      {static_cast<gint>(Version::kV1), "FlashVSR v1", "v1"},
      {static_cast<gint>(Version::kV11), "FlashVSR v1.1", "v1.1"},
      {0, nullptr, nullptr},
  };
  static const GType type = g_enum_register_static("GstFlashVsrModelVersion", values);
  return type;
}

static GType cache_type() {
  using Cache = FlashVsrOptions::Cache;
  static const GEnumValue values[] = {
      {static_cast<gint>(Cache::kAuto), "By model-version", "auto"},
      {static_cast<gint>(Cache::kPrevious), "The frames before the chunk: use, then update", "previous"},
      {static_cast<gint>(Cache::kOwn), "The chunk's own last frames, as v1 was released", "own"},
      {0, nullptr, nullptr},
  };
  static const GType type = g_enum_register_static("GstFlashVsrProjectorCache", values);
  return type;
}

static GType mode_type() {
  using Decoder = FlashVsrOptions::Decoder;
  static const GEnumValue values[] = {
      {static_cast<gint>(Decoder::kTiny), "TCDecoder: small and quick", "tiny"},
      {static_cast<gint>(Decoder::kFull), "Decoder of the Wan autoencoder: large and slow", "full"},
      {0, nullptr, nullptr},
  };
  static const GType type = g_enum_register_static("GstFlashVsrMode", values);
  return type;
}

static GType colour_fix_type() {
  static const GEnumValue values[] = {
      {static_cast<gint>(ColourFix::kNone), "Colours as the network draws them", "none"},
      {static_cast<gint>(ColourFix::kAdain), "Mean and spread of the input's colours", "adain"},
      {static_cast<gint>(ColourFix::kWavelet), "Coarse colours of the input", "wavelet"},
      {0, nullptr, nullptr},
  };
  static const GType type = g_enum_register_static("GstFlashVsrColorFix", values);
  return type;
}

static GType start_type() {
  using Start = FlashVsrOptions::Start;
  static const GEnumValue values[] = {
      {static_cast<gint>(Start::kPrimed), "A delay of 11 frames from the first on", "primed"},
      {static_cast<gint>(Start::kReference), "As published: a delay of 24 frames", "reference"},
      {0, nullptr, nullptr},
  };
  static const GType type = g_enum_register_static("GstFlashVsrStart", values);
  return type;
}

// ---- values

static void set_property(GObject* object, guint id, const GValue* value, GParamSpec* spec) {
  if (!gst_video_enhance_base_may_change(GST_VIDEO_ENHANCE_BASE(object), spec)) return;
  const ObjectLock lock(object);
  UpscaleState& state = upscale_state(object);
  switch (id) {
    case PROP_MODEL_VERSION:
      state.options.version = static_cast<FlashVsrOptions::Version>(g_value_get_enum(value));
      break;
    case PROP_PROJECTOR_CACHE:
      state.options.cache = static_cast<FlashVsrOptions::Cache>(g_value_get_enum(value));
      break;
    case PROP_MODE:
      state.options.decoder = static_cast<FlashVsrOptions::Decoder>(g_value_get_enum(value));
      break;
    case PROP_SCALE:
      state.scale = g_value_get_double(value);
      break;
    case PROP_SPARSE_RATIO:
      state.options.knobs.sparse_ratio = g_value_get_double(value);
      break;
    case PROP_KV_RATIO:
      state.options.knobs.kv_ratio = g_value_get_double(value);
      break;
    case PROP_LOCAL_RANGE:
      state.options.knobs.local_range = g_value_get_uint(value);
      break;
    case PROP_COLOR_FIX:
      state.options.knobs.colour_fix = static_cast<ColourFix>(g_value_get_enum(value));
      break;
    case PROP_START:
      state.options.start = static_cast<FlashVsrOptions::Start>(g_value_get_enum(value));
      break;
    case PROP_TILE_SIZE:
      state.options.tile_size = g_value_get_uint(value);
      break;
    case PROP_TILE_OVERLAP:
      state.options.tile_overlap = g_value_get_uint(value);
      break;
    case PROP_SEED:
      state.options.seed = g_value_get_uint64(value);
      break;
    case PROP_SCENE_CHANGE:
      state.options.reset_at_cuts = g_value_get_boolean(value);
      break;
    case PROP_CLEAR_CACHE_AFTER_N_CHUNKS:
      state.options.trim_after_chunks = g_value_get_uint(value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
  }
}

static void get_property(GObject* object, guint id, GValue* value, GParamSpec* spec) {
  const ObjectLock lock(object);
  const UpscaleState& state = upscale_state(object);
  switch (id) {
    case PROP_MODEL_VERSION:
      g_value_set_enum(value, static_cast<gint>(state.options.version));
      break;
    case PROP_PROJECTOR_CACHE:
      g_value_set_enum(value, static_cast<gint>(state.options.cache));
      break;
    case PROP_MODE:
      g_value_set_enum(value, static_cast<gint>(state.options.decoder));
      break;
    case PROP_SCALE:
      g_value_set_double(value, state.scale);
      break;
    case PROP_SPARSE_RATIO:
      g_value_set_double(value, state.options.knobs.sparse_ratio);
      break;
    case PROP_KV_RATIO:
      g_value_set_double(value, state.options.knobs.kv_ratio);
      break;
    case PROP_LOCAL_RANGE:
      g_value_set_uint(value, state.options.knobs.local_range);
      break;
    case PROP_COLOR_FIX:
      g_value_set_enum(value, static_cast<gint>(state.options.knobs.colour_fix));
      break;
    case PROP_START:
      g_value_set_enum(value, static_cast<gint>(state.options.start));
      break;
    case PROP_TILE_SIZE:
      g_value_set_uint(value, state.options.tile_size);
      break;
    case PROP_TILE_OVERLAP:
      g_value_set_uint(value, state.options.tile_overlap);
      break;
    case PROP_SEED:
      g_value_set_uint64(value, state.options.seed);
      break;
    case PROP_SCENE_CHANGE:
      g_value_set_boolean(value, state.options.reset_at_cuts);
      break;
    case PROP_CLEAR_CACHE_AFTER_N_CHUNKS:
      g_value_set_uint(value, state.options.trim_after_chunks);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
  }
}

// ---- declarations

constexpr auto kReadWrite = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;
constexpr auto kInReady = static_cast<GParamFlags>(kReadWrite | GST_PARAM_MUTABLE_READY);
constexpr auto kInPlaying = static_cast<GParamFlags>(kReadWrite | GST_PARAM_MUTABLE_PLAYING);
constexpr guint kMostPixels = 1 << 16;  // of a tile's side

static void install_model_properties(GObjectClass* klass) {
  const FlashVsrOptions options;
  /**
   * GstFlashVsr:model-version:
   *
   * Files of v1 and v1.1 have equal shapes. auto reads the file's metadata, then compares its hash, then
   * looks at the folder's name, and takes v1.1 where none of them tells.
   */
  g_object_class_install_property(
      klass, PROP_MODEL_VERSION,
      g_param_spec_enum("model-version", "Model version", "Version of the weights", version_type(),
                        static_cast<gint>(options.version), kInReady));
  g_object_class_install_property(
      klass, PROP_PROJECTOR_CACHE,
      g_param_spec_enum("projector-cache", "Projector cache", "Which frames the projector remembers",
                        cache_type(), static_cast<gint>(options.cache), kInReady));
  g_object_class_install_property(
      klass, PROP_MODE,
      g_param_spec_enum("mode", "Mode", "Decoder that draws the pictures", mode_type(),
                        static_cast<gint>(options.decoder), kInReady));
  g_object_class_install_property(
      klass, PROP_SEED,
      g_param_spec_uint64("seed", "Seed", "Seed of the noise that the network starts from", 0, G_MAXUINT64,
                          options.seed, kInReady));
}

static void install_stream_properties(GObjectClass* klass) {
  const FlashVsrOptions options;
  g_object_class_install_property(
      klass, PROP_SCALE,
      g_param_spec_double("scale", "Scale", "Output size / input size, where downstream leaves it open", 1.0,
                          8.0, 4.0, kInReady));
  /**
   * GstFlashVsr:start:
   *
   * primed repeats the first frame in front of the stream, so that the delay is 11 frames from the first on.
   * reference waits for 25 frames before the first goes out, as the published program does; its delay of 24
   * frames is reported throughout.
   */
  g_object_class_install_property(
      klass, PROP_START,
      g_param_spec_enum("start", "Start", "How a stream begins; it decides the delay", start_type(),
                        static_cast<gint>(options.start), kInReady));
  /**
   * GstFlashVsr:scene-change:
   *
   * Whether a hard cut in the input begins a new history, so that the new scene takes nothing from the old
   * one.
   */
  g_object_class_install_property(
      klass, PROP_SCENE_CHANGE,
      g_param_spec_boolean("scene-change", "Scene change", "Forget the frames before a hard cut",
                           options.reset_at_cuts, kInReady));
  g_object_class_install_property(
      klass, PROP_TILE_SIZE,
      g_param_spec_uint("tile-size", "Tile size",
                        "Side of a tile in pixels of the drawn picture (0 = no tiles)", 0, kMostPixels,
                        options.tile_size, kInReady));
  g_object_class_install_property(
      klass, PROP_TILE_OVERLAP,
      g_param_spec_uint("tile-overlap", "Tile overlap",
                        "Pixels of the drawn picture that neighbouring tiles share", 0, kMostPixels,
                        options.tile_overlap, kInReady));
  g_object_class_install_property(
      klass, PROP_CLEAR_CACHE_AFTER_N_CHUNKS,
      g_param_spec_uint("clear-cache-after-n-chunks", "Clear cache after n chunks",
                        "Chunks between trims of the allocator's cache (0 = by free memory)", 0, 1000000,
                        options.trim_after_chunks, kInReady));
}

static void install_knobs(GObjectClass* klass) {
  const FlashVsrKnobs knobs;
  g_object_class_install_property(
      klass, PROP_SPARSE_RATIO,
      g_param_spec_double("sparse-ratio", "Sparse ratio",
                          "Attention: key windows per query window / 60 (less is faster, more is steadier)",
                          kLeastSparseRatio, 100.0, knobs.sparse_ratio, kInPlaying));
  g_object_class_install_property(
      klass, PROP_KV_RATIO,
      g_param_spec_double("kv-ratio", "KV ratio",
                          "Attention: remembered units of eight frames, a whole number (1 and 2 act alike)",
                          1.0, 16.0, knobs.kv_ratio, kInPlaying));
  g_object_class_install_property(
      klass, PROP_LOCAL_RANGE,
      g_param_spec_uint("local-range", "Local range",
                        "Attention: side, in windows, of the square that a window sees (9 is sharper)", 1,
                        1023, knobs.local_range, kInPlaying));
  g_object_class_install_property(
      klass, PROP_COLOR_FIX,
      g_param_spec_enum("color-fix", "Color fix", "What gives the output the input's colours",
                        colour_fix_type(), static_cast<gint>(knobs.colour_fix), kInPlaying));
}

namespace videoenhance {

void install_upscale_properties(GObjectClass* klass) {
  klass->set_property = set_property;
  klass->get_property = get_property;
  install_model_properties(klass);
  install_stream_properties(klass);
  install_knobs(klass);
  for (const GType type : {version_type(), cache_type(), mode_type(), colour_fix_type(), start_type()}) {
    gst_type_mark_as_plugin_api(type, static_cast<GstPluginAPIFlags>(0));
  }
}

}  // namespace videoenhance
