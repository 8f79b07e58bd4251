#include "core/torch/flashvsr/channel_groups.h"

#include <algorithm>
#include <numeric>

namespace videoenhance {
namespace {

int combined(int first, int second) {
  if (first == second || second < 0) return std::max(first, second);
  return first < 0 ? second : kShared;
}

int count(const ChannelGroups& groups) {
  return groups.empty() ? 0 : std::max(0, *std::ranges::max_element(groups) + 1);
}

// Numbers labels by their first place.
void renumber(ChannelGroups& labels) {
  ChannelGroups seen;
  for (int& label : labels) {
    if (label < 0) continue;
    auto place = std::ranges::find(seen, label);
    if (place == seen.end()) place = seen.insert(seen.end(), label);
    label = static_cast<int>(place - seen.begin());
  }
}

}  // namespace

std::vector<std::vector<bool>> connections(const at::Tensor& weight) {
  const at::Tensor reads = weight.ne(0).flatten(2).any(2).contiguous();
  const bool* value = reads.const_data_ptr<bool>();
  std::vector<std::vector<bool>> rows;
  for (std::int64_t output = 0; output < reads.size(0); ++output, value += reads.size(1))
    rows.emplace_back(value, value + reads.size(1));
  return rows;
}

ChannelGroups input_groups(const at::Tensor& weight) {
  const auto reads = connections(weight);
  const std::size_t outputs = reads.size(), inputs = static_cast<std::size_t>(weight.size(1));
  ChannelGroups of_outputs(outputs), of_inputs(inputs, kShared);
  std::iota(of_outputs.begin(), of_outputs.end(), 0);
  std::vector<std::size_t> readers(inputs);
  for (const auto& row : reads) {
    for (std::size_t input = 0; input < inputs; ++input) readers[input] += row[input];
  }
  for (std::size_t output = 0; output < outputs; ++output) {
    for (std::size_t input = 0; input < inputs; ++input) {
      if (!reads[output][input] || 2 * readers[input] > outputs) continue;
      const int known = of_inputs[input], joined = of_outputs[output];
      if (known == kShared) of_inputs[input] = joined;
      if (known == kShared || known == joined) continue;
      std::ranges::replace(of_outputs, joined, known);
      std::ranges::replace(of_inputs, joined, known);
    }
  }
  // Outputs that read shared inputs alone are a group each, without inputs of its own.
  renumber(of_inputs);
  if (count(of_inputs) == 1) std::ranges::replace(of_inputs, 0, kShared);
  return of_inputs;
}

ChannelGroups output_groups(const at::Tensor& weight, const at::Tensor& bias, const ChannelGroups& inputs) {
  const auto reads = connections(weight);
  const auto has_bias = connections((bias.defined() ? bias : at::zeros({weight.size(0)})).view({-1, 1, 1}));
  ChannelGroups groups;
  for (std::size_t output = 0; output < reads.size(); ++output) {
    int group = has_bias[output][0] ? kShared : kSilent;
    bool mixes = false;
    for (std::size_t input = 0; input < inputs.size(); ++input) {
      if (!reads[output][input]) continue;
      mixes = mixes || (group >= 0 && inputs[input] >= 0 && inputs[input] != group);
      group = combined(group, inputs[input]);
    }
    groups.push_back(mixes ? kShared : group);
  }
  return groups;
}

ChannelGroups groups_of_sum(const ChannelGroups& first, const ChannelGroups& second) {
  ChannelGroups groups;
  std::ranges::transform(first, second, std::back_inserter(groups), combined);
  return groups;
}

}  // namespace videoenhance
