// A cursor over bytes that nobody vouches for. Reading past the end gives zeros and sets failed() for good,
// so a caller may read several fields and ask once.
#pragma once

#include <algorithm>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "core/weights/mapped_file.h"

namespace videoenhance {

static_assert(std::endian::native == std::endian::little, "weight files are read as little endian");

class ByteReader {
 public:
  explicit ByteReader(Bytes bytes) : rest_(bytes) {}

  bool failed() const { return failed_; }
  Bytes rest() const { return rest_; }

  Bytes take(std::uint64_t count) {
    if (count > rest_.size()) {
      failed_ = true;
      rest_ = {};
      return {};
    }
    const Bytes taken = rest_.first(count);
    rest_ = rest_.subspan(count);
    return taken;
  }

  template <std::integral T>
  T number() {
    T value = 0;
    if (const Bytes taken = take(sizeof(T)); !taken.empty()) std::memcpy(&value, taken.data(), sizeof(T));
    return value;
  }

  std::string_view text(std::uint64_t count) {
    const Bytes taken = take(count);
    return {reinterpret_cast<const char*>(taken.data()), taken.size()};
  }

  // Up to a line feed, which is left out.
  std::string_view line() {
    const std::string_view all(reinterpret_cast<const char*>(rest_.data()), rest_.size());
    const std::string_view found = text(std::min(all.find('\n'), all.size()));
    take(1);
    return found;
  }

 private:
  Bytes rest_;
  bool failed_ = false;
};

}  // namespace videoenhance
