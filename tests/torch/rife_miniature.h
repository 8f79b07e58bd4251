// Miniature RIFE networks from tests/golden/rife.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "core/torch/interpolation/pair_network.h"
#include "tests/torch/max_difference.h"
#include "tests/torch/test_device.h"
#include "tools/golden_folder.h"

namespace videoenhance {

inline std::filesystem::path rife_folder() {
  return std::filesystem::path(VIDEOENHANCE_GOLDENS) / "rife";
}

inline std::shared_ptr<const PairNetwork> load_miniature(const std::string& file,
                                                         c10::ScalarType type = c10::kFloat) {
  const c10::InferenceMode inference;
  auto network = load_pair_network(rife_folder() / file, test_device(), type);
  if (!network) throw std::runtime_error(network.error().message);
  return *network;
}

inline at::Tensor to_tensor(const Values& values) {
  return at::from_blob(const_cast<float*>(values.data.data()), values.shape, at::kFloat).clone();
}

inline double psnr(const at::Tensor& a, const at::Tensor& b) {
  return -10 * std::log10((a - b).square().mean().item<double>());
}

}  // namespace videoenhance
