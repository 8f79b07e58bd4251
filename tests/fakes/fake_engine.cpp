#include "tests/fakes/fake_engine.h"

#include <utility>

#include "core/engine/guarded_engine.h"
#include "core/engine/module.h"
#include "tests/fakes/fake_parts.h"

namespace videoenhance {
namespace {

class InlineRunner final : public TaskRunner {
 public:
  void run(const std::function<void()>& task) noexcept override { task(); }
};

InlineRunner runner;

Status check_interpolation(const FakeModel& model, const InterpolationOptions& options) {
  const double scale = options.flow_scale;
  if (scale != 0.25 && scale != 0.5 && scale != 1 && scale != 2 && scale != 4) {
    return fail(ErrorKind::kBadSettings, "flow-scale must be 0.25, 0.5, 1, 2 or 4.");
  }
  if (options.ensemble && model.value("ensemble", "yes") == "no") {
    return fail(ErrorKind::kBadSettings, "This model cannot work as an ensemble.");
  }
  return {};
}

Status check_options(const FakeModel& model, const EngineOptions& options) {
  if (options.device != "auto" && options.device != "cpu") {
    return fail(ErrorKind::kBadSettings, "There is no such device in this machine.", options.device);
  }
  if (options.memory_limit == 1) {
    return fail(ErrorKind::kNoMemory, "The model needs 1500 bytes, and memory-limit allows 1.");
  }
  if (const auto* interpolation = std::get_if<InterpolationOptions>(&options.model)) {
    if (Status checked = check_interpolation(model, *interpolation); !checked) return checked;
  }
  return model.visit("create", 1);
}

std::unique_ptr<TemporalEngine> make_engine(std::shared_ptr<const FakeModel> model,
                                            const EngineOptions& options) {
  const std::string device = options.device == "auto" ? "cpu" : options.device;
  const auto* upscaling = std::get_if<FlashVsrOptions>(&options.model);
  return upscaling ? make_fake_upscaler(std::move(model), device, *upscaling)
                   : make_fake_interpolator(std::move(model), device);
}

EngineOptions& last_options() {
  static EngineOptions options;
  return options;
}

Result<std::unique_ptr<TemporalEngine>> create(const EngineOptions& options) {
  using Made = Result<std::unique_ptr<TemporalEngine>>;
  return guarded(runner, describe_exception, [&]() -> Made {
    auto model = FakeModel::load(options.model_path, options.device);
    if (!model) return tl::unexpected(model.error());
    if (Status checked = check_options(**model, options); !checked) return tl::unexpected(checked.error());
    last_options() = options;
    return std::make_unique<GuardedEngine>(make_engine(*model, options), std::make_unique<InlineRunner>(),
                                           describe_exception);
  });
}

void release_idle_models() noexcept {
  forget_idle_fake_models();
}

}  // namespace
}  // namespace videoenhance

#define EXPORTED extern "C" __attribute__((visibility("default")))

EXPORTED const videoenhance::EngineModule* videoenhance_engine_module() {
  static const videoenhance::EngineModule module = {videoenhance::kModuleInterfaceVersion,
                                                    videoenhance::create, videoenhance::release_idle_models};
  return &module;
}

EXPORTED FakeEngineCounts fake_engine_counts() {
  using namespace videoenhance;
  const FakeCounters& counters = fake_counters();
  return {counters.alive, counters.made,   fake_models_alive(), counters.configures, counters.pushes,
          counters.pops,  counters.drains, counters.flushes,    counters.adjusts,    fake_last_knobs()};
}

EXPORTED const videoenhance::EngineOptions* fake_last_options() {
  return &videoenhance::last_options();
}
