// The module's entry point: options in, engines out.
#include "core/engine/module.h"

#include "core/engine/guarded_engine.h"
#include "core/torch/flashvsr/flashvsr_engine.h"
#include "core/torch/interpolation/pair_engine.h"
#include "core/torch/interpolation/pair_network.h"
#include "core/torch/interpolation/script_declaration.h"
#include "core/torch/runtime/cpu_allocator.h"
#include "core/torch/runtime/describe_error.h"
#include "core/torch/runtime/device.h"
#include "core/torch/runtime/inference_thread.h"

namespace videoenhance {
namespace {

using Engine = std::unique_ptr<TemporalEngine>;

Result<Engine> make_pair_engine(const EngineOptions& options, c10::Device device, c10::ScalarType precision) {
  const auto file = FileIdentity::of(options.model_path);
  if (!file) return tl::unexpected(file.error());
  ModelKey key{{*file}, device, precision};
  const auto declaration = FileIdentity::of(ScriptDeclaration::path_of(options.model_path));
  if (declaration) key.files.push_back(*declaration);
  const auto model =
      ModelRegistry::instance().acquire(key, key.bytes(), [&]() -> Result<std::shared_ptr<const Model>> {
        return load_pair_network(options.model_path, device, precision);
      });
  if (!model) return tl::unexpected(model.error());
  const auto network = std::dynamic_pointer_cast<const PairNetwork>(*model);
  const auto used = network->precision(precision);
  if (options.precision != Precision::kAuto && used != precision) {
    return fail(ErrorKind::kBadSettings,
                network->name() + " computes in " + precision_name(used) +
                    ", as it was exported: set precision=auto.",
                file->path.string() + ", precision=" + precision_name(precision));
  }
  const auto status = network->check(std::get<InterpolationOptions>(options.model));
  if (!status) return tl::unexpected(status.error());
  return std::make_unique<PairEngine>(network, options, device, used);
}

Result<Engine> make_flashvsr_engine(const EngineOptions& options, c10::Device device,
                                    c10::ScalarType precision) {
  const auto decoder = std::get<FlashVsrOptions>(options.model).decoder;
  const auto key = flashvsr_key(options.model_path, decoder, device, precision);
  if (!key) return tl::unexpected(key.error());
  const auto model =
      ModelRegistry::instance().acquire(*key, key->bytes(), [&]() -> Result<std::shared_ptr<const Model>> {
        return load_flashvsr(options.model_path, decoder, device, precision);
      });
  if (!model) return tl::unexpected(model.error());
  return FlashVsrEngine::make(std::dynamic_pointer_cast<const FlashVsrModel>(*model), options, device,
                              precision);
}

Result<Engine> make_engine(const EngineOptions& options, c10::Device device, c10::ScalarType precision) {
  return std::holds_alternative<FlashVsrOptions>(options.model)
             ? make_flashvsr_engine(options, device, precision)
             : make_pair_engine(options, device, precision);
}

// LibTorch looks for devices while it resolves one, which may throw, too.
Result<Engine> create_guarded(const EngineOptions& options) {
  const auto device = resolve_device(options.device);
  if (!device) return tl::unexpected(device.error());
  const bool is_flashvsr = std::holds_alternative<FlashVsrOptions>(options.model);
  const auto precision = resolve_precision(options.precision, *device, /*needs_range=*/is_flashvsr);
  if (!precision) return tl::unexpected(precision.error());
  auto runner = std::make_unique<EngineRunner>(*device, options.threads);
  auto engine =
      guarded(*runner, &describe_torch_exception, [&] { return make_engine(options, *device, *precision); });
  if (!engine) return engine;
  return std::make_unique<GuardedEngine>(std::move(*engine), std::move(runner), &describe_torch_exception);
}

Result<Engine> create(const EngineOptions& options) {
  try {
    install_cpu_allocator();
    return create_guarded(options);
  } catch (...) {
    return tl::unexpected(describe_torch_exception(std::current_exception()));
  }
}

void release_idle_models() noexcept {
  ModelRegistry::instance().release_idle();
  release_cpu_allocator();
}

constexpr EngineModule kModule{kModuleInterfaceVersion, &create, &release_idle_models};

}  // namespace
}  // namespace videoenhance

extern "C" __attribute__((visibility("default"))) const videoenhance::EngineModule*
videoenhance_engine_module() {
  return &videoenhance::kModule;
}
