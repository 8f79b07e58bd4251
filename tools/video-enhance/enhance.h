// The main job: IN to OUT.
#pragma once

#include "tools/video-enhance/options.h"
#include "tools/video-enhance/progress.h"

namespace videoenhance {

// Errors: all kinds; kInterrupted after a shorter file was written.
Outcome<void> enhance(const Options& options, Progress& progress);

}  // namespace videoenhance
