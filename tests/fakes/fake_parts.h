// What the two fake engines share.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "core/engine/engine.h"
#include "tests/fakes/fake_model.h"
#include "tests/fakes/fake_picture.h"

namespace videoenhance {

struct FakeCounters {
  std::atomic<std::uint64_t> alive{0}, made{0}, configures{0}, pushes{0}, pops{0}, drains{0}, flushes{0},
      adjusts{0};
};
FakeCounters& fake_counters();

// The knobs that adjust() was given last, by any engine.
FlashVsrKnobs& fake_last_knobs();

// Counts an engine as alive.
class FakeLife {
 public:
  FakeLife() {
    ++fake_counters().alive;
    ++fake_counters().made;
  }
  ~FakeLife() { --fake_counters().alive; }
  FakeLife(const FakeLife&) = delete;
  FakeLife& operator=(const FakeLife&) = delete;
};

tl::unexpected<Error> misfit();

std::unique_ptr<TemporalEngine> make_fake_interpolator(std::shared_ptr<const FakeModel> model,
                                                       const std::string& device);
std::unique_ptr<TemporalEngine> make_fake_upscaler(std::shared_ptr<const FakeModel> model,
                                                   const std::string& device, const FlashVsrOptions& options);

}  // namespace videoenhance
