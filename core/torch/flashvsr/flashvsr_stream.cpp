#include "core/torch/flashvsr/flashvsr_stream.h"

#include <algorithm>

#include "core/torch/flashvsr/colour_fix.h"
#include "core/torch/flashvsr/sizes.h"
#include "core/torch/runtime/stage.h"

namespace videoenhance {
namespace {

// Products of the weights of rows and columns, [rows, columns].
at::Tensor blend_weights(const FlashVsrTile& tile, const at::Tensor& like) {
  const auto line = [&](const TileSpan& span) {
    at::Tensor weights = at::empty({span.size}, at::kFloat);
    std::copy(span.weights.begin(), span.weights.end(), weights.mutable_data_ptr<float>());
    return weights.to(like.device());
  };
  return line(tile.rows()).unsqueeze(1) * line(tile.columns()).unsqueeze(0);
}

// A prefix repeats one frame, which is not copied.
at::Tensor clip_of(const std::vector<at::Tensor>& frames) {
  const auto is_first = [&](const at::Tensor& frame) { return frame.is_same(frames.front()); };
  if (!std::ranges::all_of(frames, is_first)) return at::stack(frames, 1);
  return frames.front().unsqueeze(1).expand({-1, static_cast<std::int64_t>(frames.size()), -1, -1});
}

}  // namespace

FlashVsrStream::FlashVsrStream(std::shared_ptr<const FlashVsrModel> model, const FlashVsrGeometry& geometry,
                               ProjectorCache cache, std::int64_t prefix, NoiseSource noise)
    : model_(std::move(model)),
      geometry_(geometry),
      cache_(cache),
      prefix_(prefix),
      noise_(std::move(noise)) {
  for (const auto& rows : geometry_.rows) {
    for (const auto& columns : geometry_.columns) tiles_.emplace_back(rows, columns);
  }
}

Result<FinishedFrames> FlashVsrStream::push(const at::Tensor& frame, const FlashVsrKnobs& knobs) {
  while (seen_ < prefix_) {
    // All that the prefix finishes lies within itself.
    if (auto taken = take(frame, knobs); !taken) return taken;
  }
  ++pushed_;
  return take(frame, knobs);
}

Result<FinishedFrames> FlashVsrStream::finish_one_chunk(const FlashVsrKnobs& knobs) {
  const at::Tensor last = newest_frame();
  for (;;) {
    const auto next = chunk_.index;
    auto finished = take(last, knobs);
    if (!finished || chunk_.index != next) return finished;
  }
}

at::Tensor FlashVsrStream::newest_frame() const {
  return begun_.empty() ? clips_.back().select(1, -1) : begun_.back();
}

// The projector's clip is projected as soon as it is complete: at a chunk's border only the transformer and
// the decoder remain to be run.
Result<FinishedFrames> FlashVsrStream::take(const at::Tensor& frame, const FlashVsrKnobs& knobs) {
  begun_.push_back(frame);
  if (completes_clip(seen_++)) {
    clips_.push_back(clip_of(begun_));
    begun_.clear();
    for (auto& tile : tiles_) tile.project(*model_, clips_.back(), cache_);
  }
  if (seen_ < chunk_.frames_needed()) return FinishedFrames();
  return run_chunk(knobs);
}

Result<FinishedFrames> FlashVsrStream::run_chunk(const FlashVsrKnobs& knobs) {
  const auto latents = denoise(knobs);
  if (!latents) return tl::unexpected(latents.error());
  FinishedFrames finished = decode_real(*latents, knobs);
  clips_.erase(clips_.begin(), clips_.begin() + chunk_.latents());
  ++chunk_.index;
  return finished;
}

// Of each tile.
Result<std::vector<at::Tensor>> FlashVsrStream::denoise(const FlashVsrKnobs& knobs) {
  std::vector<at::Tensor> latents;
  for (auto& tile : tiles_) {
    const auto noise = noise_of(tile);
    if (!noise) return tl::unexpected(noise.error());
    latents.push_back(tile.denoise(*model_, chunk_, *noise, knobs));
  }
  return latents;
}

Result<at::Tensor> FlashVsrStream::noise_of(const FlashVsrTile& tile) const {
  const StageScope stage("noise");
  std::vector<at::Tensor> latents;
  for (std::int64_t i = 0; i < chunk_.latents(); ++i) {
    auto noise = noise_(chunk_.first_latent() + i, tile.rows().start / kLatentPixels,
                        tile.columns().start / kLatentPixels, tile.rows().size / kLatentPixels,
                        tile.columns().size / kLatentPixels);
    if (!noise) return noise;
    latents.push_back(std::move(*noise));
  }
  return at::stack(latents, 1).to(clips_.back().device());
}

// One latent's frames: all tiles make theirs, which are blended in float32.
at::Tensor FlashVsrStream::decode(const std::vector<at::Tensor>& latents, std::int64_t index,
                                  const at::Tensor& condition) {
  const LatentDecoder& decoder = *model_->decoders.at(geometry_.decoder);
  at::Tensor blended;
  for (std::size_t i = 0; i < tiles_.size(); ++i) {
    FlashVsrTile& tile = tiles_[i];
    const at::Tensor made = tile.decode(decoder, latents[i].narrow(1, index, 1), tile.part_of(condition));
    if (tiles_.size() == 1) return made;
    if (!blended.defined()) blended = at::zeros(condition.sizes(), made.options()).transpose(0, 1);
    tile.part_of(blended).addcmul_(made, blend_weights(tile, made));
  }
  return blended;
}

void FlashVsrStream::skip(const std::vector<at::Tensor>& latents, std::int64_t index,
                          const at::Tensor& condition) {
  const LatentDecoder& decoder = *model_->decoders.at(geometry_.decoder);
  for (std::size_t i = 0; i < tiles_.size(); ++i)
    tiles_[i].skip(decoder, latents[i].narrow(1, index, 1), tiles_[i].part_of(condition));
}

// Latent by latent, so that few frames lie in memory at once. Drops what belongs to the prefix or to the
// frames repeated at the end, crops the padding, and gives the colours of the input to what the viewer will
// see.
FinishedFrames FlashVsrStream::decode_real(const std::vector<at::Tensor>& latents,
                                           const FlashVsrKnobs& knobs) {
  const std::int64_t begin = std::max(chunk_.first_frame(), prefix_ + given_);
  const std::int64_t end = std::min(chunk_.first_frame() + chunk_.frames(), prefix_ + pushed_);
  FinishedFrames finished;
  if (begin < end)
    finished = at::empty({end - begin, 3, geometry_.height, geometry_.width},
                         clips_.back().options().dtype(at::kFloat));
  for (std::int64_t i = 0, frame = chunk_.first_frame(); i < chunk_.latents(); ++i) {
    const std::int64_t next = frame + chunk_.frames_of(i);
    const at::Tensor& condition = clips_[i];
    const std::int64_t from = std::max(frame, begin), to = std::min(next, end);
    const auto visible = [&](const at::Tensor& frames) {
      return frames.narrow(0, from - frame, to - from)
          .narrow(2, 0, geometry_.height)
          .narrow(3, 0, geometry_.width);
    };
    if (from < to) {
      fix_colour(knobs.colour_fix, visible(decode(latents, i, condition)), visible(condition.transpose(0, 1)),
                 finished.narrow(0, from - begin, to - from));
    } else {
      skip(latents, i, condition);
    }
    frame = next;
  }
  given_ += std::max<std::int64_t>(end - begin, 0);
  return finished;
}

}  // namespace videoenhance
