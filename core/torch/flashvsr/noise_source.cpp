#include "core/torch/flashvsr/noise_source.h"

#include "core/torch/flashvsr/noise.h"

namespace videoenhance {
namespace {

constexpr char kNoiseKey[] = "noise";

Result<NoiseSource> from_file(const std::filesystem::path& path) {
  const auto file = WeightFile::open(path);
  if (!file) return tl::unexpected(file.error());
  const auto view = file->tensors().find(kNoiseKey);
  const std::string name = path.filename().string();
  if (view == file->tensors().end() || view->second.shape.size() != 4 || view->second.shape[0] != 16 ||
      !is_stored_whole(view->second)) {
    return fail(
        ErrorKind::kBadModel,
        "The noise file " + name + " holds no tensor \"noise\" of the shape [16, latents, height, width].",
        path.string());
  }
  auto tensors = WeightBinder(*file, "").take({{kNoiseKey, view->second.shape}}, c10::kCPU);
  if (!tensors) return tl::unexpected(tensors.error());
  const at::Tensor noise = tensors->at(kNoiseKey);
  return [noise, name](std::int64_t latent, std::int64_t top, std::int64_t left, std::int64_t height,
                       std::int64_t width) -> Result<at::Tensor> {
    if (latent >= noise.size(1) || top + height > noise.size(2) || left + width > noise.size(3)) {
      return fail(ErrorKind::kBadSettings, "The noise file " + name + " is too small: latent " +
                                               std::to_string(latent) + " of at least " +
                                               std::to_string(left + width) + "x" +
                                               std::to_string(top + height) + " is due.");
    }
    return noise.select(1, latent).narrow(1, top, height).narrow(2, left, width);
  };
}

}  // namespace

Result<NoiseSource> noise_source(const FlashVsrOptions& options) {
  if (!options.noise_file.empty()) return from_file(options.noise_file);
  return NoiseSource([seed = options.seed](std::int64_t latent, std::int64_t top, std::int64_t left,
                                           std::int64_t height, std::int64_t width) -> Result<at::Tensor> {
    return latent_noise(seed, latent, top, left, height, width);
  });
}

}  // namespace videoenhance
