// Grey pictures drawn by code, for tests of what looks at pictures.
#pragma once

#include <algorithm>
#include <functional>
#include <random>
#include <vector>

#include "core/engine/frame.h"

namespace videoenhance {

inline constexpr int kWidth = 160, kHeight = 90;

// A grey float picture and a view of it, all three components the same.
struct Picture {
  int width = kWidth, height = kHeight;
  std::vector<float> values = std::vector<float>(static_cast<std::size_t>(kWidth) * kHeight);

  FrameView view() const {
    const auto* data = reinterpret_cast<const std::byte*>(values.data());
    const BasicComponent<const std::byte> plane{data, width * static_cast<std::ptrdiff_t>(sizeof(float)),
                                                sizeof(float)};
    return {width, height, SampleType::kFloat32, {plane, plane, plane, {}}};
  }
};

inline Picture draw(const std::function<double(int x, int y)>& luma) {
  Picture picture;
  for (int y = 0; y < kHeight; ++y)
    for (int x = 0; x < kWidth; ++x)
      picture.values[static_cast<std::size_t>(y) * kWidth + x] =
          static_cast<float>(std::clamp(luma(x, y), 0.0, 1.0));
  return picture;
}

inline Picture flat(double luma) {
  return draw([=](int, int) { return luma; });
}

// Blocks of random luma around a mean, seen `shift` pixels further to the right.
inline Picture scene(unsigned seed, double mean, double spread, double shift = 0) {
  std::mt19937 random(seed);
  std::vector<double> blocks(4096);
  for (auto& block : blocks) block = mean + spread * (static_cast<double>(random()) / 4294967296.0 - 0.5);
  return draw([&](int x, int y) {
    const double place = (x + shift) / 12;
    const int column = static_cast<int>(place), row = y / 15;
    const auto at = [&](int c) { return blocks[static_cast<std::size_t>((row * 61 + c) % 4096)]; };
    const double blend = std::clamp((place - column) * 6 - 5, 0.0, 1.0);  // soft edges
    return at(column) * (1 - blend) + at(column + 1) * blend;
  });
}

inline Picture street(double shift = 0) {
  return scene(1, 0.35, 0.5, shift);
}
inline Picture room(double shift = 0) {
  return scene(2, 0.6, 0.6, shift);
}

inline Picture with_noise(Picture picture, unsigned seed, float deviation) {
  std::mt19937 random(seed);
  std::normal_distribution<float> noise(0, deviation);
  for (auto& value : picture.values) value = std::clamp(value + noise(random), 0.0f, 1.0f);
  return picture;
}

inline Picture mixed(const Picture& a, const Picture& b, float share) {
  Picture out = a;
  for (std::size_t i = 0; i < out.values.size(); ++i)
    out.values[i] = a.values[i] * (1 - share) + b.values[i] * share;
  return out;
}

inline std::vector<Picture> sequence(int count, const std::function<Picture(int)>& frame) {
  std::vector<Picture> frames;
  for (int i = 0; i < count; ++i) frames.push_back(frame(i));
  return frames;
}

}  // namespace videoenhance
