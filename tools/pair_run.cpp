#include <chrono>

#include "tools/golden_runs.h"
#include "tools/measure.h"

namespace videoenhance {
namespace {

Result<Values> read_picture(const std::filesystem::path& folder, const std::string& name) {
  auto picture = read_values(folder, name, name);
  if (!picture) return picture;
  if (picture->shape.size() != 4 || picture->shape[0] != 1 || picture->shape[1] != 3 ||
      picture->shape[2] < 1 || picture->shape[3] < 1 || picture->shape[2] > 16384 ||
      picture->shape[3] > 16384) {
    return fail(ErrorKind::kBadModel,
                name + ".safetensors holds no picture of the shape [1, 3, height, width].");
  }
  return picture;
}

// "checkpoint" in the manifest, or the first of "checkpoints".
std::string checkpoint_name(const Manifest& manifest) {
  const auto several = manifest.fields.value("checkpoints", std::vector<std::string>());
  return manifest.fields.value("checkpoint", several.empty() ? "" : several.front());
}

std::string size_text(const Values& picture) {
  return std::to_string(picture.shape[3]) + "x" + std::to_string(picture.shape[2]);
}

}  // namespace

Result<Outcome> run_pair(const Manifest& manifest, const RunOptions& run) {
  EngineOptions options = run.engine;
  options.model_path = (manifest.folder / checkpoint_name(manifest)).string();
  auto& pair = std::get<InterpolationOptions>(options.model);
  pair.flow_scale = manifest.fields.value("scale", manifest.fields.value("flow_scale", 1.0));
  pair.ensemble = manifest.fields.value("ensemble", false);
  if (manifest.model() == "tlbvfi") {
    pair.sample_steps = manifest.fields.value("steps", pair.sample_steps);
    pair.noise_file = (manifest.folder / "noise.safetensors").string();
  }
  const double time = manifest.fields.value("t", 0.5);

  auto left = read_picture(manifest.folder, "img0");
  if (!left) return tl::unexpected(left.error());
  auto right = read_picture(manifest.folder, "img1");
  if (!right) return tl::unexpected(right.error());
  if (left->shape != right->shape) {
    return fail(ErrorKind::kBadSettings, "The frames differ in size: img0 is " + size_text(*left) +
                                             " and img1 " + size_text(*right) + ".");
  }
  const FrameView first = view_of(*left), second = view_of(*right);
  auto engine = make_engine(options, first.width, first.height);
  if (!engine) return tl::unexpected(engine.error());

  Outcome outcome{*left, "out", (*engine)->report().model, 0};
  std::vector<double> seconds;
  for (unsigned i = 0; i < run.repeat; ++i) {
    const auto start = std::chrono::steady_clock::now();
    auto pushed = (*engine)->push(first, 0, {});
    if (pushed) pushed = (*engine)->push(second, 1, {&time, 1});
    if (!pushed) return tl::unexpected(pushed.error());
    const auto popped = (*engine)->pop(span_of(outcome.result));
    if (!popped) return tl::unexpected(popped.error());
    (*engine)->flush();
    seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  outcome.seconds = median(seconds);
  return outcome;
}

}  // namespace videoenhance
