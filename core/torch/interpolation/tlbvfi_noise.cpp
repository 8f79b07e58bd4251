#include "core/torch/interpolation/tlbvfi_noise.h"

#include "core/torch/binding/weight_binder.h"
#include "core/torch/flashvsr/noise.h"
#include "core/torch/interpolation/tlbvfi_architecture.h"

namespace videoenhance {
namespace {

constexpr std::int64_t kFrames = 3, kLatents = TlbvfiArchitecture::kLatents;

using Noise = std::vector<at::Tensor>;

std::string key_of(unsigned step) {
  return "noise." + std::to_string(step);
}

Result<Noise> from_file(const InterpolationOptions& options, const Shape& shape, c10::Device device) {
  const std::filesystem::path path = options.noise_file;
  const auto file = WeightFile::open(path);
  if (!file) return tl::unexpected(file.error());
  ShapesByKey wanted;
  for (unsigned step = 0; step + 1 < options.sample_steps; ++step) {
    const auto view = file->tensors().find(key_of(step));
    if (view != file->tensors().end() && view->second.shape != shape) {
      return fail(ErrorKind::kBadSettings,
                  "The noise file " + path.filename().string() + " is of another size: " + key_of(step) +
                      " must have the shape [1, 3, 3, " + std::to_string(shape[3]) + ", " +
                      std::to_string(shape[4]) + "].",
                  path.string());
    }
    wanted[key_of(step)] = shape;
  }
  const auto tensors = WeightBinder(*file, "").take(wanted, device);
  if (!tensors) return tl::unexpected(tensors.error());
  Noise noise;
  for (unsigned step = 0; step + 1 < options.sample_steps; ++step) noise.push_back(tensors->at(key_of(step)));
  return noise;
}

}  // namespace

Result<Noise> tlbvfi_noise(const InterpolationOptions& options, std::int64_t height, std::int64_t width,
                           c10::Device device) {
  const Shape shape = {1, kLatents, kFrames, height, width};
  if (!options.noise_file.empty()) return from_file(options, shape, device);
  Noise noise;
  for (unsigned step = 0; step + 1 < options.sample_steps; ++step) {
    const at::Tensor values = latent_noise(options.seed, step, 0, 0, height, width);
    noise.push_back(values.narrow(0, 0, kLatents * kFrames).view(shape).to(device));
  }
  return noise;
}

}  // namespace videoenhance
