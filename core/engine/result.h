// Errors are values inside the core: a function that can fail returns Result<T> or Status.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace videoenhance {

// What went wrong, as far as a caller must tell cases apart. gst/errors.cpp maps each to one GStreamer code.
enum class ErrorKind {
  kNotFound,     // a file that does not exist
  kUnreadable,   // a file that exists and cannot be read
  kBadModel,     // corrupt, incomplete or unknown weights
  kBadModule,    // the Torch module is missing, unloadable or of another version
  kBadSettings,  // a device, option or size that this model or machine does not have
  kNoMemory,     // refused before or failed while allocating
  kFailed,       // inference failed
};

struct Error {
  ErrorKind kind;
  std::string message;      // one plain sentence for the user: what happened and what to do
  std::string detail = {};  // for developers: file, key, shape, device, the library's own words
};

template <typename T>
using Result = tl::expected<T, Error>;
using Status = Result<void>;

inline tl::unexpected<Error> fail(ErrorKind kind, std::string message, std::string detail = {}) {
  return tl::unexpected<Error>(Error{kind, std::move(message), std::move(detail)});
}

}  // namespace videoenhance
