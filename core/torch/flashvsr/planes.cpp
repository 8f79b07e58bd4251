#include "core/torch/flashvsr/planes.h"

#include <algorithm>
#include <map>

#include "core/torch/runtime/stage.h"

namespace videoenhance {
namespace {

constexpr std::int64_t kBorder = 16;  // cells; aligns rows to vectors
constexpr std::int64_t kGrain = 8;    // rows that are worth a thread

// Two rows of pixels become one, so that each may be as wide as a multiple of half of it.
std::int64_t stride_of(std::int64_t width) {
  constexpr std::int64_t kUnit = 2 * kRowUnit;
  return kBorder + (width + kUnit - 1) / kUnit * kUnit + kBorder;
}

// Where a map [g,C,H,W] has a channel, from its first value on; -1 where it has none.
std::vector<std::int64_t> offsets_of(const at::Tensor& map, const ChannelOrder& from, const PlaneOrder& to) {
  std::map<std::int64_t, std::int64_t> places;
  for (std::int64_t place = 0; place < from.size(); ++place)
    places[from.channels[place]] = place / map.size(1) * map.stride(0) + place % map.size(1) * map.stride(1);
  std::vector<std::int64_t> offsets;
  for (const auto channel : to.channels()) offsets.push_back(channel == kNoChannel ? -1 : places.at(channel));
  return offsets;
}

// A part of a cell: one channel of all pixels in a row.
template <typename Part>
void fill_row(const Part* in, std::int64_t step, Part* out, std::int64_t out_step, std::int64_t width) {
  for (std::int64_t x = 0; x < width; ++x) out[x * out_step] = in == nullptr ? Part(0) : in[x * step];
}

template <typename Part>
void fill(const at::Tensor& map, const std::vector<std::int64_t>& offsets, const Planes& planes) {
  constexpr std::int64_t kParts = sizeof(Cell) / sizeof(Part);
  const auto* in = static_cast<const Part*>(map.const_data_ptr());
  at::parallel_for(0, planes.height(), kGrain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t y = begin; y < end; ++y) {
      for (std::size_t slot = 0; slot < offsets.size(); ++slot) {
        const auto plane = static_cast<std::int64_t>(slot) / kParts,
                   part = static_cast<std::int64_t>(slot) % kParts;
        const Part* row = offsets[slot] < 0 ? nullptr : in + offsets[slot] + y * map.stride(2);
        fill_row(row, map.stride(3), reinterpret_cast<Part*>(planes.row(plane, y)) + part, kParts,
                 planes.width());
      }
      planes.clear_borders(y);
    }
  });
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

std::int64_t PlaneOrder::planes() const {
  std::int64_t planes = 0;
  for (const auto& run : runs)
    planes += (static_cast<std::int64_t>(run.size()) + cell_channels - 1) / cell_channels;
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
    : memory_(at::empty({planes, std::min(rows_in_memory, height), stride_of(width)}, at::kInt)),
      first_(reinterpret_cast<Cell*>(memory_.mutable_data_ptr<std::int32_t>()) + kBorder),
      height_(height),
      width_(width) {}

Planes Planes::of(const at::Tensor& map, const ChannelOrder& from, const PlaneOrder& to) {
  Planes planes(to.planes(), map.size(2), map.size(3));
  const KernelScope kernel("Planes::of", {map, planes.memory_});
  const auto offsets = offsets_of(map, from, to);
  if (map.element_size() == sizeof(std::uint16_t)) {
    fill<std::uint16_t>(map, offsets, planes);
  } else {
    fill<Cell>(map, offsets, planes);
  }
  return planes;
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
