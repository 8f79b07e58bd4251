// The parts of FlashVSR, loaded from a folder with the published file names or from one safetensors file.
#pragma once

#include "core/torch/flashvsr/latent_decoder.h"
#include "core/torch/flashvsr/projector.h"
#include "core/torch/flashvsr/transformer.h"
#include "core/torch/runtime/model_registry.h"

namespace videoenhance {

// Published file names (section C of the FlashVSR notes):
//   diffusion_pytorch_model_streaming_dmd.safetensors, LQ_proj_in.ckpt, posi_prompt.pth, and TCDecoder.ckpt
//   (tiny) or Wan2.1_VAE.pth (full). One safetensors file holds all under the prefixes "dit.", "projector.",
//   "prompt", "tc." and "vae.", and metadata "version" = "v1" or "v1.1".
struct FlashVsrModel final : Model {
  Projector projector;
  Transformer transformer;
  std::shared_ptr<const LatentDecoder> decoder;
  ProjectorCache cache = ProjectorCache::kPrevious;  // of the version
  std::string version;                               // "v1" or "v1.1"
  bool version_is_guessed = false;

  FlashVsrModel(Projector projector, Transformer transformer)
      : projector(projector), transformer(transformer) {}
  std::uint64_t bytes() const override;
};

// Errors: kNotFound naming the missing file, kUnreadable, kBadModel naming file and key.
Result<std::shared_ptr<const FlashVsrModel>> load_flashvsr(const std::filesystem::path& location,
                                                           const FlashVsrOptions& options, c10::Device device,
                                                           c10::ScalarType type);

}  // namespace videoenhance
