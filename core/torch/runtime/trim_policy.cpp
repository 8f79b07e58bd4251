#include "core/torch/runtime/trim_policy.h"

#include <algorithm>

#include "core/torch/runtime/device_memory.h"

namespace videoenhance {
namespace {

constexpr unsigned kLongestInterval = 20;
constexpr unsigned kHostInterval = 10;
constexpr unsigned kUnknownInterval = 5;
constexpr std::uint64_t kGiB = std::uint64_t{1} << 30;
constexpr std::uint64_t kLeftAlone = 2 * kGiB;  // for other programs, and what fragments
constexpr std::uint64_t kLeastUsable = kGiB;

}  // namespace

// The notes count 11 GiB for a step of TLBVFI, whatever its size; an engine knows its network's need.
TrimPlan adaptive_trim(std::uint64_t total, std::uint64_t reserved, std::uint64_t per_step) noexcept {
  const std::uint64_t taken = std::min(reserved, UINT64_MAX - kLeftAlone) + kLeftAlone;
  const std::uint64_t usable = std::max(total > taken ? total - taken : 0, kLeastUsable);
  const std::uint64_t steps = usable / std::max<std::uint64_t>(per_step, 1);
  return {static_cast<unsigned>(std::clamp<std::uint64_t>(steps, 1, kLongestInterval)), steps == 0};
}

void TrimPolicy::plan(std::uint64_t per_step) noexcept {
  if (per_step > per_step_) was_tight_ = false;
  per_step_ = per_step;
  look_at_memory();
}

// Other streams and programs come and go: what was right at the start of a stream need not stay so.
void TrimPolicy::look_at_memory() noexcept {
  kept_ = cached_memory(device_);
  plan_ = {every_, false};
  if (every_ != 0) return;
  plan_.interval = device_.is_cuda() ? kUnknownInterval : kHostInterval;
  try {
    const auto memory = device_.is_cuda() ? accelerator_memory(device_) : std::nullopt;
    if (memory)  // what is kept can be had again
      plan_ = adaptive_trim(memory->total, memory->reserved - std::min(kept_, memory->reserved), per_step_);
  } catch (...) {
    // A device that has failed is reported by the next inference.
  }
  was_tight_ |= plan_.tight;
}

void TrimPolicy::finished_one() noexcept {
  kept_ = cached_memory(device_);
  if (++finished_ < plan_.interval) return;
  finished_ = 0;
  ++trims_;
  trim_memory(device_);
  look_at_memory();
}

void TrimPolicy::add_to(EngineReport& report) const {
  report.trims = trims_;
  report.trim_interval = plan_.interval;
  report.cache_bytes = kept_;
  if (!was_tight_) return;
  if (!report.notice.empty()) report.notice += ' ';
  report.notice +=
      "The memory of " + device_.str() +
      " is nearly used up: it is cleared of what was left after each step, which takes time. Use "
      "a smaller picture, or end other programs that use the device.";
}

}  // namespace videoenhance
