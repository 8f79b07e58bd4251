#include "core/torch/runtime/peak_memory.h"

#include <c10/core/Allocator.h>

#include <algorithm>

namespace videoenhance {
namespace {

// LibTorch's allocators, and ours, report to the profiler of the thread that calls them.
class Meter final : public c10::MemoryReportingInfoBase {
 public:
  explicit Meter(c10::Device device) : device_(device) {}

  void reportMemoryUsage(void*, std::int64_t bytes, std::size_t, std::size_t, c10::Device device) override {
    if (device != device_) return;
    held_ += bytes;
    peak_ = std::max(peak_, held_);
  }
  bool memoryProfilingEnabled() const override { return true; }
  std::uint64_t peak() const { return static_cast<std::uint64_t>(peak_); }

 private:
  c10::Device device_;
  std::int64_t held_ = 0;
  std::int64_t peak_ = 0;
};

}  // namespace

std::uint64_t peak_memory(c10::Device device, const std::function<void()>& work) {
  const auto meter = std::make_shared<Meter>(device);
  const c10::DebugInfoGuard guard(c10::DebugInfoKind::PROFILER_STATE, meter);
  work();
  return meter->peak();
}

}  // namespace videoenhance
