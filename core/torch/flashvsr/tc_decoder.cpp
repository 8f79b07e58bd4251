#include "core/torch/flashvsr/tc_decoder.h"

#include <algorithm>

#include "core/torch/flashvsr/dense_decoder.h"
#include "core/torch/flashvsr/row_decoder.h"
#include "core/torch/runtime/stage.h"

namespace videoenhance {
namespace {

constexpr int kSurplus = 3;  // frames before a stream's first one that its first latent also gives

void check_sizes(const DecoderState& state, const at::Tensor& latent, const at::Tensor& condition) {
  TORCH_CHECK_VALUE(latent.dim() == 4 && latent.size(0) == TcShape::kLatents && latent.size(1) > 0,
                    "latents [16,f,H/8,W/8] are needed, these are ", latent.sizes());
  const std::int64_t frames = TcDecoder::kFramesPerLatent * latent.size(1) - (state.started ? 0 : kSurplus);
  const std::array<std::int64_t, 4> wanted = {3, frames, 8 * latent.size(2), 8 * latent.size(3)};
  TORCH_CHECK_VALUE(condition.sizes() == at::IntArrayRef(wanted), "a condition ", at::IntArrayRef(wanted),
                    " is needed, this is ", condition.sizes());
}

}  // namespace

void TcDecoder::each_latent(DecoderState& state, const at::Tensor& latent, const at::Tensor& condition,
                            int least_surplus, DecodedFrames& frames) const {
  check_sizes(state, latent, condition);
  for (std::int64_t i = 0, next = 0; i < latent.size(1); ++i) {
    const int surplus = state.started ? 0 : kSurplus, seen = kFramesPerLatent - surplus;
    at::Tensor group = condition.narrow(1, next, seen);
    if (surplus > 0) group = at::cat({group.expand({-1, surplus, -1, -1}), group}, 1);
    draw(state, latent.select(1, i), group, std::max(surplus, least_surplus), frames);
    state.started = true;
    next += seen;
  }
}

at::Tensor TcDecoder::decode(DecoderState& state, const at::Tensor& latent,
                             const at::Tensor& condition) const {
  const StageScope stage("decoder");
  DecodedFrames frames(latent, state.started);
  each_latent(state, latent, condition, 0, frames);
  return frames.tensor();
}

void TcDecoder::skip(DecoderState& state, const at::Tensor& latent, const at::Tensor& condition) const {
  const StageScope stage("decoder");
  DecodedFrames none;
  each_latent(state, latent, condition, kFramesPerLatent, none);
}

std::shared_ptr<const LatentDecoder> make_tc_decoder(const TcShape& shape, const TensorsByKey& tensors,
                                                     c10::ScalarType type) {
  if (RowDecoder::suits(shape, tensors, type)) return std::make_shared<const RowDecoder>(tensors, type);
  return std::make_shared<const DenseDecoder>(shape, tensors, type);
}

Result<std::shared_ptr<const LatentDecoder>> load_tc_decoder(const WeightBinder& weights, c10::Device device,
                                                             c10::ScalarType type) {
  const auto shape = TcShape::read(weights.shapes(), weights.file_name());
  if (!shape) return tl::unexpected(shape.error());
  const auto tensors = weights.take(shape->expected_shapes(), device);
  if (!tensors) return tl::unexpected(tensors.error());
  return make_tc_decoder(*shape, *tensors, type);
}

}  // namespace videoenhance
