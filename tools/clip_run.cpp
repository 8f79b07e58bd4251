#include <chrono>
#include <cmath>

#include "tools/golden_runs.h"
#include "tools/measure.h"

namespace videoenhance {
namespace {

using nlohmann::json;
using Options = FlashVsrOptions;

template <typename Enum>
using Names = std::map<std::string, Enum>;

template <typename Enum>
Result<Enum> named(const json& settings, const char* field, const Names<Enum>& names) {
  const std::string name = settings.value(field, "");
  const auto entry = names.find(name);
  if (entry != names.end()) return entry->second;
  return fail(ErrorKind::kBadSettings,
              std::string("The manifest names the unknown ") + field + " \"" + name + "\".");
}

Result<Options> read_options(const json& settings) {
  Options options;
  const auto version = named<Options::Version>(
      settings, "version", {{"v1", Options::Version::kV1}, {"v1.1", Options::Version::kV11}});
  if (!version) return tl::unexpected(version.error());
  const auto cache = named<Options::Cache>(
      settings, "cache", {{"own", Options::Cache::kOwn}, {"previous", Options::Cache::kPrevious}});
  if (!cache) return tl::unexpected(cache.error());
  const auto decoder = named<Options::Decoder>(
      settings, "decoder", {{"tc", Options::Decoder::kTiny}, {"wan", Options::Decoder::kFull}});
  if (!decoder) return tl::unexpected(decoder.error());
  options.version = *version;
  options.cache = *cache;
  options.decoder = *decoder;
  options.start = Options::Start::kReference;
  return options;
}

// Engines know the share of blocks by sparse_ratio, as published; a golden may state the share itself.
double sparse_ratio_of(const json& settings, double pixels) {
  if (settings.contains("sparse_ratio") && settings["sparse_ratio"].is_number())
    return settings["sparse_ratio"];
  const double share = settings.at("topk_ratio");
  double ratio = share * pixels / 768 / 1280;
  while (ratio * 768 * 1280 / pixels < share) ratio = std::nextafter(ratio, INFINITY);
  return ratio;
}

Result<FlashVsrKnobs> read_knobs(const json& settings, double pixels) {
  FlashVsrKnobs knobs;
  const auto colour_fix = named<ColourFix>(
      settings, "color_fix",
      {{"none", ColourFix::kNone}, {"adain", ColourFix::kAdain}, {"wavelet", ColourFix::kWavelet}});
  if (!colour_fix) return tl::unexpected(colour_fix.error());
  knobs.colour_fix = *colour_fix;
  knobs.sparse_ratio = sparse_ratio_of(settings, pixels);
  knobs.kv_ratio = settings.value("kv_ratio", knobs.kv_ratio);
  const std::int64_t range = settings.value("local_range", std::int64_t{knobs.local_range});
  if (range < 1 || range > 1023)
    return fail(ErrorKind::kBadSettings, "The manifest's local_range must lie between 1 and 1023.");
  knobs.local_range = static_cast<unsigned>(range);
  return knobs;
}

Result<Values> read_clip(const std::filesystem::path& folder) {
  auto clip = read_values(folder, "lq", "frames");
  if (!clip) return clip;
  if (clip->shape.size() != 4 || clip->shape[0] < 1 || clip->shape[1] != 3) {
    return fail(ErrorKind::kBadModel, "lq.safetensors holds no frames of the shape [N, 3, height, width].");
  }
  if (clip->shape[2] < 128 || clip->shape[3] < 128 || clip->shape[2] % 128 != 0 ||
      clip->shape[3] % 128 != 0) {
    return fail(ErrorKind::kBadSettings,
                "The frames of lq.safetensors are " + std::to_string(clip->shape[3]) + "x" +
                    std::to_string(clip->shape[2]) +
                    ": a golden needs multiples of 128, as the published code does.");
  }
  return clip;
}

// Between the golden's [-1,1] and the engine's [0,1].
void to_unit(Values& clip) {
  for (float& value : clip.data) value = (value + 1) / 2;
}
void to_signed(Values& clip) {
  for (float& value : clip.data) value = value * 2 - 1;
}

Status pop_all(TemporalEngine& engine, Values& result, FrameId& next) {
  while (engine.ready() > 0) {
    const auto popped = engine.pop(span_of(result, next));
    if (!popped) return tl::unexpected(popped.error());
    if (popped->id != next++) return fail(ErrorKind::kFailed, "The engine gave the frames out of order.");
  }
  return {};
}

Status run_once(TemporalEngine& engine, const Values& clip, Values& result) {
  const auto frames = static_cast<FrameId>(clip.shape[0]);
  FrameId next = 0;
  for (FrameId id = 0; id < frames; ++id) {
    if (Status pushed = engine.push(view_of(clip, id), id, {}); !pushed) return pushed;
    if (Status popped = pop_all(engine, result, next); !popped) return popped;
  }
  if (Status drained = engine.drain(); !drained) return drained;
  if (Status popped = pop_all(engine, result, next); !popped) return popped;
  if (next != frames)
    return fail(ErrorKind::kFailed, "The engine gave another number of frames than it got.");
  return {};
}

}  // namespace

Result<Outcome> run_clip(const Manifest& manifest, const RunOptions& run) {
  auto clip = read_clip(manifest.folder);
  if (!clip) return tl::unexpected(clip.error());
  to_unit(*clip);
  const json settings = manifest.fields.value("oracle", json::object());
  const auto knobs = read_knobs(settings, static_cast<double>(clip->shape[2] * clip->shape[3]));
  if (!knobs) return tl::unexpected(knobs.error());
  auto model = read_options(settings);
  if (!model) return tl::unexpected(model.error());
  model->noise_file = (manifest.folder / "noise.safetensors").string();
  model->knobs = *knobs;

  EngineOptions options = run.engine;
  options.model_path = (manifest.folder / "model").string();
  options.model = *model;
  auto engine = make_engine(options, static_cast<int>(clip->shape[3]), static_cast<int>(clip->shape[2]));
  if (!engine) return tl::unexpected(engine.error());

  Outcome outcome{*clip, "frames", (*engine)->report().model, 0};
  std::vector<double> seconds;
  for (unsigned i = 0; i < run.repeat; ++i) {
    const auto start = std::chrono::steady_clock::now();
    if (Status done = run_once(**engine, *clip, outcome.result); !done) return tl::unexpected(done.error());
    (*engine)->flush();
    seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  outcome.seconds = median(seconds);
  to_signed(outcome.result);
  return outcome;
}

}  // namespace videoenhance
