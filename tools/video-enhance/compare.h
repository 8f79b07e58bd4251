// The result beside what a player would show without it.
#pragma once

#include "tools/video-enhance/options.h"
#include "tools/video-enhance/progress.h"

namespace videoenhance {

// Writes a clip of both, side by side, and a picture of each; measures both against a reference, if there is
// one. Errors: all kinds; after one, no clip was written.
Outcome<void> compare(const Options& options, Progress& progress);

}  // namespace videoenhance
