#include "tests/torch/test_device.h"

#include <ATen/Context.h>
#include <c10/core/CachingDeviceAllocator.h>
#include <torch/headeronly/version.h>

#include <cstdlib>

#include "core/torch/runtime/cpu_allocator.h"
#include "core/torch/runtime/device.h"
#include "core/torch/runtime/device_memory.h"

namespace videoenhance {
namespace {

constexpr char kSkipped[] = "LibTorch sees no CUDA device here.";

class Device final : public testing::Environment {
 public:
  void SetUp() override {
    settle_device(test_device());
    if (test_device_name() != "cpu" && cuda_device_count() == 0) GTEST_SKIP() << kSkipped;
  }
};

const auto* const kEnvironment = testing::AddGlobalTestEnvironment(std::make_unique<Device>().release());

}  // namespace

const std::string& test_device_name() {
  static const std::string name = [] {
    const char* value = std::getenv("VIDEOENHANCE_TEST_DEVICE");
    return std::string(value && *value ? value : "cpu");
  }();
  return name;
}

c10::Device test_device() {
  const c10::Device device(test_device_name());
  return device.is_cuda() && !device.has_index() ? c10::Device(c10::kCUDA, 0) : device;
}

MemoryUse memory_use(c10::Device device) {
  if (device.is_cpu()) return {cpu_allocator_use().used, cpu_allocator_use().cached};
#if TORCH_VERSION_MAJOR > 2 || TORCH_VERSION_MINOR >= 10
  const auto all = static_cast<std::size_t>(c10::CachingAllocator::StatType::AGGREGATE);
  at::globalContext().lazyInitDevice(device.type());
  const auto stats = at::getDeviceAllocator(device.type())->getDeviceStats(device.index());
  const auto used = static_cast<std::uint64_t>(stats.allocated_bytes[all].current);
  return {used, static_cast<std::uint64_t>(stats.reserved_bytes[all].current) - used};
#else
  return {};  // as core/torch/runtime/device_memory.cpp
#endif
}

void release_memory() {
  test_device().is_cpu() ? release_cpu_allocator() : trim_memory(test_device());
}

void OnCuda::SetUp() {
  if (!test_device().is_cuda()) GTEST_SKIP() << "VIDEOENHANCE_TEST_DEVICE names no CUDA device.";
}

}  // namespace videoenhance
