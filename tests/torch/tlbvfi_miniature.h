// A miniature TLBVFI network from tests/golden/tlbvfi.
#pragma once

#include "core/torch/interpolation/tlbvfi.h"

#include "tests/torch/rife_miniature.h"

namespace videoenhance {

inline std::filesystem::path tlbvfi_folder() {
  return std::filesystem::path(VIDEOENHANCE_GOLDENS) / "tlbvfi";
}

inline std::shared_ptr<const PairNetwork> load_tlbvfi(c10::ScalarType type = c10::kFloat) {
  const c10::InferenceMode inference;
  auto network = load_pair_network(tlbvfi_folder() / "miniature.pth", test_device(), type);
  if (!network) throw std::runtime_error(network.error().message);
  return *network;
}

}  // namespace videoenhance
