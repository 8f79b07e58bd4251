#include "tools/golden_runs.h"

#include "core/engine/module.h"

namespace videoenhance {

Result<Outcome> run_golden(const Manifest& manifest, const RunOptions& options) {
  const std::string model = manifest.model();
  if (model == "rife" || model == "film" || model == "tlbvfi" || model == "torchscript")
    return run_pair(manifest, options);
  if (model == "flashvsr") return run_clip(manifest, options);
  return fail(ErrorKind::kBadSettings, "The manifest names the unknown model \"" + model + "\".");
}

Result<std::unique_ptr<TemporalEngine>> make_engine(const EngineOptions& options, int width, int height) {
  const auto module = open_engine_module();
  if (!module) return tl::unexpected(module.error());
  auto engine = (*module)->create(options);
  if (!engine) return engine;
  const Status configured = (*engine)->configure({width, height, width, height, /*alpha=*/false});
  if (!configured) return tl::unexpected(configured.error());
  return engine;
}

}  // namespace videoenhance
