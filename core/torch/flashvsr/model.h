// The parts of FlashVSR, loaded from a folder with the published file names or from one safetensors file.
#pragma once

#include "core/torch/flashvsr/latent_decoder.h"
#include "core/torch/flashvsr/projector.h"
#include "core/torch/flashvsr/transformer.h"
#include "core/torch/runtime/model_registry.h"

namespace videoenhance {

// Published file names (section C of the FlashVSR notes):
//   diffusion_pytorch_model_streaming_dmd.safetensors, LQ_proj_in.ckpt, posi_prompt.pth, and TCDecoder.ckpt
//   (tiny) or Wan2.1_VAE.pth or lightvaew2_1.pth (full). One safetensors file holds all of it under the
//   prefixes "dit.", "projector.", "tc." and "vae." and the tensor "prompt"; its metadata may have
//   "version" = "v1" or "v1.1". It may have several tiny decoders: "tc." is made for any scale, and "tcN."
//   for enlarging by N, from 1 to 8.
struct FlashVsrModel final : Model {
  // By what each is made to enlarge by, 0 for any scale; never empty.
  using Decoders = std::map<int, std::shared_ptr<const LatentDecoder>>;

  Projector projector;
  Transformer transformer;
  Decoders decoders;
  bool full = false;  // whether the decoder is the full one
  // What the files say of themselves; nothing where neither metadata, checksum nor folder name tells.
  std::optional<FlashVsrOptions::Version> version;

  FlashVsrModel(Projector projector, Transformer transformer, Decoders decoders)
      : projector(std::move(projector)), transformer(std::move(transformer)), decoders(std::move(decoders)) {}
  std::uint64_t bytes() const override;

  // Which of the decoders to take for a scale: the one with the largest number up to `scale` > 0, else the
  // one with the smallest. (geometry_of asks for a little more than the stream's.)
  int decoder_for(double scale) const;
};

// Identity of the files that a model is made of. Errors: kNotFound naming the missing file, kUnreadable.
Result<ModelKey> flashvsr_key(const std::filesystem::path& location, FlashVsrOptions::Decoder decoder,
                              c10::Device device, c10::ScalarType type);

// Errors: kNotFound naming the missing file, kUnreadable, kBadModel naming file and key.
Result<std::shared_ptr<const FlashVsrModel>> load_flashvsr(const std::filesystem::path& location,
                                                           FlashVsrOptions::Decoder decoder,
                                                           c10::Device device, c10::ScalarType type);

}  // namespace videoenhance
