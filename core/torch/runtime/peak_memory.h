// How much memory a piece of work takes.
#pragma once

#include <functional>

#include "core/torch/pch/aten.h"

namespace videoenhance {

// Runs `work` and returns the most bytes of tensors on the device that it held at once, beside what was there
// before. Counts what this thread allocates; what LibTorch's libraries allocate for themselves is not seen.
// Throws what `work` throws.
std::uint64_t peak_memory(c10::Device device, const std::function<void()>& work);

}  // namespace videoenhance
