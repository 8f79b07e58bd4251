// Upscaled frames in, finished frames out: one unbroken run of frames through the network, chunk by chunk.
#pragma once

#include <deque>
#include <functional>

#include "core/torch/flashvsr/tile.h"

namespace videoenhance {

// Noise of a latent at a place of the padded picture, all in latent pixels: float32 [16,height,width].
using NoiseSource = std::function<Result<at::Tensor>(std::int64_t latent, std::int64_t top, std::int64_t left,
                                                     std::int64_t height, std::int64_t width)>;

// Sizes in pixels: of the picture that the network draws, and how it, padded to multiples of 128, is cut. All
// tiles have one size.
struct FlashVsrGeometry {
  int decoder = 0;  // its number among the model's
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::vector<TileSpan> rows;
  std::vector<TileSpan> columns;
  bool alpha = false;
};

// Finished frames, in order: float32 [n,3,height,width], nominally in [-1,1]; undefined where there are none.
using FinishedFrames = at::Tensor;

class FlashVsrStream {
 public:
  // prefix: virtual copies of the first frame, whose results are dropped.
  FlashVsrStream(std::shared_ptr<const FlashVsrModel> model, const FlashVsrGeometry& geometry,
                 ProjectorCache cache, std::int64_t prefix, NoiseSource noise);

  // frame: [3,Hp,Wp] in the network's range (picture_range.h), padded. Gives what it finishes. Errors: those
  // of the noise.
  Result<FinishedFrames> push(const at::Tensor& frame, const FlashVsrKnobs& knobs);

  // Repeats the last frame until one more chunk is finished. Call while pending() is not 0.
  Result<FinishedFrames> finish_one_chunk(const FlashVsrKnobs& knobs);

  // Frames pushed and not given back yet.
  std::int64_t pending() const { return pushed_ - given_; }

 private:
  Result<FinishedFrames> take(const at::Tensor& frame, const FlashVsrKnobs& knobs);
  Result<FinishedFrames> run_chunk(const FlashVsrKnobs& knobs);
  Result<std::vector<at::Tensor>> denoise(const FlashVsrKnobs& knobs);
  at::Tensor decode(const std::vector<at::Tensor>& latents, std::int64_t index, const at::Tensor& condition);
  void skip(const std::vector<at::Tensor>& latents, std::int64_t index, const at::Tensor& condition);
  FinishedFrames decode_real(const std::vector<at::Tensor>& latents, const FlashVsrKnobs& knobs);
  Result<at::Tensor> noise_of(const FlashVsrTile& tile) const;
  at::Tensor newest_frame() const;

  std::shared_ptr<const FlashVsrModel> model_;
  FlashVsrGeometry geometry_;
  ProjectorCache cache_;
  std::int64_t prefix_;
  NoiseSource noise_;
  std::vector<FlashVsrTile> tiles_;
  Chunk chunk_;                    // the next one
  std::vector<at::Tensor> begun_;  // frames of the clip that is not complete
  std::deque<at::Tensor> clips_;   // [3,T,Hp,Wp]: one for each latent that is still to be decoded
  std::int64_t seen_ = 0;          // frames taken so far, the prefix included
  std::int64_t pushed_ = 0;
  std::int64_t given_ = 0;
};

}  // namespace videoenhance
