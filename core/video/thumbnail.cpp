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

// Part `index` of an axis of `length`, cut into `count` parts. Parts overlap where there are more than that.
struct Part {
  Part(int length, int count, int index)
      : first(static_cast<int>(static_cast<std::int64_t>(length) * index / count)),
        size(std::max(static_cast<int>(static_cast<std::int64_t>(length) * (index + 1) / count) - first, 1)) {
  }

  int first, size;
};

template <typename Sample>
constexpr bool is_float = std::is_floating_point_v<Sample>;
template <typename Sample>
using Sum = std::conditional_t<is_float<Sample>, float, std::uint32_t>;

// The samples of one component, which shares them between pixels or not.
struct Plane {
  Plane(const FrameView& frame, std::size_t c)
      : samples(frame.components[c]),
        width(c > 0 ? samples_of(frame.width, frame.chroma_columns) : frame.width),
        height(c > 0 ? samples_of(frame.height, frame.chroma_rows) : frame.height) {}

  const Component& samples;
  int width, height;
};

float white_of(const FrameView& frame) {
  switch (frame.type) {
    case SampleType::kUint8:
      return 255;
    case SampleType::kUint16:
      return static_cast<float>(frame.word.largest() << frame.word.shift);
    case SampleType::kFloat32:
      break;
  }
  return 1;
}

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
void add_plane(const Plane& plane, float weight, Thumbnail& picture) {
  const auto& [data, row_stride, pixel_stride] = plane.samples;
  float* cell = picture.luma.data();
  for (int y = 0; y < picture.height; ++y) {
    const Part rows(plane.height, picture.height, y);
    const int count = std::min(rows.size, kRows);
    std::array<const std::byte*, kRows> lines;
    for (int i = 0; i < count; ++i)
      lines[i] = data + (rows.first + (2 * i + 1) * rows.size / (2 * count)) * row_stride;
    for (int x = 0; x < picture.width; ++x) {
      const Part columns(plane.width, picture.width, x);
      Sum<Sample> sum = 0;
      for (int i = 0; i < count; ++i)
        sum += sum_of<Sample>(lines[i] + columns.first * pixel_stride, pixel_stride, columns.size);
      *cell++ += weight * static_cast<float>(sum) / static_cast<float>(count * columns.size);
    }
  }
}

void add_component(const FrameView& frame, std::size_t c, float weight, Thumbnail& picture) {
  const Plane plane(frame, c);
  const float share = weight / white_of(frame);
  switch (frame.type) {
    case SampleType::kUint8:
      return add_plane<std::uint8_t>(plane, share, picture);
    case SampleType::kUint16:
      return add_plane<std::uint16_t>(plane, share, picture);
    case SampleType::kFloat32:
      return add_plane<float>(plane, share, picture);
  }
}

// Luma as a sum of the components.
struct Weights {
  std::array<float, 3> components = kWeights;
  float offset = 0;
};

Weights weights_of(const FrameView& frame) {
  if (!frame.colours) return {};
  Weights weights{{0, 0, 0}, 0};
  for (std::size_t row = 0; row < 3; ++row) {
    weights.offset += kWeights[row] * frame.colours->offset[row];
    for (std::size_t c = 0; c < 3; ++c)
      weights.components[c] += kWeights[row] * frame.colours->matrix[row][c];
  }
  return weights;
}

}  // namespace

ColourMatrix gray_between(double black, double white) {
  const auto gain = static_cast<float>(1 / (white - black)),
             offset = static_cast<float>(-black / (white - black));
  return {{{{gain, 0, 0}, {0, gain, 0}, {0, 0, gain}}}, {offset, offset, offset}};
}

bool Thumbnail::take(const FrameView& frame, int most) {
  const auto& planes = frame.components;
  if (frame.width < 1 || frame.height < 1 || !planes[0].data || !planes[1].data || !planes[2].data)
    return false;
  width = std::min(frame.width, most);
  const auto proportional = static_cast<std::int64_t>(frame.height) * width / frame.width;
  height = static_cast<int>(std::clamp<std::int64_t>(proportional, 1, most));
  const Weights weights = weights_of(frame);
  luma.assign(static_cast<std::size_t>(width) * static_cast<std::size_t>(height), weights.offset);
  const auto& [first, second, third] = weights.components;
  const bool gray = planes[1].data == planes[0].data && planes[2].data == planes[0].data;
  if (gray) {
    add_component(frame, 0, first + second + third, *this);
  } else {
    for (std::size_t c = 0; c < 3; ++c) add_component(frame, c, weights.components[c], *this);
  }
  for (float& cell : luma) cell = std::clamp(cell, 0.0f, 1.0f);
  return true;
}

}  // namespace videoenhance
