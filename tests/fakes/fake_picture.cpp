#include "tests/fakes/fake_picture.h"

#include <algorithm>
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

void put_sample(std::byte* place, SampleType type, float value) {
  if (type == SampleType::kUint8) {
    *place = static_cast<std::byte>(std::lround(value * 255.0f));
    return;
  }
  const auto word = static_cast<std::uint16_t>(std::lround(value * 65535.0f));
  std::memcpy(place, &word, sizeof word);
}

template <typename Byte>
Byte* place_of(const BasicComponent<Byte>& component, int x, int y) {
  return component.data + y * component.row_stride + x * component.pixel_stride;
}

// In double, so that its rounding is no part of what is compared.
void change(const ColourMatrix& colours, std::array<float, 4>& pixel) {
  const std::array<float, 4> before = pixel;
  for (std::size_t row = 0; row < 3; ++row) {
    double sum = colours.offset[row];
    for (std::size_t i = 0; i < 3; ++i) sum += static_cast<double>(colours.matrix[row][i]) * before[i];
    pixel[row] = static_cast<float>(std::clamp(sum, 0.0, 1.0));
  }
}

}  // namespace

FakePicture copy_picture(const FrameView& frame, FrameId id) {
  FakePicture picture{id, frame.width, frame.height, {}};
  const std::size_t components = frame.has_alpha() ? 4 : 3;
  for (int y = 0; y < frame.height; ++y) {
    for (int x = 0; x < frame.width; ++x) {
      std::array<float, 4> pixel = {};
      for (std::size_t c = 0; c < components; ++c)
        pixel[c] = sample_at(place_of(frame.components[c], x, y), frame.type);
      if (frame.colours) change(*frame.colours, pixel);
      for (std::size_t c = 0; c < components; ++c) picture.components[c].push_back(pixel[c]);
    }
  }
  return picture;
}

void put_pixel(const FrameSpan& out, int x, int y, const std::array<float, 4>& pixel) {
  std::array<float, 4> samples = pixel;
  if (out.colours) change(*out.colours, samples);
  for (std::size_t c = 0; c < (out.has_alpha() ? 4u : 3u); ++c)
    put_sample(place_of(out.components[c], x, y), out.type, samples[c]);
}

}  // namespace videoenhance
