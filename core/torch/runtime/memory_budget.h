// Refusing at start what would fail later.
#pragma once

#include <cstdint>
#include <string>

#include "core/engine/result.h"

namespace videoenhance {

// All in bytes.
struct MemoryBudget {
  std::uint64_t weights = 0;  // already loaded
  std::uint64_t work = 0;     // estimate of what a stream takes at its peak, beside the weights
  std::uint64_t limit = 0;    // what the user allows for both; 0 = no limit
  std::uint64_t free = 0;     // what the device still has
};

// Errors: kNoMemory with the numbers; `remedy` says which setting would fit ("lower …").
Status check_memory(const MemoryBudget& budget, const std::string& remedy);

}  // namespace videoenhance
