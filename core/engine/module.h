// The Torch module: a shared object that makes engines. It is opened when the first element leaves NULL, so
// that registering the plugin costs nothing and a missing LibTorch is an error in words.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "core/engine/engine.h"

namespace videoenhance {

// Raised whenever anything in core/engine/{engine,frame,result,module}.h changes.
inline constexpr std::uint32_t kModuleInterfaceVersion = 4;
inline constexpr char kModuleEntryPoint[] = "videoenhance_engine_module";

// What the entry point returns. The first member never moves: it is read before the rest is trusted.
struct EngineModule {
  std::uint32_t interface_version;
  // Loads (or shares) a model and makes an engine for one stream. Throws nothing.
  Result<std::unique_ptr<TemporalEngine>> (*create)(const EngineOptions& options);
  // Drops models that no engine uses.
  void (*release_idle_models)() noexcept;
};

using EngineModuleEntryPoint = const EngineModule* (*)();

// Opens the module once per process; later calls are cheap and give the same result after success. The path
// is $VIDEOENHANCE_TORCH_MODULE, else beside the calling program or library, else where it was installed.
// Errors: kBadModule, in words that name the path and what to do.
Result<const EngineModule*> open_engine_module();

}  // namespace videoenhance
