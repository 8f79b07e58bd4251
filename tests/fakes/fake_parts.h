// What the two fake engines share: counters, and pictures as floats.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/engine/engine.h"
#include "tests/fakes/fake_model.h"

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

// A frame copied to floats 0 … 1, component by component.
struct FakePicture {
  FrameId id = 0;
  int width = 0;
  int height = 0;
  std::array<std::vector<float>, 4> components;
};
FakePicture copy_picture(const FrameView& frame, FrameId id);

// Writes value(component, x, y) into every sample of `out`.
template <typename Value>
void paint(const FrameSpan& out, Value value);

// Stores a value 0 … 1.
void put_sample(std::byte* place, SampleType type, float value);

tl::unexpected<Error> misfit();

std::unique_ptr<TemporalEngine> make_fake_interpolator(std::shared_ptr<const FakeModel> model,
                                                       const std::string& device);
std::unique_ptr<TemporalEngine> make_fake_upscaler(std::shared_ptr<const FakeModel> model,
                                                   const std::string& device, const FlashVsrOptions& options);

template <typename Value>
void paint(const FrameSpan& out, Value value) {
  for (std::size_t c = 0; c < (out.has_alpha() ? 4u : 3u); ++c) {
    const auto& component = out.components[c];
    for (int y = 0; y < out.height; ++y) {
      for (int x = 0; x < out.width; ++x) {
        put_sample(component.data + y * component.row_stride + x * component.pixel_stride, out.type,
                   value(c, x, y));
      }
    }
  }
}

}  // namespace videoenhance
