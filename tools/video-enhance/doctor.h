// `video-enhance doctor`.
#pragma once

#include "tools/video-enhance/failure.h"

namespace videoenhance {

// Checks what the program needs, a line for each, with what to do where something is not there. Errors:
// kModel or kFailed after all has been printed.
Outcome<void> examine(bool json);

}  // namespace videoenhance
