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

constexpr unsigned kAdaptiveInterval = 10;  // pairs between two looks at the free memory

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
std::uint64_t free_device_memory(c10::Device device) {
  at::globalContext().lazyInitDevice(device.type());  // the allocator has no statistics before
  auto* allocator = at::getDeviceAllocator(device.type());
  const auto aggregate = static_cast<std::size_t>(c10::CachingAllocator::StatType::AGGREGATE);
  const auto stats = allocator->getDeviceStats(device.index());
  const auto cached = stats.reserved_bytes[aggregate].current - stats.allocated_bytes[aggregate].current;
  return allocator->getMemoryInfo(device.index()).first + static_cast<std::uint64_t>(cached);
}

void trim_device_memory(c10::Device device) {
  at::getDeviceAllocator(device.type())->emptyCache();
}
#else
std::uint64_t free_device_memory(c10::Device) {
  return UINT64_MAX;
}
void trim_device_memory(c10::Device) {}
#endif

}  // namespace

int cuda_device_count() {
  return static_cast<int>(at::hasCUDA() ? at::getNumGPUs() : 0);
}

std::uint64_t free_memory(c10::Device device) {
  if (!device.is_cpu()) return free_device_memory(device);
  const std::uint64_t system = std::min(available_host_memory(), available_in_group());
  return system == UINT64_MAX ? system : system + cpu_allocator_use().cached;
}

void trim_memory(c10::Device device) noexcept {
  if (device.is_cpu()) return trim_cpu_allocator();
  try {
    trim_device_memory(device);
  } catch (...) {
    // A device that has failed is reported by the next inference.
  }
}

void TrimPolicy::finished_one(std::uint64_t needed) noexcept {
  if (++finished_ < (every_ != 0 ? every_ : kAdaptiveInterval)) return;
  finished_ = 0;
  try {
    if (every_ == 0 && free_memory(device_) >= needed) return;
  } catch (...) {
    return;  // as above
  }
  trim_memory(device_);
}

}  // namespace videoenhance
