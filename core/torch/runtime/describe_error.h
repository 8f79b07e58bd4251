// LibTorch's exceptions in the user's words.
#pragma once

#include <exception>

#include "core/engine/result.h"

namespace videoenhance {

// Out of memory is kNoMemory, everything else kFailed; the detail has the library's own text, shortened to
// its first lines. Throws nothing.
Error describe_torch_exception(std::exception_ptr exception) noexcept;

}  // namespace videoenhance
