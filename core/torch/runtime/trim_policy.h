// When what the allocator keeps for reuse is given back.
#pragma once

#include <cstdint>

#include "core/engine/engine.h"
#include "core/torch/pch/aten.h"

namespace videoenhance {

struct TrimPlan {
  unsigned interval = 0;  // finished steps (pairs or chunks) from one trim to the next
  bool tight = false;     // there is not room for even one step
};

// By an accelerator's memory, all in bytes: `reserved` of `total` is taken, and a step takes `per_step` at
// its peak (section C.7 of the interpolation notes).
TrimPlan adaptive_trim(std::uint64_t total, std::uint64_t reserved, std::uint64_t per_step) noexcept;

// One per stream.
class TrimPolicy {
 public:
  // every: finished steps between trims; 0 = adaptive.
  TrimPolicy(c10::Device device, unsigned every) : device_(device), every_(every) {}

  // per_step: bytes that a step takes at its peak. Call before the first, and when they change.
  void plan(std::uint64_t per_step) noexcept;

  // Call after each finished step.
  void finished_one() noexcept;

  // What it does and why, for the user.
  void add_to(EngineReport& report) const;

 private:
  void look_at_memory() noexcept;

  c10::Device device_;
  unsigned every_;
  std::uint64_t per_step_ = 0;
  TrimPlan plan_;
  bool was_tight_ = false;  // for a step of this size: the user is told once
  unsigned finished_ = 0;   // since the last trim
  std::uint64_t trims_ = 0;
  std::uint64_t kept_ = 0;  // bytes for reuse, when that was looked at last
};

}  // namespace videoenhance
