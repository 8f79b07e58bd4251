#include "core/torch/interpolation/pair_network.h"

#include <algorithm>

#include "core/torch/binding/weight_binder.h"
#include "core/torch/interpolation/film.h"
#include "core/torch/interpolation/rife.h"
#include "core/torch/interpolation/script_network.h"
#include "core/torch/interpolation/tlbvfi.h"
#include "core/weights/weight_file.h"

namespace videoenhance {
namespace {

// Whether all weights of a RIFE network are there.
bool is_rife(const ShapesByKey& shapes) {
  const auto arch = RifeArchitecture::read(shapes, "");
  return arch && std::ranges::includes(shapes, arch->expected_shapes());
}

}  // namespace

Result<std::shared_ptr<const PairNetwork>> load_pair_network(const std::filesystem::path& path,
                                                             c10::Device device, c10::ScalarType type) {
  auto file = WeightFile::open(path);
  if (!file) return tl::unexpected(file.error());
  if (TlbvfiArchitecture::recognises(WeightBinder(*file, "model.").shapes()))
    return Tlbvfi::load(*file, device, type);
  const WeightBinder weights(*file, "module.");
  const bool archive = file->container() == Container::kTorchScript;
  if (FilmArchitecture::resembles(weights.shapes()))
    return Film::load(weights, archive ? Film::Source::kArchive : Film::Source::kStateDict, device, type);
  if (archive && !is_rife(weights.shapes())) return load_script_network(path, device);
  return Rife::load(weights, device, type);
}

}  // namespace videoenhance
