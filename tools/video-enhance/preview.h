// --preview: one enhanced frame.
#pragma once

#include "tools/video-enhance/options.h"
#include "tools/video-enhance/progress.h"

namespace videoenhance {

// Writes the first frame of the range, enlarged; without --scale, the first frame that is drawn between two.
Outcome<void> preview(const Options& options, Progress& progress);

}  // namespace videoenhance
