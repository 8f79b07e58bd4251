// Ctrl-C and SIGTERM.
#pragma once

#include "tools/video-enhance/failure.h"

namespace videoenhance {

// From now on the first signal is noted, and a second one ends the program at once.
void catch_interrupts();
bool interrupted();

// What to say where nothing came of it.
tl::unexpected<Failure> stopped();

}  // namespace videoenhance
