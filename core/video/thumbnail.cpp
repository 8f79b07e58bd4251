#include "core/video/thumbnail.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <type_traits>

namespace videoenhance {
namespace {

using Component = BasicComponent<const std::byte>;

constexpr int kRows = 8;  // of a cell, at most
constexpr std::array kWeights = {0.2126f, 0.7152f, 0.0722f};

// Part `index` of an axis of `length`, cut into `count` parts.
struct Part {
  Part(int length, int count, int index)
      : first(static_cast<int>(static_cast<std::int64_t>(length) * index / count)),
        size(static_cast<int>(static_cast<std::int64_t>(length) * (index + 1) / count) - first) {}

  int first, size;
};

template <typename Sample>
constexpr bool is_float = std::is_floating_point_v<Sample>;
template <typename Sample>
using Sum = std::conditional_t<is_float<Sample>, float, std::uint32_t>;
template <typename Sample>
constexpr float kWhite = is_float<Sample> ? 1.0f : static_cast<float>(Sample(-1));

template <typename Sample>
Sum<Sample> sum_of(const std::byte* source, std::ptrdiff_t stride, int count) {
  Sum<Sample> sum = 0;
  for (int i = 0; i < count; ++i, source += stride) {
    Sample value;
    std::memcpy(&value, source, sizeof value);
    if constexpr (is_float<Sample>) value = value > 0 ? std::min(value, Sample(1)) : Sample(0);  // NaN: 0
    sum += value;
  }
  return sum;
}

template <typename Sample>
void add_component(const FrameView& frame, const Component& plane, float weight, Thumbnail& picture) {
  float* cell = picture.luma.data();
  for (int y = 0; y < picture.height; ++y) {
    const Part rows(frame.height, picture.height, y);
    const int count = std::min(rows.size, kRows);
    std::array<const std::byte*, kRows> lines;
    for (int i = 0; i < count; ++i)
      lines[i] = plane.data + (rows.first + (2 * i + 1) * rows.size / (2 * count)) * plane.row_stride;
    for (int x = 0; x < picture.width; ++x) {
      const Part columns(frame.width, picture.width, x);
      Sum<Sample> sum = 0;
      for (int i = 0; i < count; ++i)
        sum +=
            sum_of<Sample>(lines[i] + columns.first * plane.pixel_stride, plane.pixel_stride, columns.size);
      *cell++ += weight / kWhite<Sample> * static_cast<float>(sum) / static_cast<float>(count * columns.size);
    }
  }
}

void add_component(const FrameView& frame, const Component& plane, float weight, Thumbnail& picture) {
  switch (frame.type) {
    case SampleType::kUint8:
      return add_component<std::uint8_t>(frame, plane, weight, picture);
    case SampleType::kUint16:
      return add_component<std::uint16_t>(frame, plane, weight, picture);
    case SampleType::kFloat32:
      return add_component<float>(frame, plane, weight, picture);
  }
}

}  // namespace

bool Thumbnail::take(const LumaView& view, int most) {
  const FrameView& frame = view.picture;
  const auto& planes = frame.components;
  if (frame.width < 1 || frame.height < 1 || !planes[0].data || !planes[1].data || !planes[2].data)
    return false;
  width = std::min(frame.width, most);
  const auto proportional = static_cast<std::int64_t>(frame.height) * width / frame.width;
  height = static_cast<int>(std::clamp<std::int64_t>(proportional, 1, most));
  luma.assign(static_cast<std::size_t>(width) * static_cast<std::size_t>(height), 0.0f);
  const bool grey = planes[1].data == planes[0].data && planes[2].data == planes[0].data;
  if (grey) {
    add_component(frame, planes[0], 1, *this);
  } else {
    for (std::size_t i = 0; i < kWeights.size(); ++i) add_component(frame, planes[i], kWeights[i], *this);
  }
  const float gain = 1 / (view.white - view.black);
  for (float& cell : luma) cell = std::clamp(gain * (cell - view.black), 0.0f, 1.0f);
  return true;
}

}  // namespace videoenhance
