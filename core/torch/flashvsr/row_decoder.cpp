#include "core/torch/flashvsr/row_decoder.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "core/torch/flashvsr/plain_memory.h"
#include "core/torch/flashvsr/row_input.h"
#include "core/torch/flashvsr/tc_layers.h"
#include "core/torch/flashvsr/upsampling.h"
#include "core/torch/runtime/stage.h"

namespace videoenhance {
namespace {

using Steps = std::vector<RowChain::Step>;

constexpr std::int64_t kColours = 3;
constexpr int kFramesOfStep = 2;
// At H/2 and H libraries' blocks of 16 channels are too wide. The coarse levels, which take less of the time,
// are what was measured with them.
constexpr std::array<std::int64_t, 4> kWidest = {64, 64, 16, 8};

// Nearest x2 and a convolution [O,I,3,3].
RowLayer enlarging_layer(const at::Tensor& weight, c10::ScalarType type, const PlaneOrder& from,
                         const PlaneOrder& to) {
  return RowLayer::of(phase_weights(weight).unflatten(0, {4, -1}), {}, type, from, to);
}

// Makes layers in the order in which a map passes them; groups_ and order_ are what it has become.
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

  RowChain::Step growth(const at::Tensor& step, const PlaneOrder& from) const {
    return {enlarging_layer(step, type_, from, order_), /*relu=*/false};
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
  steps.push_back({enlarging_layer(growth, type, from, between)});
  steps.push_back({RowLayer::of(twice(tail.first).unsqueeze(0), {}, type, between, between)});
  steps.push_back(
      {RowLayer::of(twice(tail.last).unsqueeze(0), tail.bias.repeat(2), type, between, colours), false});
  return RowChain(std::move(steps));
}

Planes run_all(const std::vector<RowChain>& chains, Planes map) {
  const StageScope stage("decoder, blocks");
  for (const auto& chain : chains) map = chain.run(map);
  return map;
}

void append_colours(const at::Tensor& frame, std::vector<float*>& planes) {
  for (std::int64_t colour = 0; colour < kColours; ++colour)
    planes.push_back(frame.mutable_data_ptr<float>() + colour * frame.stride(1));
}

}  // namespace

bool RowDecoder::suits(const TcShape& shape, const TensorsByKey& tensors, c10::ScalarType type) {
  if (!convolves_rows(type) || !std::ranges::equal(shape.widths, kWidest, std::less_equal())) return false;
  const auto is_plain = [](const auto& entry) { return has_plain_memory(entry.second); };
  if (!std::ranges::all_of(tensors, is_plain)) return false;
  for (const int first : kTcFirstBlocks) {
    for (int block = first; block < first + 3; ++block) {
      if (tc_block(tensors, block).remembers) return false;
    }
  }
  return true;
}

RowDecoder::RowDecoder(const TensorsByKey& tensors, c10::ScalarType type) : type_(type) {
  Builder builder(tensors, type);
  const auto quarter = tc_growth(tensors, 0), half = tc_growth(tensors, 1);
  eighth_ = builder.blocks(0, builder.head());
  const PlaneOrder at_eighth = builder.order();
  builder.grow(quarter);
  builder.enter(1);
  const PlaneOrder at_quarter = builder.order();
  quarter_ = builder.blocks(1, {builder.growth(quarter[0], at_eighth)});
  builder.grow(half);
  builder.enter(2);
  for (std::size_t step = 0; step < half_.size(); ++step)
    half_[step] = builder.blocks(2, {builder.growth(half[step], at_quarter)});
  full_ = full_size(tensors, type, builder.order());
}

void RowDecoder::draw(DecoderState&, const at::Tensor& latent, const at::Tensor& condition, int surplus,
                      DecodedFrames& frames) const {
  if (surplus >= kFramesPerLatent) return;
  const Planes quarter = run_all(quarter_, run_all(eighth_, row_input(condition, latent, type_)));
  for (const auto& chains : half_) {
    const int unseen = std::min(surplus, kFramesOfStep);
    surplus -= unseen;
    if (unseen == kFramesOfStep) continue;
    std::vector<float*> planes(static_cast<std::size_t>(unseen * kColours));
    for (int frame = unseen; frame < kFramesOfStep; ++frame) append_colours(frames.next(), planes);
    const Planes half = run_all(chains, quarter);
    const StageScope stage("decoder, full size");
    full_->draw(half, planes);
  }
}

std::uint64_t RowDecoder::bytes() const {
  std::uint64_t bytes = full_->bytes();
  for (const auto* chains : {&eighth_, &quarter_, &half_[0], &half_[1]}) {
    for (const auto& chain : *chains) bytes += chain.bytes();
  }
  return bytes;
}

// The allocator keeps what each level asks for: two maps, and what its first chain, the longest one, has on
// every thread. Besides: the input, and the frames, which in a stream's first call are joined from one.
std::uint64_t RowDecoder::work_bytes(std::int64_t height, std::int64_t width) const {
  constexpr std::uint64_t kFrames = 2 * kFramesPerLatent * kColours;
  const auto of_level = [&](const Chains& chains, std::int64_t part) {
    const RowChain& first = chains.front();
    return 2 * first.result_bytes(height / part, width / part) +
           first.work_bytes(height / part, width / part);
  };
  return Planes::bytes(row_input_order(type_).planes(), height / 8, width / 8) + of_level(eighth_, 8) +
         of_level(quarter_, 8) + of_level(half_[0], 4) + full_->work_bytes(height / 2, width / 2) +
         kFrames * sizeof(float) * static_cast<std::uint64_t>(height * width);
}

}  // namespace videoenhance
