#include "tests/fakes/fake_picture.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace videoenhance {
namespace {

using Pixel = std::array<float, 4>;

// In double, so that its rounding is no part of what is compared.
Pixel changed(const std::optional<ColourMatrix>& colours, const Pixel& pixel) {
  if (!colours) return pixel;
  Pixel after = pixel;
  for (std::size_t row = 0; row < 3; ++row) {
    double sum = colours->offset[row];
    for (std::size_t i = 0; i < 3; ++i)
      sum += static_cast<double>(colours->matrix[row][i]) * std::clamp(pixel[i], 0.0f, 1.0f);
    after[row] = static_cast<float>(std::clamp(sum, 0.0, 1.0));
  }
  return after;
}

template <typename Byte>
float top_of(const BasicFrame<Byte>& frame) {
  if (frame.type == SampleType::kFloat32) return 1;
  return static_cast<float>(frame.type == SampleType::kUint8 ? 255 : frame.word.largest());
}

template <typename Byte>
Byte* place_of(const BasicComponent<Byte>& component, int x, int y) {
  return component.data + y * component.row_stride + x * component.pixel_stride;
}

float sample_at(const FrameView& frame, std::size_t c, int x, int y) {
  const std::byte* place = place_of(frame.components[c], x, y);
  if (frame.type == SampleType::kUint8) return static_cast<float>(*place) / top_of(frame);
  if (frame.type == SampleType::kFloat32) {
    float value;
    std::memcpy(&value, place, sizeof value);
    return value;
  }
  std::uint16_t word;
  std::memcpy(&word, place, sizeof word);
  return static_cast<float>(word >> frame.word.shift) / top_of(frame);
}

void put_sample(const FrameSpan& frame, std::size_t c, int x, int y, float value) {
  std::byte* place = place_of(frame.components[c], x, y);
  if (frame.type == SampleType::kFloat32) {
    std::memcpy(place, &value, sizeof value);
    return;
  }
  const auto sample = static_cast<unsigned>(std::lround(std::clamp(value, 0.0f, 1.0f) * top_of(frame)));
  if (frame.type == SampleType::kUint8) {
    *place = static_cast<std::byte>(sample);
    return;
  }
  const auto word = static_cast<std::uint16_t>(sample << frame.word.shift);
  std::memcpy(place, &word, sizeof word);
}

// Where a pixel lies among the samples.
double place_among(ChromaSampling sampling, int pixel) {
  switch (sampling) {
    case ChromaSampling::kEach:
      return pixel;
    case ChromaSampling::kBetweenTwo:
      return (pixel - 0.5) / 2;
    case ChromaSampling::kFirstOfTwo:
      return pixel / 2.0;
  }
  return 0;
}

// Between the four samples around a pixel.
float chroma_at(const FrameView& frame, std::size_t c, int x, int y) {
  const auto column = [&](double place) {
    return static_cast<int>(std::clamp(place, 0.0, samples_of(frame.width, frame.chroma_columns) - 1.0));
  };
  const auto row = [&](double place) {
    return static_cast<int>(std::clamp(place, 0.0, samples_of(frame.height, frame.chroma_rows) - 1.0));
  };
  const double across = place_among(frame.chroma_columns, x), down = place_among(frame.chroma_rows, y);
  const double left = std::floor(across), upper = std::floor(down);
  const auto between = [&](int at) {
    const float one = sample_at(frame, c, column(left), at),
                other = sample_at(frame, c, column(left + 1), at);
    return one + (other - one) * (across - left);
  };
  const double one = between(row(upper)), other = between(row(upper + 1));
  return static_cast<float>(one + (other - one) * (down - upper));
}

// The shares of pixels around the first one of a sample.
std::vector<std::pair<int, float>> taps_of(ChromaSampling sampling) {
  switch (sampling) {
    case ChromaSampling::kEach:
      return {{0, 1.0f}};
    case ChromaSampling::kBetweenTwo:
      return {{0, 0.5f}, {1, 0.5f}};
    case ChromaSampling::kFirstOfTwo:
      return {{-1, 0.25f}, {0, 0.5f}, {1, 0.25f}};
  }
  return {};
}

}  // namespace

FakePicture copy_picture(const FrameView& frame, FrameId id) {
  FakePicture picture{id, frame.width, frame.height, {}};
  for (int y = 0; y < frame.height; ++y) {
    for (int x = 0; x < frame.width; ++x) {
      Pixel pixel = {sample_at(frame, 0, x, y), chroma_at(frame, 1, x, y), chroma_at(frame, 2, x, y)};
      if (frame.has_alpha()) pixel[3] = sample_at(frame, 3, x, y);
      pixel = changed(frame.colours, pixel);
      for (std::size_t c = 0; c < (frame.has_alpha() ? 4u : 3u); ++c)
        picture.components[c].push_back(pixel[c]);
    }
  }
  return picture;
}

void paint(const FrameSpan& out, const std::function<float(std::size_t c, int x, int y)>& value) {
  const auto samples_at = [&](int x, int y) {
    x = std::clamp(x, 0, out.width - 1);
    y = std::clamp(y, 0, out.height - 1);
    Pixel pixel = {value(0, x, y), value(1, x, y), value(2, x, y)};
    if (out.has_alpha()) pixel[3] = value(3, x, y);
    return changed(out.colours, pixel);
  };
  for (int y = 0; y < out.height; ++y) {
    for (int x = 0; x < out.width; ++x) {
      const Pixel samples = samples_at(x, y);
      for (const std::size_t c : {0, 3}) {
        if (out.components[c].data) put_sample(out, c, x, y, samples[c]);
      }
    }
  }
  const int step_x = out.chroma_columns == ChromaSampling::kEach ? 1 : 2;
  const int step_y = out.chroma_rows == ChromaSampling::kEach ? 1 : 2;
  for (int y = 0; y < samples_of(out.height, out.chroma_rows); ++y) {
    for (int x = 0; x < samples_of(out.width, out.chroma_columns); ++x) {
      Pixel sums = {};
      for (const auto& [down, of_row] : taps_of(out.chroma_rows)) {
        for (const auto& [across, of_column] : taps_of(out.chroma_columns)) {
          const Pixel samples = samples_at(step_x * x + across, step_y * y + down);
          for (const std::size_t c : {1, 2}) sums[c] += of_row * of_column * samples[c];
        }
      }
      for (const std::size_t c : {1, 2}) {
        if (out.components[c].data) put_sample(out, c, x, y, sums[c]);
      }
    }
  }
}

}  // namespace videoenhance
