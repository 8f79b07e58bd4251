#include "core/torch/runtime/device_memory.h"

#include <ATen/Context.h>
#include <c10/core/CachingDeviceAllocator.h>
#include <torch/headeronly/version.h>

#include <algorithm>
#include <fstream>
#include <string>

#include "core/torch/runtime/cpu_allocator.h"

namespace videoenhance {
namespace {

std::uint64_t available_host_memory() {
  std::ifstream file("/proc/meminfo");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("MemAvailable:")) return std::stoull(line.substr(line.find(':') + 1)) * 1024;
  }
  return UINT64_MAX;  // unknown: refuse nothing
}

// Pages of files that the control group counts as used and gives up when asked, such as those of mapped
// weights.
std::uint64_t reclaimable_in_group() {
  std::ifstream file("/sys/fs/cgroup/memory.stat");
  std::string name;
  for (std::uint64_t bytes = 0; file >> name >> bytes;) {
    if (name == "inactive_file") return bytes;
  }
  return 0;
}

// What the control group of this process (a container, a service) still allows.
std::uint64_t available_in_group() {
  std::uint64_t limit = 0, used = 0;
  std::ifstream limit_file("/sys/fs/cgroup/memory.max"), used_file("/sys/fs/cgroup/memory.current");
  if (!(limit_file >> limit) || !(used_file >> used)) return UINT64_MAX;  // "max", or no such group
  used -= std::min(used, reclaimable_in_group());
  return limit > used ? limit - used : 0;
}

// LibTorch answers for every kind of device from 2.10 on; before, nothing is refused and nothing trimmed
// there.
#if TORCH_VERSION_MAJOR > 2 || TORCH_VERSION_MINOR >= 10
c10::DeviceAllocator& allocator_of(c10::Device device) {
  at::globalContext().lazyInitDevice(device.type());  // the allocator has no statistics before
  return *at::getDeviceAllocator(device.type());
}

std::uint64_t cached_device_memory(c10::Device device) {
  const auto aggregate = static_cast<std::size_t>(c10::CachingAllocator::StatType::AGGREGATE);
  const auto stats = allocator_of(device).getDeviceStats(device.index());
  return static_cast<std::uint64_t>(stats.reserved_bytes[aggregate].current -
                                    stats.allocated_bytes[aggregate].current);
}

std::optional<DeviceMemory> device_memory(c10::Device device) {
  const auto [free, total] = allocator_of(device).getMemoryInfo(device.index());
  return DeviceMemory{total, total - free};
}

void trim_device_memory(c10::Device device) {
  allocator_of(device).emptyCache();
}
#else
std::uint64_t cached_device_memory(c10::Device) {
  return 0;
}
std::optional<DeviceMemory> device_memory(c10::Device) {
  return std::nullopt;
}
void trim_device_memory(c10::Device) {}
#endif

}  // namespace

int cuda_device_count() {
  return static_cast<int>(at::hasCUDA() ? at::getNumGPUs() : 0);
}

std::uint64_t free_memory(c10::Device device) {
  if (!device.is_cpu()) {
    const auto memory = accelerator_memory(device);
    return memory ? memory->total - memory->reserved + cached_device_memory(device) : UINT64_MAX;
  }
  const std::uint64_t system = std::min(available_host_memory(), available_in_group());
  return system == UINT64_MAX ? system : system + cpu_allocator_use().cached;
}

std::optional<DeviceMemory> accelerator_memory(c10::Device device) {
  return device_memory(device);
}

std::uint64_t cached_memory(c10::Device device) noexcept {
  if (device.is_cpu()) return cpu_allocator_use().cached;
  try {
    return cached_device_memory(device);
  } catch (...) {
    return 0;  // a device that has failed is reported by the next inference
  }
}

void trim_memory(c10::Device device) noexcept {
  if (device.is_cpu()) return trim_cpu_allocator();
  try {
    trim_device_memory(device);
  } catch (...) {
    // As above.
  }
}

}  // namespace videoenhance
