// A picture's planes row by row, out of frames and into them, whatever the layout of a frame's samples: of
// packed pixels, a row stays in the cache from component to component.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <vector>

#include "core/engine/frame.h"
#include "core/torch/kernels/rows.h"

namespace videoenhance {

// Of a component's row, `width` samples, side by side.
template <typename Sample>
void gather(const std::byte* row, std::ptrdiff_t stride, Sample* out, std::int64_t width) {
  if (stride == sizeof(Sample)) {
    std::memcpy(out, row, static_cast<std::size_t>(width) * sizeof(Sample));
    return;
  }
  for (std::int64_t x = 0; x < width; ++x) std::memcpy(out + x, row + x * stride, sizeof(Sample));
}

template <typename Sample>
void scatter(const Sample* in, std::byte* row, std::ptrdiff_t stride, std::int64_t width) {
  if (stride == sizeof(Sample)) {
    std::memcpy(row, in, static_cast<std::size_t>(width) * sizeof(Sample));
    return;
  }
  for (std::int64_t x = 0; x < width; ++x) std::memcpy(row + x * stride, in + x, sizeof(Sample));
}

// A row of each plane of a picture: R, G, B and alpha. That is null where there is none: in reading where the
// frame has none, or it is not wanted; in writing it is opaque then.
template <typename Value>
using PlaneRows = std::array<Value*, 4>;

// Reads rows of float32 values: of R'G'B' and alpha in [0,1], not clamped where samples are R'G'B'. One for
// each thread; the frame must outlive it.
template <typename Sample>
class RowReader {
 public:
  explicit RowReader(const FrameView& frame)
      : frame_(frame), samples_(static_cast<std::size_t>(frame.width)) {
    shared_.resize(samples_.size());
  }

  void read(std::int64_t y, const PlaneRows<float>& rows) {
    read_values(0, y, frame_.width, rows[0]);
    for (const std::size_t c : {1, 2}) read_chroma(c, y, rows[c]);
    if (rows[3]) read_values(3, y, frame_.width, rows[3]);
    if (frame_.colours) colour_rows(*frame_.colours, rows[0], rows[1], rows[2], frame_.width);
  }

 private:
  void read_chroma(std::size_t c, std::int64_t y, float* out) {
    if (frame_.chroma_columns == ChromaSampling::kEach) return read_between(c, y, frame_.width, out);
    read_between(c, y, samples_of(frame_.width, frame_.chroma_columns), shared_.data());
    spread_row(shared_.data(), frame_.chroma_columns, out, frame_.width);
  }

  // Row y by interpolation between two rows of chroma, where rows share these.
  void read_between(std::size_t c, std::int64_t y, std::int64_t width, float* out) {
    if (frame_.chroma_rows == ChromaSampling::kEach) return read_values(c, y, width, out);
    const bool between = frame_.chroma_rows == ChromaSampling::kBetweenTwo;
    const std::int64_t near = y / 2, last = samples_of(frame_.height, frame_.chroma_rows) - 1;
    if (!between && y % 2 == 0) return read_values(c, near, width, out);
    const std::int64_t far = std::clamp<std::int64_t>(y % 2 == 0 ? near - 1 : near + 1, 0, last);
    blend_row(chroma_row(c, near, width), chroma_row(c, far, width), between ? 0.25f : 0.5f, out, width);
  }

  // Two neighbours are kept, which the next rows need again.
  const float* chroma_row(std::size_t c, std::int64_t y, std::int64_t width) {
    auto& [kept_y, values] = kept_[c][static_cast<std::size_t>(y % 2)];
    if (kept_y != y) {
      values.resize(static_cast<std::size_t>(width));
      read_values(c, y, width, values.data());
      kept_y = y;
    }
    return values.data();
  }

  void read_values(std::size_t c, std::int64_t y, std::int64_t width, float* out) {
    const auto& [data, row_stride, pixel_stride] = frame_.components[c];
    const std::byte* row = data + y * row_stride;
    if constexpr (std::is_same_v<Sample, float>) {
      gather(row, pixel_stride, out, width);
    } else {
      gather(row, pixel_stride, samples_.data(), width);
      value_row(samples_.data(), out, width, frame_.word);
    }
  }

