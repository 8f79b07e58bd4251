#include "core/torch/kernels/frame_io.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <type_traits>

#include "core/torch/kernels/rows.h"
#include "core/torch/kernels/word_pixels.h"
#include "core/torch/runtime/stage.h"

namespace videoenhance {
namespace {

constexpr std::int64_t kGrain = 16;  // rows that are worth a thread

// Of a row of pixels, one component's samples; side by side, vectors convert them.
template <typename Sample>
void gather(const std::byte* row, std::ptrdiff_t stride, Sample* out, int width) {
  if (stride == sizeof(Sample)) {
    std::memcpy(out, row, static_cast<std::size_t>(width) * sizeof(Sample));
    return;
  }
  for (int x = 0; x < width; ++x) std::memcpy(out + x, row + x * stride, sizeof(Sample));
}

template <typename Sample>
void scatter(const Sample* in, std::byte* row, std::ptrdiff_t stride, int width) {
  if (stride == sizeof(Sample)) {
    std::memcpy(row, in, static_cast<std::size_t>(width) * sizeof(Sample));
    return;
  }
  for (int x = 0; x < width; ++x) std::memcpy(row + x * stride, in + x, sizeof(Sample));
}

// Row y of each plane of a picture, whose planes begin at `values`; null for planes that it has not.
template <typename Value>
PixelRows<Value> rows_at(Value* values, const at::Tensor& picture, std::int64_t y) {
  PixelRows<Value> rows = {};
  for (std::int64_t c = 0; c < picture.size(1); ++c)
    rows[static_cast<std::size_t>(c)] = values + c * picture.stride(1) + y * picture.stride(2);
  return rows;
}

// Whether load_words() and store_words() can take the frame's pixels.
template <typename Byte>
bool has_word_pixels(const BasicFrame<Byte>& frame) {
  constexpr std::ptrdiff_t kWord = sizeof(std::uint16_t);
  const auto& [first, second, third, alpha] = frame.components;
  const auto is_at = [&first = first](const auto& component, std::ptrdiff_t place) {
    return component.data == first.data + (place - 1) * kWord && component.row_stride == first.row_stride &&
           component.pixel_stride == 4 * kWord;
  };
  return frame.colours && frame.type == SampleType::kUint16 && is_at(first, 1) && is_at(second, 2) &&
         is_at(third, 3) && (!alpha.data || is_at(alpha, 0));
}

// Such pixels begin a word before their first component.
template <typename Byte>
auto* word_row_at(const BasicFrame<Byte>& frame, std::int64_t y) {
  using Word = std::conditional_t<std::is_const_v<Byte>, const std::uint16_t, std::uint16_t>;
  const auto& first = frame.components[0];
  return reinterpret_cast<Word*>(first.data + y * first.row_stride) - 1;
}

void load_word_pixels(const FrameView& frame, at::Tensor& out) {
  auto* values = out.mutable_data_ptr<float>();
  at::parallel_for(0, frame.height, kGrain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t y = begin; y < end; ++y)
      load_words(word_row_at(frame, y), *frame.colours, rows_at(values, out, y), frame.width);
  });
}

void store_word_pixels(const at::Tensor& picture, const FrameSpan& out) {
  const std::vector<float> opaque(static_cast<std::size_t>(out.width), 1.0f);
  const auto* values = picture.const_data_ptr<float>();
  at::parallel_for(0, out.height, kGrain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t y = begin; y < end; ++y) {
      auto rows = rows_at(values, picture, y);
      rows[3] = !out.has_alpha() ? nullptr : rows[3] ? rows[3] : opaque.data();
      store_words(rows, *out.colours, word_row_at(out, y), out.width);
    }
  });
}

// The plain form of what load_words() and store_words() do with three values.
void mix_rows(const ColourMatrix& colours, float* first, float* second, float* third, int width) {
  // The comparison's order turns NaN into 0.
  const auto clamped = [](float value) { return value > 0.0f ? std::min(value, 1.0f) : 0.0f; };
  for (int x = 0; x < width; ++x) {
    const float a = clamped(first[x]), b = clamped(second[x]), c = clamped(third[x]);
    const auto sum = [&](std::size_t row) {
      const auto& gains = colours.matrix[row];
      return clamped(gains[0] * a + gains[1] * b + gains[2] * c + colours.offset[row]);
    };
    first[x] = sum(0);
    second[x] = sum(1);
    third[x] = sum(2);
  }
}

