#include "core/torch/runtime/model_registry.h"

#include <algorithm>
#include <system_error>

#include "core/torch/runtime/device_memory.h"

namespace videoenhance {

namespace fs = std::filesystem;

Result<FileIdentity> FileIdentity::of(const fs::path& path) {
  std::error_code error;
  const fs::path canonical = fs::canonical(path, error);
  if (error == std::errc::no_such_file_or_directory) {
    return fail(ErrorKind::kNotFound, "The model " + path.string() + " does not exist.", error.message());
  }
  if (!error && fs::is_directory(canonical, error)) return FileIdentity{canonical};
  const auto modified = error ? fs::file_time_type() : fs::last_write_time(canonical, error);
  const auto size = error ? 0 : fs::file_size(canonical, error);
  if (error) {
    return fail(ErrorKind::kUnreadable, "The model " + path.string() + " cannot be read.", error.message());
  }
  return FileIdentity{canonical, size, modified};
}

std::uintmax_t ModelKey::bytes() const {
  std::uintmax_t bytes = 0;
  for (const auto& file : files) bytes += file.size;
  return bytes;
}

ModelRegistry& ModelRegistry::instance() {
  static auto& registry = *std::make_unique<ModelRegistry>().release();
  return registry;
}

Result<std::shared_ptr<const Model>> ModelRegistry::acquire(const ModelKey& key, std::uint64_t needed,
                                                            const Loader& load) {
  const std::lock_guard lock(mutex_);
  const auto found =
      std::find_if(entries_.begin(), entries_.end(), [&](const Entry& e) { return e.key == key; });
  if (found != entries_.end()) return found->model;
  if (free_memory(key.device) < needed) drop_idle_entries();
  auto model = load();
  if (model) entries_.push_back({key, *model});
  // What was needed on the way, float32 and more, is of no size that frames need.
  if (!key.device.is_cpu()) trim_memory(key.device);
  return model;
}

void ModelRegistry::release_idle() noexcept {
  const std::lock_guard lock(mutex_);
  drop_idle_entries();
}

std::size_t ModelRegistry::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

void ModelRegistry::drop_idle_entries() {
  const auto kept = std::stable_partition(entries_.begin(), entries_.end(),
                                          [](const Entry& entry) { return entry.model.use_count() > 1; });
  std::vector<c10::Device> devices;
  for (auto entry = kept; entry != entries_.end(); ++entry) devices.push_back(entry->key.device);
  entries_.erase(kept, entries_.end());
  for (const c10::Device device : devices) {
    if (!device.is_cpu()) trim_memory(device);
  }
}

}  // namespace videoenhance
