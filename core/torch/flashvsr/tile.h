// One tile of a FlashVSR stream, or the whole picture: everything that is remembered from chunk to chunk.
#pragma once

#include "core/torch/flashvsr/model.h"
#include "core/torch/flashvsr/schedule.h"
#include "core/video/tiles.h"

namespace videoenhance {

class FlashVsrTile {
 public:
  // rows, columns: where the tile lies in the padded picture, in pixels.
  FlashVsrTile(TileSpan rows, TileSpan columns) : rows_(std::move(rows)), columns_(std::move(columns)) {}

  const TileSpan& rows() const { return rows_; }
  const TileSpan& columns() const { return columns_; }

  // The tile's part of pictures [..., H, W]: a view.
  at::Tensor part_of(const at::Tensor& pictures) const;

  // clip: [3,T,H,W] of the whole picture in the network's range (picture_range.h), T = 1 for the first clip
  // and 4 after it.
  void project(const FlashVsrModel& model, const at::Tensor& clip, ProjectorCache cache);

  // noise: float32 [16,f,H/8,W/8] of the tile alone. Uses up the tokens of the clips that were projected
  // since the last chunk. Gives the chunk's latents, of the noise's shape.
  at::Tensor denoise(const FlashVsrModel& model, const Chunk& chunk, const at::Tensor& noise,
                     const FlashVsrKnobs& knobs);

  // latent: float32 [16,1,H/8,W/8], the next one, and condition: [3,n,H,W], both of the tile alone. Gives
  // float32 [n,3,H,W] of the tile.
  at::Tensor decode(const LatentDecoder& decoder, const at::Tensor& latent, const at::Tensor& condition);
  // Instead of that, where nobody will see the frames.
  void skip(const LatentDecoder& decoder, const at::Tensor& latent, const at::Tensor& condition);

  std::uint64_t state_bytes(const FlashVsrModel& model, const LatentDecoder& decoder,
                            const FlashVsrKnobs& knobs) const;
  std::uint64_t work_bytes(const FlashVsrModel& model, const LatentDecoder& decoder) const;

 private:
  TileSpan rows_;
  TileSpan columns_;
  ProjectorState projector_;
  TransformerState transformer_;
  DecoderState decoder_;
  std::vector<std::vector<at::Tensor>> tokens_;  // of each clip, for each of the projector's layers
};

// What the self-attention of a tile of this size keeps. The order of operations is the published one: the
// number of blocks is truncated from this product.
AttentionSettings attention_settings(const FlashVsrKnobs& knobs, std::int64_t height, std::int64_t width);

}  // namespace videoenhance
