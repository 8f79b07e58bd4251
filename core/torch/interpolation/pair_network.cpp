#include "core/torch/interpolation/pair_network.h"

#include "core/torch/binding/weight_binder.h"
#include "core/torch/interpolation/rife.h"
#include "core/weights/weight_file.h"

namespace videoenhance {

Result<std::shared_ptr<const PairNetwork>> load_pair_network(const std::filesystem::path& path,
                                                             c10::Device device, c10::ScalarType type) {
  auto file = WeightFile::open(path);
  if (!file) return tl::unexpected(file.error());
  return Rife::load(WeightBinder(*file, "module."), device, type);
}

}  // namespace videoenhance
