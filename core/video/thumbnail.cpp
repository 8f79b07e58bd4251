#include "core/video/thumbnail.h"

#include <algorithm>
#include <cstring>

namespace videoenhance {
namespace {

constexpr int kSamples = 8;  // per axis of a cell, at most

float sample(const FrameView& frame, int component, int x, int y) {
  const auto& plane = frame.components[static_cast<std::size_t>(component)];
  const std::byte* source = plane.data + y * plane.row_stride + x * plane.pixel_stride;
  switch (frame.type) {
    case SampleType::kUint8:
      return static_cast<float>(*source) / 255.0f;
    case SampleType::kUint16: {
      std::uint16_t value;
      std::memcpy(&value, source, sizeof value);
      return static_cast<float>(value) / 65535.0f;
    }
    case SampleType::kFloat32: {
      float value;
      std::memcpy(&value, source, sizeof value);
      return value > 0.0f ? std::min(value, 1.0f) : 0.0f;  // NaN becomes 0
    }
  }
  return 0.0f;
}

float luma_at(const FrameView& frame, int x, int y) {
  return 0.2126f * sample(frame, 0, x, y) + 0.7152f * sample(frame, 1, x, y) +
         0.0722f * sample(frame, 2, x, y);
}

// The positions along an axis of `length` that stand for cell `index` of `cells`.
struct Positions {
  Positions(int length, int cells, int index)
      : first(static_cast<int>(static_cast<std::int64_t>(length) * index / cells)),
        size(static_cast<int>(static_cast<std::int64_t>(length) * (index + 1) / cells) - first),
        count(std::min(size, kSamples)) {}

  int operator[](int i) const { return first + (2 * i + 1) * size / (2 * count); }

  int first, size, count;
};

float mean_of(const FrameView& frame, const Positions& rows, const Positions& columns) {
  float sum = 0;
  for (int i = 0; i < rows.count; ++i)
    for (int j = 0; j < columns.count; ++j) sum += luma_at(frame, columns[j], rows[i]);
  return sum / static_cast<float>(rows.count * columns.count);
}

}  // namespace

std::optional<Thumbnail> Thumbnail::of(const LumaView& view, int most) {
  const FrameView& frame = view.picture;
  const auto& planes = frame.components;
  if (frame.width < 1 || frame.height < 1 || !planes[0].data || !planes[1].data || !planes[2].data) return {};
  Thumbnail picture;
  picture.width = std::min(frame.width, most);
  const auto proportional = static_cast<std::int64_t>(frame.height) * picture.width / frame.width;
  picture.height = static_cast<int>(std::clamp<std::int64_t>(proportional, 1, most));
  picture.luma.reserve(static_cast<std::size_t>(picture.width) * static_cast<std::size_t>(picture.height));
  const float gain = 1 / (view.white - view.black);
  for (int y = 0; y < picture.height; ++y) {
    const Positions rows(frame.height, picture.height, y);
    for (int x = 0; x < picture.width; ++x)
      picture.luma.push_back(gain * (mean_of(frame, rows, Positions(frame.width, picture.width, x)) - view.black));
  }
  return picture;
}

}  // namespace videoenhance
