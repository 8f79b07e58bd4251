#include "tests/fakes/fake_parts.h"

namespace videoenhance {

FakeCounters& fake_counters() {
  static FakeCounters counters;
  return counters;
}

FlashVsrKnobs& fake_last_knobs() {
  static FlashVsrKnobs knobs;
  return knobs;
}

tl::unexpected<Error> misfit() {
  return fail(ErrorKind::kFailed, "The frame does not have the configured size.");
}

}  // namespace videoenhance
