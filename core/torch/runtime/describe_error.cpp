#include "core/torch/runtime/describe_error.h"

#include <c10/util/Exception.h>

#include <string>

#include "core/engine/guarded_engine.h"

namespace videoenhance {
namespace {

// The CPU allocators of LibTorch report exhaustion as a plain error with this in its text.
bool tells_of_memory(const std::string& text) {
  return text.find("not enough memory") != std::string::npos ||
         text.find("out of memory") != std::string::npos;
}

}  // namespace

Error describe_torch_exception(std::exception_ptr exception) noexcept {
  try {
    std::rethrow_exception(exception);
  } catch (const c10::Error& error) {
    const std::string text = error.what_without_backtrace();
    if (dynamic_cast<const c10::OutOfMemoryError*>(&error) || tells_of_memory(text)) {
      return {
          ErrorKind::kNoMemory,
          "There is not enough memory for this picture size: lower the size of the frames, or free memory.",
          text};
    }
    return {ErrorKind::kFailed, "The network failed on this frame.", text};
  } catch (...) {
    return describe_exception(exception);
  }
}

}  // namespace videoenhance
