#include "core/torch/interpolation/rife_order.h"

#include <ATen/ops/index_select.h>
#include <ATen/ops/tensor.h>

namespace videoenhance {
namespace {

constexpr int kColours = 3, kFlow = 4;

void select(TensorsByKey& tensors, const std::string& key, std::int64_t dimension,
            const std::vector<std::int64_t>& order) {
  at::Tensor& tensor = tensors.at(key);
  tensor = tensor.index_select(dimension, at::tensor(order, at::kLong).to(tensor.device()));
}

}  // namespace

std::vector<std::int64_t> rife_input_order(const RifeArchitecture& arch, int block) {
  std::vector<std::int64_t> order;
  const auto add = [&](int first, int count) {
    for (int k = 0; k < count; ++k) order.push_back(first + k);
  };
  const int features = 2 * kColours, time = features + 2 * arch.features, mask = time + 1, carried = mask + 1;
  for (int side = 0; side < 2; ++side) {
    add(features + side * arch.features, arch.features);
    add(side * kColours, kColours);
  }
  if (block == 0) {
    add(time, 1);
    return order;
  }
  add(carried, arch.carried());
  add(mask, 1);
  add(time, 1);
  add(carried + arch.carried(), kFlow);
  return order;
}

std::vector<std::int64_t> rife_output_order(const RifeArchitecture& arch, int block) {
  const int places = arch.shuffles() ? 4 : 1, motion = kFlow + 1;
  std::vector<std::int64_t> order;
  for (int k = 0; k < motion * places; ++k) order.push_back(k);
  if (block + 1 == arch.blocks()) return order;
  for (int place = 0; place < places; ++place) {
    for (int k = 0; k < arch.carried(); ++k) order.push_back((motion + k) * places + place);
  }
  return order;
}

TensorsByKey rife_in_order(TensorsByKey tensors, const RifeArchitecture& arch) {
  for (int block = 0; block < arch.blocks(); ++block) {
    const std::string name = "block" + std::to_string(block);
    const std::string last = name + (arch.shuffles() ? ".lastconv.0" : ".lastconv");
    const auto outputs = rife_output_order(arch, block);
    select(tensors, name + ".conv0.0.0.weight", 1, rife_input_order(arch, block));
    select(tensors, last + ".weight", 1, outputs);
    select(tensors, last + ".bias", 0, outputs);
  }
  return tensors;
}

}  // namespace videoenhance
