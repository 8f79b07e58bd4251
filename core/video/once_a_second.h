// Keeps messages from flooding whoever reads them.
#pragma once

#include <optional>

#include "core/video/timeline.h"

namespace videoenhance {

class OnceASecond {
 public:
  // Whether a second has passed since this last said so. `now`: of a clock that never steps back.
  bool due(Time now) {
    constexpr Time kSecond = 1'000'000'000;
    if (last_ && now - *last_ < kSecond) return false;
    last_ = now;
    return true;
  }

 private:
  std::optional<Time> last_;
};

}  // namespace videoenhance
