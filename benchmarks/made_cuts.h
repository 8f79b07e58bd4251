// A made set for the detector of cuts: hard cuts, fades, pans, flashes and passing objects, drawn from shots
// of real clips.
#pragma once

#include <string>
#include <vector>

#include "benchmarks/luma_clip.h"

namespace videoenhance {

// A stream for the detector, and the frames before which it must find a cut.
struct CutStream {
  std::string kind;
  LumaClip clip;
  std::vector<std::size_t> cuts;
};

// Frames of a clip between two of its cuts.
struct Shot {
  const LumaClip* clip;
  std::size_t first, count;
};

std::vector<Shot> shots_of(const LumaClip& clip, const std::vector<std::size_t>& cuts);

// 40 hard cuts and 10 fades of 8 to 25 frames in one stream ("scenes"), and streams without cuts: "pans" of 2
// to 12 % of the picture's width a frame, "flashes", "objects". At least two shots are needed.
std::vector<CutStream> made_cuts(const std::vector<Shot>& shots);

}  // namespace videoenhance
