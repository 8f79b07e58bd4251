// Marks for whoever observes LibTorch (ATen/record_function.h): its profilers, and bench-stages. Where nobody
// does, a mark costs some nanoseconds.
#pragma once

#include <ATen/record_function.h>

#include <initializer_list>
#include <optional>
#include <string_view>

namespace videoenhance {

// A part of the work on a frame, from here to the end of the block. What is inside of another is no longer
// its own.
class StageScope {
 public:
  explicit StageScope(std::string_view name) {
    if (auto observers = at::getStepCallbacksUnlessEmpty(at::RecordScope::USER_SCOPE))
      record_.emplace(std::move(*observers)).before(name);
  }

 private:
  std::optional<at::RecordFunction> record_;
};

// A kernel of ours, which LibTorch knows nothing of, seen as one of its operators until the end of the block.
class KernelScope {
 public:
  // touched: each tensor that it reads or writes; a whole number stands for so many bytes. A kernel whose
  // products no shapes tell names them instead: their number, as a double, and the type of what is multiplied.
  KernelScope(std::string_view name, std::initializer_list<c10::IValue> touched) {
    if (auto observers = at::getStepCallbacksUnlessEmpty(at::RecordScope::FUNCTION))
      record_.emplace(std::move(*observers))
          .before(name, c10::ArrayRef<const c10::IValue>(touched.begin(), touched.size()));
  }

 private:
  std::optional<at::RecordFunction> record_;
};

}  // namespace videoenhance
