// What downstream says about frames that came too late, and which of those still to be made would be late, too.
#pragma once

#include <cstdint>
#include <optional>

#include "core/video/timeline.h"

namespace videoenhance {

class Lateness {
 public:
  // After a report of lateness nothing is drawn for as long, beyond the time that is due already: drawing
  // and leaving out in turns would look worse than a lower rate.
  static constexpr Time kRest = 500'000'000;

  // Sinks show frames that are late by as little (5 ms is GstVideoSink's limit), and clocks jitter.
  static constexpr std::int64_t kTolerated = 5'000'000;

  // Downstream got a frame `late_by` ns after the running time `time` it was due at; negative: early.
  void report(Time time, std::int64_t late_by);

  // Whether to leave out a frame of this running time.
  bool is_late(Time time) const { return until_ && time < *until_; }

  void forget() { until_.reset(); }

 private:
  std::optional<Time> until_;
};

}  // namespace videoenhance
