#include "core/torch/flashvsr/row_layer.h"

#include <algorithm>
#include <bit>

namespace videoenhance {
namespace {

using Channels = std::vector<std::int64_t>;

Channels channels_of_plane(const Channels& all, std::int64_t plane, std::int64_t cell_channels) {
  const auto begin = all.begin() + plane * cell_channels;
  return {begin, begin + cell_channels};
}

Channels planes_read(const std::vector<std::vector<bool>>& reads, const Channels& outputs,
                     const PlaneOrder& from) {
  const Channels channels = from.channels();
  Channels planes;
  for (std::int64_t plane = 0; plane < from.planes(); ++plane) {
    const auto inputs = channels_of_plane(channels, plane, from.cell_channels);
    const auto is_read = [&](std::int64_t input) {
      return input != kNoChannel &&
             std::ranges::any_of(outputs, [&](std::int64_t output) { return reads[output][input]; });
    };
    if (std::ranges::any_of(inputs, is_read)) planes.push_back(plane);
  }
  return planes;
}

// A number in the half of a cell, or in all of it.
Cell cell_of(float value, std::int64_t part, c10::ScalarType type) {
  const auto bits = std::bit_cast<Cell>(value);
  if (type == at::kFloat) return bits;
  return part == 0 ? bits >> 16 : bits & 0xffff0000;
}

// weight: [O,I,k,k], contiguous, of values that the type has.
std::vector<Cell> cells_of(const at::Tensor& weight, const Channels& outputs, const Channels& planes,
                           const PlaneOrder& from, c10::ScalarType type) {
  const auto value = weight.accessor<float, 4>();
  const Channels channels = from.channels();
  const std::int64_t taps = weight.size(3);
  std::vector<Cell> cells;
  for (const auto plane : planes) {
    const auto inputs = channels_of_plane(channels, plane, from.cell_channels);
    for (std::int64_t tap = 0; tap < taps * taps; ++tap) {
      for (const auto output : outputs) {
        Cell cell = 0;
        for (std::int64_t part = 0; part < from.cell_channels; ++part) {
          if (inputs[part] != kNoChannel)
            cell |= cell_of(value[output][inputs[part]][tap / taps][tap % taps], part, type);
        }
        cells.push_back(cell);
      }
    }
  }
  return cells;
}

// Parts of a run that registers hold, each beginning a cell.
std::vector<Channels> parts_of(const Channels& run, std::int64_t cell_channels) {
  const auto size = static_cast<std::int64_t>(run.size());
  const std::int64_t parts = (size + kMostOutputs - 1) / kMostOutputs;
  const std::int64_t part = ((size + parts - 1) / parts + cell_channels - 1) / cell_channels * cell_channels;
  std::vector<Channels> all;
  for (std::int64_t begin = 0; begin < size; begin += part)
    all.emplace_back(run.begin() + begin, run.begin() + std::min(begin + part, size));
  return all;
}

}  // namespace

RowLayer RowLayer::of(const at::Tensor& weight, const at::Tensor& bias, c10::ScalarType type,
                      const PlaneOrder& from, const PlaneOrder& to) {
  const auto reads = connections(weight.permute({1, 2, 0, 3, 4}));
  const at::Tensor rounded = weight.to(type).to(at::kFloat).contiguous();
  const at::Tensor added =
      bias.defined() ? bias.to(type).to(at::kFloat).contiguous() : at::zeros({weight.size(1)});
  RowLayer layer{{}, type, static_cast<int>(weight.size(3)), to.planes()};
  std::int64_t plane = 0, output = 0;
  for (const auto& run : to.runs) {
    for (const auto& outputs : parts_of(run, to.cell_channels)) {
      Bundle bundle{planes_read(reads, outputs, from), plane, to.planes_of(outputs.size()), output, {}, {}};
      for (const auto channel : outputs) bundle.bias.push_back(added[channel].item<float>());
      for (std::int64_t phase = 0; phase < weight.size(0); ++phase)
        bundle.weights.push_back(cells_of(rounded[phase], outputs, bundle.planes, from, type));
      plane += bundle.plane_count;
      output += static_cast<std::int64_t>(outputs.size());
      layer.bundles.push_back(std::move(bundle));
    }
  }
  return layer;
}

std::int64_t RowLayer::outputs() const {
  if (bundles.empty()) return 0;
  const auto& last = bundles.back();
  return last.first_output + static_cast<std::int64_t>(last.bias.size());
}

std::uint64_t RowLayer::bytes() const {
  std::uint64_t cells = 0;
  for (const auto& bundle : bundles) {
    cells += bundle.bias.size();
    for (const auto& weights : bundle.weights) cells += weights.size();
  }
  return cells * sizeof(Cell);
}

double RowLayer::products() const {
  std::size_t cells = 0;
  for (const auto& bundle : bundles) cells += bundle.weights[0].size();
  return static_cast<double>(cells) * static_cast<double>(channels_in_cell(type));
}

}  // namespace videoenhance
