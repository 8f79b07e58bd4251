// Ctrl-C and SIGTERM.
#pragma once

namespace videoenhance {

// From now on the first signal is noted, and a second one ends the program at once.
void catch_interrupts();
bool interrupted();

}  // namespace videoenhance