  struct KeptRow {
    std::int64_t y = -1;
    std::vector<float> values;
  };

  const FrameView& frame_;
  std::vector<Sample> samples_;
  std::vector<float> shared_;
  std::array<std::array<KeptRow, 2>, 3> kept_;  // of the second and third component
};

// Writes rows of float32 values: the nearest samples of them, or of what the frame's colours make of them.
// One for each thread; the frame must outlive it.
template <typename Sample>
class RowWriter {
 public:
  explicit RowWriter(const FrameSpan& frame)
      : frame_(frame), samples_(static_cast<std::size_t>(frame.width)), opaque_(samples_.size(), 1.0f) {
    for (auto* row : {&mixed_[0], &mixed_[1], &mixed_[2], &sums_[1], &sums_[2], &shared_})
      row->resize(samples_.size());
  }

  // Writes row y of chroma and the rows of the frame that share it. rows_at(y) gives the values of row y of
  // the frame.
  template <typename RowsAt>
  void write(std::int64_t y, const RowsAt& rows_at) {
    if (frame_.chroma_rows == ChromaSampling::kEach) {
      const Rows rows = coloured(rows_at(y));
      write_full(y, rows);
      for (const std::size_t c : {1, 2}) write_chroma(c, y, rows[c]);
      return;
    }
    const bool between = frame_.chroma_rows == ChromaSampling::kBetweenTwo;
    const std::int64_t first = 2 * y, second = first + 1;
    for (const std::size_t c : {1, 2}) std::ranges::fill(sums_[c], 0.0f);
    if (!between) add_chroma(coloured(rows_at(std::max<std::int64_t>(first - 1, 0))), 0.25f);
    const float of_second = between ? 0.5f : 0.25f;
    write_and_add(first, rows_at, second < frame_.height ? 0.5f : 0.5f + of_second);
    if (second < frame_.height) write_and_add(second, rows_at, of_second);
    for (const std::size_t c : {1, 2}) write_chroma(c, y, sums_[c].data());
  }

 private:
  using Rows = PlaneRows<const float>;

  Rows coloured(Rows rows) {
    if (!rows[3]) rows[3] = opaque_.data();
    if (!frame_.colours) return rows;
    for (std::size_t c = 0; c < 3; ++c) {
      std::copy_n(rows[c], frame_.width, mixed_[c].data());
      rows[c] = mixed_[c].data();
    }
    colour_rows(*frame_.colours, mixed_[0].data(), mixed_[1].data(), mixed_[2].data(), frame_.width);
    return rows;
  }

  template <typename RowsAt>
  void write_and_add(std::int64_t y, const RowsAt& rows_at, float share) {
    const Rows rows = coloured(rows_at(y));
    write_full(y, rows);
    add_chroma(rows, share);
  }

  void add_chroma(const Rows& rows, float share) {
    for (const std::size_t c : {1, 2}) add_row(rows[c], share, sums_[c].data(), frame_.width);
  }

  void write_full(std::int64_t y, const Rows& rows) {
    for (const std::size_t c : {0, 3}) write_values(c, y, rows[c], frame_.width);
  }

  void write_chroma(std::size_t c, std::int64_t y, const float* row) {
    if (frame_.chroma_columns == ChromaSampling::kEach) return write_values(c, y, row, frame_.width);
    halve_row(row, frame_.chroma_columns, shared_.data(), frame_.width);
    write_values(c, y, shared_.data(), samples_of(frame_.width, frame_.chroma_columns));
  }

  void write_values(std::size_t c, std::int64_t y, const float* values, std::int64_t width) {
    const auto& [data, row_stride, pixel_stride] = frame_.components[c];
    if (!data) return;
    std::byte* row = data + y * row_stride;
    if constexpr (std::is_same_v<Sample, float>) {
      scatter(values, row, pixel_stride, width);
    } else {
      sample_row(values, samples_.data(), width, frame_.word);
      scatter(samples_.data(), row, pixel_stride, width);
    }
  }

  const FrameSpan& frame_;
  std::vector<Sample> samples_;
  std::vector<float> opaque_, shared_;
  std::array<std::vector<float>, 3> mixed_, sums_;
};

}  // namespace videoenhance
