// How LibTorch's threads wait for work.
#pragma once

namespace videoenhance {

// Sets in the environment that they sleep soon, for an OpenMP runtime that is loaded from now on: it reads
// this once. A program that links LibTorch itself must start anew after that. Gives false, and sets nothing,
// where the user has chosen.
bool let_idle_threads_sleep();

}  // namespace videoenhance
