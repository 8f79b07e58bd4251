#include "core/torch/flashvsr/grouped_layer.h"

#include <ATen/ops/tensor.h>

#include <algorithm>

#include "core/torch/flashvsr/pixel_order.h"
#include "core/torch/flashvsr/upsampling.h"
#include "core/torch/kernels/convolution.h"

namespace videoenhance {
namespace {

using Places = std::vector<std::int64_t>;

// Rows of `x` along a dimension, zeros for kNoChannel.
at::Tensor taken(const at::Tensor& x, std::int64_t dimension, Places channels) {
  std::vector<std::int64_t> sizes = x.sizes().vec();
  std::ranges::replace(channels, kNoChannel, sizes[dimension]);
  sizes[dimension] = 1;
  const at::Tensor padded = at::cat({x, at::zeros(sizes, x.options())}, dimension);
  return padded.index_select(dimension, at::tensor(channels, at::kLong).to(x.device()));
}

// One entry for each group of a convolution.
using Groups = std::vector<Places>;

Groups groups_of(const Places& all, std::int64_t count) {
  Groups groups;
  const auto width = static_cast<std::ptrdiff_t>(all.size()) / count;
  for (auto begin = all.begin(); begin != all.end(); begin += width)
    groups.emplace_back(begin, begin + width);
  return groups;
}

// Where in the map the channels lie that any of the outputs reads; shared ones come last, so that groups that
// are alike have them at the same places.
Places places_read(const std::vector<std::vector<bool>>& reads, const Places& outputs,
                   const ChannelMap& from) {
  Places places;
  for (std::int64_t place = 0; place < from.order.size(); ++place) {
    const std::int64_t input = from.order.channels[place];
    if (input == kNoChannel || from.groups[input] == kSilent) continue;
    const auto is_reader = [&](std::int64_t output) { return output != kNoChannel && reads[output][input]; };
    if (std::ranges::any_of(outputs, is_reader)) places.push_back(place);
  }
  std::ranges::sort(places, {}, [&](std::int64_t place) {
    const std::int64_t input = from.order.channels[place];
    return std::pair(from.groups[input] == kShared, input);
  });
  return places;
}

bool lie_in_their_groups(const Groups& places, const ChannelOrder& order) {
  if (static_cast<std::int64_t>(places.size()) != order.groups) return false;
  for (std::size_t group = 0; group < places.size(); ++group) {
    for (const auto place : places[group]) {
      if (place / order.width() != static_cast<std::int64_t>(group)) return false;
    }
  }
  return true;
}

// Fills them up to one even number, since bfloat16 is multiplied in pairs.
void make_equally_many(Groups& places) {
  const auto smaller = [](const Places& a, const Places& b) { return a.size() < b.size(); };
  const std::size_t most = std::max<std::size_t>(std::ranges::max_element(places, smaller)->size(), 1);
  for (auto& of_group : places) of_group.resize(most + most % 2, kNoChannel);
}

// Copying channels is a pass over memory: worth it for half of the products.
bool are_few(const Groups& places, const ChannelOrder& order) {
  return 2 * static_cast<std::int64_t>(places.front().size()) <= order.width();
}

// The weights of all phases of a group's outputs, for the inputs at these places.
at::Tensor block(const at::Tensor& weight, const Places& outputs, Places places, const ChannelOrder& order) {
  for (auto& place : places) place = place == kNoChannel ? kNoChannel : order.channels[place];
  return taken(taken(weight, 1, outputs), 2, places).flatten(0, 1);
}

at::Tensor stored(const at::Tensor& weight, c10::ScalarType type) {
  return weight.to(type).contiguous(at::MemoryFormat::ChannelsLast);
}

// Whichever channel stands where none is read meets a weight of 0.
at::Tensor index_of(const Groups& places, c10::Device device) {
  std::vector<at::Tensor> rows;
  for (const auto& of_group : places) rows.push_back(at::tensor(of_group, at::kLong).clamp_min(0));
  return at::stack(rows).to(device);
}

// And stay so: what is trained may become different.
bool are_equal(const GroupedLayer::Weights& first, const GroupedLayer::Weights& second) {
  const auto is_trained = [](const at::Tensor& x) { return x.defined() && x.requires_grad(); };
  if (is_trained(first.weight.plain()) || is_trained(first.bias)) return false;
  return first.weight.plain().equal(second.weight.plain()) &&
         (!first.bias.defined() || first.bias.equal(second.bias));
}

// What `convolve` makes of each group of x.
template <typename Convolve>
at::Tensor by_groups(const GroupedLayer& layer, const at::Tensor& x, const Convolve& convolve) {
  if (layer.weights.size() == 1) return convolve(x, layer.weights[0], 0, x.size(0));
  std::vector<at::Tensor> results;
  for (const auto& weights : layer.weights) {
    const auto group = static_cast<std::int64_t>(results.size());
    results.push_back(convolve(x.narrow(0, group, 1), weights, group, 1));
  }
  return at::cat(results);
}

}  // namespace

GroupedLayer GroupedLayer::of(const at::Tensor& weight, const at::Tensor& bias, c10::ScalarType type,
                              const ChannelMap& from, const ChannelOrder& to) {
  const auto reads = connections(weight.permute({1, 2, 0, 3, 4}));
  const Groups outputs = groups_of(to.channels, to.groups);
  Groups places;
  for (const auto& of_group : outputs) places.push_back(places_read(reads, of_group, from));
  const bool lie_in_place = lie_in_their_groups(places, from.order);
  make_equally_many(places);
  GroupedLayer layer;
  if (lie_in_place && !are_few(places, from.order)) {
    places = groups_of(plain_order(from.order.size()).channels, from.order.groups);
  } else {
    layer.inputs = index_of(places, weight.device());
  }
  for (std::size_t group = 0; group < outputs.size(); ++group) {
    layer.weights.push_back({stored(block(weight, outputs[group], places[group], from.order), type),
                             bias.defined() ? taken(bias, 0, outputs[group]).to(type) : bias});
  }
  const auto is_first = [&](const Weights& weights) { return are_equal(layer.weights[0], weights); };
  if (std::ranges::all_of(layer.weights, is_first)) layer.weights.resize(1);
  return layer;
}

at::Tensor read_by(const GroupedLayer& layer, const at::Tensor& map) {
  return layer.inputs.defined() ? gather_channels(map, layer.inputs) : map;
}

at::Tensor convolve_relu(const GroupedLayer& layer, const at::Tensor& map) {
  return by_groups(layer, read_by(layer, map), [](const auto& x, const auto& weights, auto...) {
    return convolve_relu(x, weights.weight, weights.bias);
  });
}

at::Tensor convolve_add_relu(const GroupedLayer& layer, const at::Tensor& map, const at::Tensor& added) {
  return by_groups(layer, read_by(layer, map),
                   [&](const auto& x, const auto& weights, std::int64_t first, std::int64_t count) {
                     return convolve_add_relu(x, weights.weight, weights.bias, added.narrow(0, first, count));
                   });
}

at::Tensor upsample_convolve_relu(const GroupedLayer& layer, const at::Tensor& map) {
  return by_groups(layer, read_by(layer, map), [](const auto& x, const auto& weights, auto...) {
    return upsample_convolve_relu(x, weights.weight);
  });
}

at::Tensor upsample_convolve(const GroupedLayer& layer, const at::Tensor& map) {
  return by_groups(layer, read_by(layer, map), [](const auto& x, const auto& weights, auto...) {
    return upsample_convolve(x, weights.weight.plain());
  });
}

std::uint64_t GroupedLayer::bytes() const {
  std::uint64_t bytes = inputs.defined() ? inputs.nbytes() : 0;
  for (const auto& [weight, bias] : weights)
    bytes += weight.plain().nbytes() + (bias.defined() ? bias.nbytes() : 0);
  return bytes;
}

}  // namespace videoenhance
