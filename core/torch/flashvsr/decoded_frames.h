// What a decoder gives, written frame by frame.
#pragma once

#include "core/torch/flashvsr/pixel_order.h"

namespace videoenhance {

class DecodedFrames {
 public:
  DecodedFrames() = default;  // for none
  // Four frames for each latent [C,f,H/8,W/8]; in a stream's first call three fewer.
  DecodedFrames(const at::Tensor& latent, bool stream_started)
      : frames_(at::empty(
            {4 * latent.size(1) - (stream_started ? 0 : 3), 3, 8 * latent.size(2), 8 * latent.size(3)},
            latent.options().dtype(at::kFloat))) {}

  // picture: [1,3,H,W] of any type and layout.
  void add(const at::Tensor& picture) { split_colours(picture, next()); }

  // The next one, for decoders that write parts of it. float32 [1,3,H,W].
  at::Tensor next() { return frames_.narrow(0, next_++, 1); }

  // float32 [n,3,H,W].
  const at::Tensor& tensor() const { return frames_; }

 private:
  at::Tensor frames_;
  std::int64_t next_ = 0;
};

}  // namespace videoenhance
