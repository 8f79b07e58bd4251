#include "tools/video-enhance/interrupt.h"

#include <csignal>

namespace videoenhance {
namespace {

volatile std::sig_atomic_t signalled = 0;

void note(int) {
  signalled = 1;
}

}  // namespace

void catch_interrupts() {
  struct sigaction action = {};
  action.sa_handler = note;
  action.sa_flags = SA_RESTART | static_cast<int>(SA_RESETHAND);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  // A file that may not grow further is then an error of the one who writes it.
  std::signal(SIGXFSZ, SIG_IGN);
}

bool interrupted() {
  return signalled != 0;
}

tl::unexpected<Failure> stopped() {
  return failed(ExitCode::kInterrupted, "Stopped; nothing was written.");
}

}  // namespace videoenhance
