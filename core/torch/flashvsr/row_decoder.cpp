#include "core/torch/flashvsr/row_decoder.h"

#include <algorithm>

#include "core/torch/flashvsr/row_input.h"
#include "core/torch/flashvsr/tc_layers.h"
#include "core/torch/flashvsr/upsampling.h"
#include "core/torch/runtime/stage.h"

namespace videoenhance {
namespace {

using Steps = std::vector<RowChain::Step>;

constexpr std::int64_t kColours = 3;
constexpr std::int64_t kWidestHalf = 16, kWidestFull = 8;  // where libraries' blocks of 16 are too wide

// Makes layers in the order in which a map passes them; `groups` and `order` are what it has become.
class Builder {
 public:
  Builder(const TensorsByKey& tensors, c10::ScalarType type) : tensors_(tensors), type_(type) {}

  const PlaneOrder& order() const { return order_; }

  // The first two convolutions.
  Steps head() {
    const at::Tensor first = tensors_.at(tc_key(1)), bias = tensors_.at(tc_key(1, ".bias"));
    const at::Tensor second = tensors_.at(tc_key(3));
    const ChannelGroups between = output_groups(first, bias, input_groups(first));
    groups_ = output_groups(second, {}, between);
    enter(0);
    const PlaneOrder order = PlaneOrder::of(between, type_);
    return {{RowLayer::of(first.unsqueeze(0), bias, type_, row_input_order(type_), order)},
            {RowLayer::of(second.unsqueeze(0), {}, type_, order, order_)}};
  }

  // Where a level's maps, which are added, all lie in one order: that of the last one.
  void enter(int level) {
    for (int block = 0; block < 3; ++block) {
      ChannelGroups inner = groups_;
      const TcBlock weights = tc_block(tensors_, kTcFirstBlocks[level] + block);
      for (int i = 0; i < 3; ++i) inner = output_groups(weights.weights[i], weights.biases[i], inner);
      groups_ = groups_of_sum(groups_, inner);
    }
    order_ = PlaneOrder::of(groups_, type_);
  }

  // What enlarges the map of a level to the next one; `enter` that afterwards.
  void grow(const std::vector<at::Tensor>& steps) {
    ChannelGroups grown(static_cast<std::size_t>(steps[0].size(0)), kSilent);
    for (const auto& step : steps) grown = groups_of_sum(grown, output_groups(step, {}, groups_));
    groups_ = std::move(grown);
  }

  RowChain::Step growth(const at::Tensor& step, const PlaneOrder& from, bool relu) const {
    return {RowLayer::of(phase_weights(step).unflatten(0, {4, -1}), {}, type_, from, order_), relu};
  }

  // The chains of a level's blocks; the first one begins with `before`.
  std::vector<RowChain> blocks(int level, Steps before) const {
    std::vector<RowChain> chains;
    for (int block = 0; block < 3; ++block) {
      append_block(kTcFirstBlocks[level] + block, before);
      chains.emplace_back(std::exchange(before, {}));
    }
    return chains;
  }

 private:
  void append_block(int layer, Steps& steps) const {
    const TcBlock block = tc_block(tensors_, layer);
    const std::size_t source = steps.size();
    ChannelGroups groups = groups_;
    PlaneOrder from = order_;
    for (int i = 0; i < 3; ++i) {
      groups = output_groups(block.weights[i], block.biases[i], groups);
      const PlaneOrder to = i == 2 ? order_ : PlaneOrder::of(groups, type_);
      steps.push_back({RowLayer::of(block.weights[i].unsqueeze(0), block.biases[i], type_, from, to)});
      from = to;
    }
    steps.back().added = source;
  }

