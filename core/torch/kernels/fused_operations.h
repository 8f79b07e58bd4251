// oneDNN's operations that have no declarations among ATen's headers.
#pragma once

#include <ATen/core/dispatch/Dispatcher.h>

#include <optional>

namespace videoenhance {

// Null where LibTorch was built without oneDNN, and where another LibTorch has given the operation other
// arguments.
template <typename Signature>
std::optional<c10::TypedOperatorHandle<Signature>> find_fused(const char* name, const char* overload) try {
  const auto found = c10::Dispatcher::singleton().findSchema({name, overload});
  return found ? std::optional(found->template typed<Signature>()) : std::nullopt;
} catch (const c10::Error&) {
  return std::nullopt;
}

}  // namespace videoenhance
