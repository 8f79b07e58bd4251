// How the program ends: a documented exit code and, where it failed, one sentence.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace videoenhance {

// docs/video-enhance.md lists them; scripts rely on the numbers.
enum class ExitCode {
  kDone = 0,
  kFailed = 1,         // encoding, muxing, or something else
  kUsage = 2,          // options that make no sense, or do not fit the work folder
  kInput = 3,          // the input cannot be read, or has no video
  kOutput = 4,         // the output cannot be written
  kModel = 5,          // the plugin, its module, a model or a device
  kInterrupted = 130,  // Ctrl-C; what there is was written
};

struct Failure {
  ExitCode code;
  std::string sentence;     // what happened and what to do
  std::string detail = {};  // GStreamer's own words
};

template <typename T>
using Outcome = tl::expected<T, Failure>;

inline tl::unexpected<Failure> failed(ExitCode code, std::string sentence, std::string detail = {}) {
  return tl::unexpected<Failure>(Failure{code, std::move(sentence), std::move(detail)});
}

}  // namespace videoenhance
