#include "core/video/lateness.h"

namespace videoenhance {

void Lateness::report(Time time, std::int64_t late_by) {
  if (late_by <= 0) return;
  const Time due = time + static_cast<Time>(late_by);
  if (!until_ || *until_ < due + kRest) until_ = due + kRest;
}

}  // namespace videoenhance
