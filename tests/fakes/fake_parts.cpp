#include "tests/fakes/fake_parts.h"

#include <cmath>
#include <cstring>

namespace videoenhance {
namespace {

float sample_at(const std::byte* place, SampleType type) {
  if (type == SampleType::kUint8) return static_cast<float>(*place) / 255.0f;
  std::uint16_t word;
  std::memcpy(&word, place, sizeof word);
  return static_cast<float>(word) / 65535.0f;
}

}  // namespace

FakeCounters& fake_counters() {
  static FakeCounters counters;
  return counters;
}

FlashVsrKnobs& fake_last_knobs() {
  static FlashVsrKnobs knobs;
  return knobs;
}

FakePicture copy_picture(const FrameView& frame, FrameId id) {
  FakePicture picture{id, frame.width, frame.height, {}};
  for (std::size_t c = 0; c < (frame.has_alpha() ? 4u : 3u); ++c) {
    const auto& component = frame.components[c];
    for (int y = 0; y < frame.height; ++y) {
      for (int x = 0; x < frame.width; ++x) {
        const std::byte* place = component.data + y * component.row_stride + x * component.pixel_stride;
        picture.components[c].push_back(sample_at(place, frame.type));
      }
    }
  }
  return picture;
}

void put_sample(std::byte* place, SampleType type, float value) {
  if (type == SampleType::kUint8) {
    *place = static_cast<std::byte>(std::lround(value * 255.0f));
    return;
  }
  const auto word = static_cast<std::uint16_t>(std::lround(value * 65535.0f));
  std::memcpy(place, &word, sizeof word);
}

tl::unexpected<Error> misfit() {
  return fail(ErrorKind::kFailed, "The frame does not have the configured size.");
}

}  // namespace videoenhance
