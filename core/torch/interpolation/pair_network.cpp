#include "core/torch/interpolation/pair_network.h"

#include "core/torch/binding/weight_binder.h"
#include "core/torch/interpolation/rife.h"
#include "core/torch/interpolation/tlbvfi.h"
#include "core/weights/weight_file.h"

namespace videoenhance {

std::uint64_t PreparedFrame::bytes() const {
  std::uint64_t sum = image.nbytes();
  for (const auto& tensor : features) sum += tensor.defined() ? tensor.nbytes() : 0;
  return sum;
}

Result<std::shared_ptr<const PairNetwork>> load_pair_network(const std::filesystem::path& path,
                                                             c10::Device device, c10::ScalarType type) {
  auto file = WeightFile::open(path);
  if (!file) return tl::unexpected(file.error());
  if (TlbvfiArchitecture::recognises(WeightBinder(*file, "model.").shapes()))
    return Tlbvfi::load(*file, device, type);
  return Rife::load(WeightBinder(*file, "module."), device, type);
}

}  // namespace videoenhance
