#include "core/engine/module.h"

#include <dlfcn.h>
#include <link.h>

#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <string_view>
#include <vector>

#include "core/engine/idle_threads.h"

namespace videoenhance {
namespace {

namespace fs = std::filesystem;

fs::path folder_of_this_object() {
  Dl_info info{};
  static const char anchor = 0;
  if (!dladdr(&anchor, &info) || !info.dli_fname) return {};
  std::error_code ignored;
  return fs::absolute(info.dli_fname, ignored).parent_path();
}

// In the build tree the module lies in core/torch beside gst, tools, benchmarks and tests.
fs::path module_path() {
  if (const char* chosen = std::getenv("VIDEOENHANCE_TORCH_MODULE"); chosen && *chosen) return chosen;
  const fs::path here = folder_of_this_object();
  std::error_code ignored;
  for (const char* beside : {"../core/torch", "../../core/torch", "../videoenhance"}) {
    const fs::path candidate = here / beside / VIDEOENHANCE_MODULE_NAME;
    if (fs::exists(candidate, ignored)) return fs::canonical(candidate, ignored);
  }
  return fs::path(VIDEOENHANCE_MODULE_DIR) / VIDEOENHANCE_MODULE_NAME;
}

// Paths of the LibTorch libraries that this process has mapped.
std::vector<std::string> mapped_libtorch() {
  std::vector<std::string> found;
  dl_iterate_phdr(
      [](dl_phdr_info* object, std::size_t, void* data) {
        const std::string_view path = object->dlpi_name ? object->dlpi_name : "";
        const std::string_view name = path.substr(path.rfind('/') + 1);
        if (name.starts_with("libtorch_cpu.so") || name.starts_with("libc10.so"))
          static_cast<std::vector<std::string>*>(data)->emplace_back(path);
        return 0;
      },
      &found);
  return found;
}

// The linker would silently give the module a LibTorch that is already there, whatever its version: its
// symbols would clash or crash. Only the very files that the module was linked with may be shared.
Status refuse_foreign_libtorch() {
  std::error_code ignored;
  const fs::path own = fs::weakly_canonical(VIDEOENHANCE_LIBTORCH_DIR, ignored);
  for (const std::string& path : mapped_libtorch()) {
    if (!own.empty() && fs::weakly_canonical(path, ignored).parent_path() == own) continue;
    return fail(
        ErrorKind::kBadModule,
        "This process already holds another LibTorch (of a Python host?), and two cannot live together: "
        "run the pipeline in a process of its own, or build the plugin with that LibTorch.",
        "mapped: " + path + ", needed: " VIDEOENHANCE_LIBTORCH_DIR);
  }
  return {};
}

Result<const EngineModule*> load(const fs::path& path) {
  std::error_code ignored;
  if (!fs::exists(path, ignored)) {
    return fail(
        ErrorKind::kBadModule,
        "The Torch module " + path.string() +
            " does not exist: build the project with LibTorch, or let VIDEOENHANCE_TORCH_MODULE name it.");
  }
  if (auto status = refuse_foreign_libtorch(); !status) return tl::unexpected(status.error());
  let_idle_threads_sleep();
  void* object = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!object) {
    const char* reason = dlerror();
    return fail(
        ErrorKind::kBadModule,
        "The Torch module " + path.string() +
            " cannot be loaded: put the LibTorch that it was built with back in its place, or build again.",
        reason ? reason : "");
  }
  const auto entry = reinterpret_cast<EngineModuleEntryPoint>(dlsym(object, kModuleEntryPoint));
  const EngineModule* module = entry ? entry() : nullptr;
  if (!module || module->interface_version != kModuleInterfaceVersion) {
    const std::string found = module ? std::to_string(module->interface_version) : "none";
    return fail(
        ErrorKind::kBadModule,
        path.string() + " is no Torch module of this version: install plugin and module from one build.",
        "interface " + found + ", expected " + std::to_string(kModuleInterfaceVersion));
  }
  return module;  // never closed: LibTorch cannot be unloaded
}

}  // namespace

Result<const EngineModule*> open_engine_module() {
  static std::mutex mutex;
  static const EngineModule* opened = nullptr;
  const std::lock_guard lock(mutex);
  if (opened) return opened;
  auto module = load(module_path());
  if (module) opened = *module;
  return module;
}

}  // namespace videoenhance
