#include "core/video/lateness.h"

#include <algorithm>
#include <limits>

namespace videoenhance {

void Lateness::report(Time time, std::int64_t late_by) {
  if (late_by <= kTolerated) return;
  const Time after = static_cast<Time>(late_by) + kRest;
  const Time until = time + std::min(after, std::numeric_limits<Time>::max() - time);
  until_ = std::max(until, until_.value_or(0));
}

}  // namespace videoenhance
