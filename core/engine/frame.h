// Pictures at the border between an element and its engine: memory owned by the caller, never kept.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace videoenhance {

// Code values 0 … 255, 0 … 65535 (native byte order; fewer where a word has fewer bits) or 0.0 … 1.0.
enum class SampleType { kUint8, kUint16, kFloat32 };

constexpr std::size_t bytes_of(SampleType type) {
  return type == SampleType::kUint8 ? 1 : type == SampleType::kUint16 ? 2 : 4;
}

// One colour component. Strides are in bytes; pixel_stride is the sample's size in planar pictures and
// larger in packed ones. Row strides may exceed width * pixel_stride.
template <typename Byte>
struct BasicComponent {
  Byte* data = nullptr;
  std::ptrdiff_t row_stride = 0;
  std::ptrdiff_t pixel_stride = 0;
};

// matrix * (three samples) + offset, of samples as parts of the largest code value; 0.0 … 1.0, as are
// results.
struct ColourMatrix {
  std::array<std::array<float, 3>, 3> matrix;
  std::array<float, 3> offset;
};

// How the second and third component have samples along one axis: for each pixel, or one for two of them,
// which lies between the two or in the first one. An odd number's last pixel has one alone. Beyond an edge,
// the outermost pixel or sample repeats.
enum class ChromaSampling { kEach, kBetweenTwo, kFirstOfTwo };

constexpr int samples_of(int pixels, ChromaSampling sampling) {
  return sampling == ChromaSampling::kEach ? pixels : (pixels + 1) / 2;
}

// Which bits of a 16-bit word are its sample: `depth` of them above the lowest `shift`. The others are 0.
struct WordBits {
  int depth = 16;
  int shift = 0;

  constexpr int largest() const { return (1 << depth) - 1; }  // sample
};

// A picture of width x height pixels. Components are full-range R', G', B' of the stream's own transfer
// function, or three from which `colours` makes them, and A; A.data is null where there is no alpha, and in a
// picture to write that of any component that is not wanted.
template <typename Byte>
struct BasicFrame {
  int width = 0;
  int height = 0;
  SampleType type = SampleType::kUint8;
  std::array<BasicComponent<Byte>, 4> components;
  // In a picture to read, makes R'G'B' of its samples; in one to write, samples of R'G'B'. Values beyond
  // 0.0 … 1.0 are clamped before and after.
  std::optional<ColourMatrix> colours = {};
  ChromaSampling chroma_columns = ChromaSampling::kEach;
  ChromaSampling chroma_rows = ChromaSampling::kEach;
  WordBits word = {};  // of kUint16

  bool has_alpha() const { return components[3].data != nullptr; }
};

using FrameView = BasicFrame<const std::byte>;  // to read
using FrameSpan = BasicFrame<std::byte>;        // to write

using FrameId = std::uint64_t;

}  // namespace videoenhance
