// An engine module without a network, for the tests of gst/. For interpolation it blends its two frames by
// phase; for FlashVSR it enlarges by the nearest pixel and holds frames back by the real schedule. It fails
// where its model file says so. A model file holds lines "key=value":
//   model = fake                             without it the file is no model
//   fail = create | configure | push | pop | drain   the call that returns an error
//   throw = int | std | none                 instead of returning one it throws (default none)
//   kind = settings | memory | model | failed   what the error is called (default failed)
//   at = N                                   the N-th call of that kind, from 1 (default 1)
//   ensemble = no                            refuses the option, as networks with features do
//   notice = TEXT                            FlashVSR: the report's notice
//   refused = TEXT                           FlashVSR: its notice once a knob was set, by adjust(), to
//   kv-ratio 16 order = wrong                            FlashVSR: gives the second result before the first
#pragma once

#include <cstdint>

#include "core/engine/engine.h"

struct FakeEngineCounts {
  std::uint64_t engines_alive;
  std::uint64_t engines_made;
  std::uint64_t models_alive;
  std::uint64_t configures;
  std::uint64_t pushes;
  std::uint64_t pops;
  std::uint64_t drains;
  std::uint64_t flushes;
  std::uint64_t adjusts;
  videoenhance::FlashVsrKnobs last_knobs;
};

// Exported by the module under these names: the counts, and the options of the engine made last.
inline constexpr char kFakeEngineCountsSymbol[] = "fake_engine_counts";
using FakeEngineCountsFunction = FakeEngineCounts (*)();
inline constexpr char kFakeLastOptionsSymbol[] = "fake_last_options";
using FakeLastOptionsFunction = const videoenhance::EngineOptions* (*)();