  const TensorsByKey& tensors_;
  c10::ScalarType type_;
  ChannelGroups groups_;
  PlaneOrder order_;
};

// Two pictures beside each other: [2O,2I,k,k] of [O,I,k,k].
at::Tensor twice(const at::Tensor& weight) {
  const at::Tensor none = at::zeros_like(weight);
  return at::cat({at::cat({weight, none}, 1), at::cat({none, weight}, 1)});
}

PlaneOrder pairs_of(std::int64_t channels, c10::ScalarType type) {
  ChannelGroups groups(static_cast<std::size_t>(2 * channels), 0);
  std::fill(groups.begin() + channels, groups.end(), 1);
  return PlaneOrder::of(groups, type);
}

// From H/2 to the colours of both frames.
RowChain full_size(const TensorsByKey& tensors, c10::ScalarType type, const PlaneOrder& from) {
  const at::Tensor growth = at::cat(tc_growth(tensors, 2));
  const TcTail tail = tc_tail(tensors);
  const PlaneOrder between = pairs_of(tail.first.size(0), type), colours = pairs_of(kColours, type);
  Steps steps;
  steps.push_back({RowLayer::of(phase_weights(growth).unflatten(0, {4, -1}), {}, type, from, between)});
  steps.push_back({RowLayer::of(twice(tail.first).unsqueeze(0), {}, type, between, between)});
  steps.push_back(
      {RowLayer::of(twice(tail.last).unsqueeze(0), tail.bias.repeat(2), type, between, colours), false});
  return RowChain(std::move(steps));
}

Planes run_all(const std::vector<RowChain>& chains, Planes map) {
  const StageScope stage("decoder, blocks with memory");
  for (const auto& chain : chains) map = chain.run(map);
  return map;
}

std::vector<float*> colours_of(const at::Tensor& frame) {
  std::vector<float*> planes;
  for (std::int64_t colour = 0; colour < kColours; ++colour)
    planes.push_back(frame.mutable_data_ptr<float>() + colour * frame.stride(1));
  return planes;
}

}  // namespace

bool RowDecoder::suits(const TensorsByKey& tensors, c10::ScalarType type) {
  if (!convolves_rows(type)) return false;
  for (const auto& [key, tensor] : tensors) {
    if (!tensor.is_cpu() || tensor.requires_grad()) return false;
  }
  for (const int first : kTcFirstBlocks) {
    for (int block = first; block < first + 3; ++block) {
      if (tc_block(tensors, block).remembers) return false;
    }
  }
  return tensors.at(tc_key(kTcWidthLayers[2])).size(0) <= kWidestHalf &&
         tensors.at(tc_key(kTcWidthLayers[3])).size(0) <= kWidestFull;
}

RowDecoder::RowDecoder(const TensorsByKey& tensors, c10::ScalarType type) : type_(type) {
  Builder builder(tensors, type);
  const auto quarter = tc_growth(tensors, 0), half = tc_growth(tensors, 1);
  eighth_ = builder.blocks(0, builder.head());
  const PlaneOrder at_eighth = builder.order();
  builder.grow(quarter);
  builder.enter(1);
  const PlaneOrder at_quarter = builder.order();
  quarter_ = builder.blocks(1, {builder.growth(quarter[0], at_eighth, false)});
  builder.grow(half);
  builder.enter(2);
  for (std::size_t step = 0; step < half_.size(); ++step)
    half_[step] = builder.blocks(2, {builder.growth(half[step], at_quarter, false)});
  full_.push_back(full_size(tensors, type, builder.order()));
  quarter_planes_ = at_quarter.planes();
  half_planes_ = builder.order().planes();
}

void RowDecoder::decode(const at::Tensor& latent, const at::Tensor& condition, int surplus,
                        DecodedFrames& frames) const {
  const Planes quarter = run_all(quarter_, run_all(eighth_, row_input(condition, latent, type_)));
  for (const auto& chains : half_) {
    std::vector<float*> planes;
    bool is_seen = false;
    for (int frame = 0; frame < 2; ++frame) {
      const bool is_surplus = surplus-- > 0;
      const auto colours = is_surplus ? std::vector<float*>(kColours) : colours_of(frames.next());
      planes.insert(planes.end(), colours.begin(), colours.end());
      is_seen = is_seen || !is_surplus;
    }
    if (!is_seen) continue;
    const Planes half = run_all(chains, quarter);
    const StageScope stage("decoder, full size");
    full_[0].draw(half, planes);
  }
}

std::uint64_t RowDecoder::bytes() const {
  std::uint64_t bytes = 0;
  for (const auto* chains : {&eighth_, &quarter_, &half_[0], &half_[1], &full_}) {
    for (const auto& chain : *chains) bytes += chain.bytes();
  }
  return bytes;
}

// Two maps at a time, and of the larger levels the one that they are made of.
std::uint64_t RowDecoder::work_bytes(std::int64_t height, std::int64_t width) const {
  const std::int64_t cells =
      2 * half_planes_ * (height / 2) * (width / 2) + 2 * quarter_planes_ * (height / 4) * (width / 4);
  return static_cast<std::uint64_t>(cells) * sizeof(Cell) + bytes();
}

}  // namespace videoenhance
