// Maps of few channels as row_convolution.h reads them.
#pragma once

#include "core/torch/flashvsr/channel_groups.h"
#include "core/torch/kernels/row_convolution.h"

namespace videoenhance {

inline constexpr std::int64_t kNoChannel = -1;

// Which channels lie in which planes. A run is a group of channels, which are read together; each begins a
// plane of its own. What is in no run is always 0.
struct PlaneOrder {
  std::int64_t cell_channels;
  std::vector<std::vector<std::int64_t>> runs;

  // A run for each group and one for what they share.
  static PlaneOrder of(const ChannelGroups& groups, c10::ScalarType type);

  std::int64_t planes() const;
  std::int64_t planes_of(std::size_t channels) const;  // of a run, or a part of one
  // In the order in which they lie: of each plane's cells, all channels; kNoChannel where there is none.
  std::vector<std::int64_t> channels() const;
};

// Planes of H rows of W cells, each between zeros. With fewer rows in memory than H, a row takes the place of
// the one that many before it.
class Planes {
 public:
  // All 1 or more, planes 0 or more.
  Planes(std::int64_t planes, std::int64_t height, std::int64_t width, std::int64_t rows_in_memory);
  Planes(std::int64_t planes, std::int64_t height, std::int64_t width)
      : Planes(planes, height, width, height) {}

  // Of the memory of so many rows.
  static std::uint64_t bytes(std::int64_t planes, std::int64_t rows, std::int64_t width);

  const at::Tensor& memory() const { return memory_; }  // int32
  std::int64_t count() const { return memory_.size(1); }
  std::int64_t height() const { return height_; }
  std::int64_t width() const { return width_; }
  Cell* row(std::int64_t plane, std::int64_t y) const {
    return first_ + y % memory_.size(0) * memory_.stride(0) + plane * memory_.stride(1);
  }

  // What lies beside a row that was written.
  void clear_borders(std::int64_t y) const;

 private:
  at::Tensor memory_;
  Cell* first_;
  std::int64_t height_, width_;
};

}  // namespace videoenhance
