// Latents to pictures, one latent at a time (sections B.7 and B.8 of the FlashVSR notes).
#pragma once

#include <map>

#include "core/torch/binding/weight_binder.h"
#include "core/torch/pch/aten.h"

namespace videoenhance {

// Temporal memory of one stream or tile: for each layer that looks back, the inputs that it saw last, newest
// first. They are whole tensors and never parts of larger ones, so they keep no other memory alive. `started`
// is false before the first latent.
struct DecoderState {
  bool started = false;
  std::map<int, std::vector<at::Tensor>> memory;
};

class LatentDecoder {
 public:
  virtual ~LatentDecoder() = default;

  // latent: float32 [16,f,H/8,W/8]; condition: the upscaled input [3,n,H,W], in the network's range
  // (picture_range.h), of the same frames, n = 4f, or 4f - 3 in a stream's first call. Gives float32
  // [n,3,H,W], nominally in [-1,1]. Throws for other sizes.
  virtual at::Tensor decode(DecoderState& state, const at::Tensor& latent,
                            const at::Tensor& condition) const = 0;

  // The same for frames that nobody will see. A decoder that remembers nothing of them has little to do.
  virtual void skip(DecoderState& state, const at::Tensor& latent, const at::Tensor& condition) const {
    decode(state, latent, condition);
  }

  // Of the weights.
  virtual std::uint64_t bytes() const = 0;
  // Of a stream's memory for a frame of H x W pixels.
  virtual std::uint64_t state_bytes(std::int64_t height, std::int64_t width) const = 0;
  // Largest amount in use beside weights, state and arguments while latents are decoded one by one.
  virtual std::uint64_t work_bytes(std::int64_t height, std::int64_t width) const = 0;
};

// The tiny decoder, conditioned on the input. Errors: kBadModel, naming file and key; in words what the
// weights are where they are a decoder of other latents or without the condition.
Result<std::shared_ptr<const LatentDecoder>> load_tc_decoder(const WeightBinder& weights, c10::Device device,
                                                             c10::ScalarType type);

// The decoder of the Wan 2.1 VAE or of LightVAE, which has a quarter of its channels; ignores the condition.
// Keys may have the prefix "model." or lie under "model_state". Errors: kBadModel, naming file and key;
// latents of other than 16 channels are refused in words.
Result<std::shared_ptr<const LatentDecoder>> load_wan_decoder(const WeightBinder& weights, c10::Device device,
                                                              c10::ScalarType type);

}  // namespace videoenhance
