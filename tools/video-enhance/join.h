// Puts the segments together with everything else that the input has.
#pragma once

#include <string>
#include <vector>

#include "tools/video-enhance/scan.h"

namespace videoenhance {

struct JoinJob {
  std::vector<std::filesystem::path> segments;
  std::filesystem::path output, aside;     // files; `aside` is for what the muxer must put aside
  GstClockTime end = GST_CLOCK_TIME_NONE;  // other streams are cut here, counted from the input's begin
  bool can_be_stopped = true;              // by the user; else it goes on to the end
};

struct Joined {
  std::uint64_t frames = 0;
  std::vector<std::string> kept;      // streams that were carried over
  std::vector<std::string> warnings;  // what was changed or left out, and why
};

// Errors: kOutput, kInput (a stream of the input that breaks off), kInterrupted, kFailed.
Outcome<Joined> join(const Source& source, const Options& options, const JoinJob& job);

}  // namespace videoenhance
