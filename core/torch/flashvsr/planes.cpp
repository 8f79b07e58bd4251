#include "core/torch/flashvsr/planes.h"

#include <algorithm>
#include <map>

namespace videoenhance {
namespace {

constexpr std::int64_t kBorder = 16;  // cells; aligns rows to vectors

// Two rows of pixels become one, so that each may be as wide as a multiple of half of it. An odd number of
// cache lines: the planes' rows, which are read together, must not compete for the same places in the cache.
std::int64_t stride_of(std::int64_t width) {
  constexpr std::int64_t kUnit = 2 * kRowUnit;
  static_assert(kUnit % (2 * kBorder) == 0);
  return kBorder + (width + kUnit - 1) / kUnit * kUnit + 2 * kBorder;
}

}  // namespace

PlaneOrder PlaneOrder::of(const ChannelGroups& groups, c10::ScalarType type) {
  std::map<int, std::vector<std::int64_t>> runs;
  for (std::size_t channel = 0; channel < groups.size(); ++channel) {
    if (groups[channel] != kSilent) runs[groups[channel]].push_back(static_cast<std::int64_t>(channel));
  }
  PlaneOrder order{channels_in_cell(type), {}};
  for (auto& [group, run] : runs) order.runs.push_back(std::move(run));
  return order;
}

std::int64_t PlaneOrder::planes_of(std::size_t channels) const {
  return (static_cast<std::int64_t>(channels) + cell_channels - 1) / cell_channels;
}

std::int64_t PlaneOrder::planes() const {
  std::int64_t planes = 0;
  for (const auto& run : runs) planes += planes_of(run.size());
  return planes;
}

std::vector<std::int64_t> PlaneOrder::channels() const {
  std::vector<std::int64_t> all;
  for (const auto& run : runs) {
    all.insert(all.end(), run.begin(), run.end());
    while (static_cast<std::int64_t>(all.size()) % cell_channels != 0) all.push_back(kNoChannel);
  }
  return all;
}

Planes::Planes(std::int64_t planes, std::int64_t height, std::int64_t width, std::int64_t rows_in_memory)
    : memory_(at::empty({std::min(rows_in_memory, height), planes, stride_of(width)}, at::kInt)),
      first_(reinterpret_cast<Cell*>(memory_.mutable_data_ptr<std::int32_t>()) + kBorder),
      height_(height),
      width_(width) {}

std::uint64_t Planes::bytes(std::int64_t planes, std::int64_t rows, std::int64_t width) {
  return static_cast<std::uint64_t>(planes * rows * stride_of(width)) * sizeof(Cell);
}

void Planes::clear_borders(std::int64_t y) const {
  const std::int64_t behind = memory_.size(2) - kBorder - width_;
  for (std::int64_t plane = 0; plane < count(); ++plane) {
    Cell* cells = row(plane, y);
    cells[-1] = 0;
    std::fill_n(cells + width_, behind, 0);
  }
}

}  // namespace videoenhance
