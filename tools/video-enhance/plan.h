// Which frames are made of which, and where the work is cut into segments.
#pragma once

#include "tools/video-enhance/scan.h"

namespace videoenhance {

// Source frames are counted from the first one in the range, output frames likewise.
//
// Segments have a fixed number of source frames, and each is made as if nothing before it had been: its
// networks begin with `lead` frames before it, whose output is dropped, and see `tail` frames after it. So a
// segment's frames do not depend on what was made before, or by which run.
struct Plan {
  Ratio rate_in, rate_out;  // 0/1: as the source's frames lie
  Ratio factor = {1, 1};    // output frames per source frame; 0/1 where only their times tell
  bool upscales = false, interpolates = false;
  std::uint64_t segment = 0;  // source frames; a whole number of output frames
  std::uint64_t lead = 0, tail = 0;
  std::uint64_t frames_in = 0;  // as the file promises

  // Output frames of `frames` source frames; 0 where only their times tell.
  std::uint64_t frames_out(std::uint64_t frames) const;
  // When frame k begins, counted from the first one. Only with a rate that is not 0/1.
  static GstClockTime time(std::uint64_t k, Ratio rate);
};

// Errors: kUsage, where the range holds no frame.
Outcome<Plan> make_plan(const Source& source, const Options& options);

}  // namespace videoenhance
