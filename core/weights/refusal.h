// How the readers of weight files say no. They see bytes only; WeightFile::open adds the file's name.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace videoenhance {

struct Refusal {
  std::string reason;  // goes on from the file's name and ends without a full stop: "is cut off"
  std::string detail;  // for developers
};

template <typename T>
using Read = tl::expected<T, Refusal>;

inline tl::unexpected<Refusal> refuse(std::string reason, std::string detail = {}) {
  return tl::unexpected<Refusal>(Refusal{std::move(reason), std::move(detail)});
}

// Text from a file in quotes, fit for a message: valid UTF-8 with U+FFFD for control
// characters and other bytes, the middle of a long one left out.
std::string in_quotes(std::string_view text);

}  // namespace videoenhance
