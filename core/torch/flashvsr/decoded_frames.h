// What a decoder gives, written frame by frame.
#pragma once

#include "core/torch/flashvsr/pixel_order.h"

namespace videoenhance {

class DecodedFrames {
 public:
  // Four frames for each latent [C,f,H/8,W/8]; in a stream's first call three fewer.
  DecodedFrames(const at::Tensor& latent, bool stream_started)
      : frames_(at::empty(
            {4 * latent.size(1) - (stream_started ? 0 : 3), 3, 8 * latent.size(2), 8 * latent.size(3)},
            latent.options().dtype(at::kFloat))) {}

  // picture: [1,3,H,W] of any type and layout.
  void add(const at::Tensor& picture) {
    const at::Tensor out = frames_.narrow(0, next_++, 1);
    const bool is_known = picture.scalar_type() == at::kFloat || picture.scalar_type() == at::kBFloat16;
    const bool is_plain = picture.is_cpu() && is_known && !picture.requires_grad() &&
                          picture.is_contiguous(at::MemoryFormat::ChannelsLast);
    is_plain ? split_colours(picture, out) : split_colours_reference(picture, out);
  }

  // float32 [n,3,H,W].
  const at::Tensor& tensor() const { return frames_; }

 private:
  at::Tensor frames_;
  std::int64_t next_ = 0;
};

}  // namespace videoenhance
