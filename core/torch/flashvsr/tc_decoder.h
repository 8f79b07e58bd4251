// The tiny decoder, conditioned on the input (section B.7 of the FlashVSR notes): what is common to both of
// its forms, dense_decoder.h and row_decoder.h.
#pragma once

#include "core/torch/flashvsr/decoded_frames.h"
#include "core/torch/flashvsr/latent_decoder.h"
#include "core/torch/flashvsr/tc_shape.h"

namespace videoenhance {

class TcDecoder : public LatentDecoder {
 public:
  static constexpr int kFramesPerLatent = 4;

  at::Tensor decode(DecoderState& state, const at::Tensor& latent, const at::Tensor& condition) const final;
  void skip(DecoderState& state, const at::Tensor& latent, const at::Tensor& condition) const final;

 protected:
  // One latent, float32 [16,H/8,W/8], and the input's frames [3,4,H,W]. Remembers what later ones need, and
  // adds the four frames that they give, but for the first `surplus` ones.
  virtual void draw(DecoderState& state, const at::Tensor& latent, const at::Tensor& condition, int surplus,
                    DecodedFrames& frames) const = 0;

 private:
  void each_latent(DecoderState& state, const at::Tensor& latent, const at::Tensor& condition,
                   int least_surplus, DecodedFrames& frames) const;
};

// In the form that is quick for such weights. tensors: float32, under the keys of shape.expected_shapes().
std::shared_ptr<const LatentDecoder> make_tc_decoder(const TcShape& shape, const TensorsByKey& tensors,
                                                     c10::ScalarType type);

}  // namespace videoenhance
