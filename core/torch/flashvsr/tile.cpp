#include "core/torch/flashvsr/tile.h"

namespace videoenhance {

AttentionSettings attention_settings(const FlashVsrKnobs& knobs, std::int64_t height, std::int64_t width) {
  return {knobs.sparse_ratio * 768 * 1280 / static_cast<double>(height * width), knobs.kv_ratio,
          static_cast<int>(knobs.local_range)};
}

at::Tensor FlashVsrTile::part_of(const at::Tensor& pictures) const {
  return pictures.narrow(-2, rows_.start, rows_.size).narrow(-1, columns_.start, columns_.size);
}

void FlashVsrTile::project(const FlashVsrModel& model, const at::Tensor& clip, ProjectorCache cache) {
  if (auto tokens = model.projector.push(projector_, part_of(clip), cache)) {
    tokens_.push_back(std::move(*tokens));
  }
}

at::Tensor FlashVsrTile::denoise(const FlashVsrModel& model, const Chunk& chunk, const at::Tensor& noise,
                                 const FlashVsrKnobs& knobs) {
  std::vector<at::Tensor> tokens;
  for (std::size_t layer = 0; layer < tokens_.front().size(); ++layer) {
    std::vector<at::Tensor> clips;
    for (const auto& clip : tokens_) clips.push_back(clip[layer]);
    tokens.push_back(at::cat(clips));
  }
  tokens_.clear();
  return model.transformer.denoise(transformer_, noise, tokens, chunk.first_latent(),
                                   attention_settings(knobs, rows_.size, columns_.size));
}

at::Tensor FlashVsrTile::decode(const LatentDecoder& decoder, const at::Tensor& latent,
                                const at::Tensor& condition) {
  return decoder.decode(decoder_, latent, condition);
}

void FlashVsrTile::skip(const LatentDecoder& decoder, const at::Tensor& latent, const at::Tensor& condition) {
  decoder.skip(decoder_, latent, condition);
}

std::uint64_t FlashVsrTile::state_bytes(const FlashVsrModel& model, const LatentDecoder& decoder,
                                        const FlashVsrKnobs& knobs) const {
  const std::int64_t height = rows_.size, width = columns_.size;
  return model.projector.state_bytes(height, width) + decoder.state_bytes(height, width) +
         model.transformer.state_bytes(height, width, attention_settings(knobs, height, width));
}

std::uint64_t FlashVsrTile::work_bytes(const FlashVsrModel& model, const LatentDecoder& decoder) const {
  return std::max(model.transformer.work_bytes(rows_.size, columns_.size),
                  decoder.work_bytes(rows_.size, columns_.size));
}

}  // namespace videoenhance