// Row by row: of packed pixels, a row stays in the cache from component to component. Value: float for
// pictures in [0,1], or Sample for what is copied as it is.
template <typename Sample, typename Value = float>
void load_components(const FrameView& frame, at::Tensor& out) {
  auto* values = out.mutable_data_ptr<Value>();
  at::parallel_for(0, frame.height, kGrain, [&](std::int64_t begin, std::int64_t end) {
    std::vector<Sample> samples(static_cast<std::size_t>(frame.width));
    for (std::int64_t y = begin; y < end; ++y) {
      const auto rows = rows_at(values, out, y);
      for (std::size_t c = 0; c < rows.size() && rows[c]; ++c) {
        const auto& [data, row_stride, pixel_stride] = frame.components[c];
        if constexpr (std::is_same_v<Sample, Value>) {
          gather(data + y * row_stride, pixel_stride, rows[c], frame.width);
        } else {
          gather(data + y * row_stride, pixel_stride, samples.data(), frame.width);
          value_row(samples.data(), rows[c], frame.width);
        }
      }
      if constexpr (std::is_same_v<Value, float>) {
        if (frame.colours) mix_rows(*frame.colours, rows[0], rows[1], rows[2], frame.width);
      }
    }
  });
}

template <typename Sample, typename Value = float>
void store_components(const at::Tensor& picture, const FrameSpan& out) {
  constexpr auto kOpaque = std::is_floating_point_v<Sample> ? Sample(1) : std::numeric_limits<Sample>::max();
  const auto width = static_cast<std::size_t>(out.width);
  const std::vector<Sample> opaque(width, kOpaque);
  const auto* values = picture.const_data_ptr<Value>();
  at::parallel_for(0, out.height, kGrain, [&](std::int64_t begin, std::int64_t end) {
    std::vector<Sample> samples(width);
    std::array<std::vector<Value>, 3> mixed;
    for (std::int64_t y = begin; y < end; ++y) {
      auto rows = rows_at(values, picture, y);
      if constexpr (std::is_same_v<Value, float>) {
        if (out.colours) {
          for (std::size_t c = 0; c < 3; ++c) {
            mixed[c].assign(rows[c], rows[c] + width);
            rows[c] = mixed[c].data();
          }
          mix_rows(*out.colours, mixed[0].data(), mixed[1].data(), mixed[2].data(), out.width);
        }
      }
      for (std::size_t c = 0; c < (out.has_alpha() ? 4u : 3u); ++c) {
        const Sample* row = opaque.data();
        if constexpr (std::is_same_v<Sample, Value>) {
          if (rows[c]) row = rows[c];
        } else if (rows[c]) {
          sample_row(rows[c], samples.data(), out.width);
          row = samples.data();
        }
        const auto& [data, row_stride, pixel_stride] = out.components[c];
        scatter(row, data + y * row_stride, pixel_stride, out.width);
      }
    }
  });
}

}  // namespace

std::array<std::int64_t, 4> picture_sizes(const FrameView& frame) {
  return {1, frame.has_alpha() ? 4 : 3, frame.height, frame.width};
}

at::Tensor load_frame(const FrameView& frame) {
  at::Tensor picture = at::empty(picture_sizes(frame), at::kFloat);
  load_frame(frame, picture);
  return picture;
}

void load_frame(const FrameView& frame, at::Tensor& picture) {
  const KernelScope kernel("load_frame",
                           {picture, picture.numel() * static_cast<std::int64_t>(bytes_of(frame.type))});
  switch (frame.type) {
    case SampleType::kUint8:
      return picture.scalar_type() == at::kByte ? load_components<std::uint8_t, std::uint8_t>(frame, picture)
                                                : load_components<std::uint8_t>(frame, picture);
    case SampleType::kUint16:
      return has_word_pixels(frame) ? load_word_pixels(frame, picture)
                                    : load_components<std::uint16_t>(frame, picture);
    case SampleType::kFloat32:
      return load_components<float>(frame, picture);
  }
}

void store_frame(const at::Tensor& picture, const FrameSpan& out) {
  const at::Tensor rows = picture.stride(3) == 1 ? picture : picture.contiguous();
  const KernelScope kernel("store_frame",
                           {rows, rows.numel() * static_cast<std::int64_t>(bytes_of(out.type))});
  switch (out.type) {
    case SampleType::kUint8:
      return rows.scalar_type() == at::kByte ? store_components<std::uint8_t, std::uint8_t>(rows, out)
                                             : store_components<std::uint8_t>(rows, out);
    case SampleType::kUint16:
      return has_word_pixels(out) ? store_word_pixels(rows, out) : store_components<std::uint16_t>(rows, out);
    case SampleType::kFloat32:
      return store_components<float>(rows, out);
  }
}

at::Tensor bytes_to_picture(const at::Tensor& bytes) {
  return bytes.to(at::kFloat).mul_(1.0f / kLevels);
}

at::Tensor picture_to_bytes(const at::Tensor& picture) {
  return picture.clamp(0, 1).mul_(kLevels).add_(0.5).to(at::kByte);
}

}  // namespace videoenhance
