#include "core/engine/idle_threads.h"

#include <cstdlib>

namespace videoenhance {

// Threads that spin at barriers made a frame ten times slower beside a busy decoder, and to wake them each
// time costs a small frame a third of its time: they spin for as long as most gaps between two loops last,
// some tens of microseconds on the processor that this was measured on, and then sleep. Other runtimes than
// libgomp read the policy alone.
bool let_idle_threads_sleep() {
  if (std::getenv("OMP_WAIT_POLICY")) return false;
  setenv("OMP_WAIT_POLICY", "passive", /*overwrite=*/0);
  setenv("GOMP_SPINCOUNT", "3000", /*overwrite=*/0);
  return true;
}

}  // namespace videoenhance
