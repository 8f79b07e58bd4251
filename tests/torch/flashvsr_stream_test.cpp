// Chunks and tiles of a stream with a decoder that hands its condition through: what must come out is known.
#include "core/torch/flashvsr/flashvsr_stream.h"

#include <set>

#include "core/torch/flashvsr/memory_need.h"
#include "core/torch/flashvsr/noise.h"
#include "tests/torch/flashvsr_miniature.h"

namespace videoenhance {
namespace {

class HandsThrough final : public LatentDecoder {
 public:
  at::Tensor decode(DecoderState&, const at::Tensor&, const at::Tensor& condition) const override {
    return condition.transpose(0, 1).contiguous();
  }
  std::uint64_t bytes() const override { return 0; }
  std::uint64_t state_bytes(std::int64_t, std::int64_t) const override { return 0; }
  std::uint64_t work_bytes(std::int64_t, std::int64_t) const override { return 0; }
};

class Stream : public testing::Test {
 protected:
  Stream() {
    const auto loaded = load_flashvsr(flashvsr_folder() / "miniature.safetensors",
                                      FlashVsrOptions::Decoder::kTiny, c10::kCPU, c10::kFloat);
    auto model = std::make_shared<FlashVsrModel>(**loaded);
    model->decoders = {{0, std::make_shared<HandsThrough>()}};
    model_ = model;
    knobs_.colour_fix = ColourFix::kNone;
  }

  at::Tensor frame(std::int64_t number) const {
    const at::Tensor wave = at::linspace(0, 20, 3 * 256 * 256, at::kFloat).add_(static_cast<double>(number));
    return wave.sin_().view({3, 256, 256});
  }

  // All frames of a clip of `count` frames, [count,3,H,W].
  at::Tensor run(const FlashVsrOptions& options, std::int64_t count) {
    const auto geometry = geometry_of(*model_, {50, 62, 200, 250, false}, options);
    const bool primed = options.start == FlashVsrOptions::Start::kPrimed;
    FlashVsrStream stream(
        model_, geometry, ProjectorCache::kPrevious, primed ? kPrimedPrefix : 0,
        [this](auto latent, auto top, auto left, auto height, auto width) -> Result<at::Tensor> {
          places_.insert({latent, top, left, height, width});
          return latent_noise(0, latent, top, left, height, width);
        });
    std::vector<at::Tensor> parts;
    const auto keep = [&](const Result<FinishedFrames>& finished) {
      if (finished->defined()) parts.push_back(*finished);
    };
    for (std::int64_t n = 0; n < count; ++n) keep(stream.push(frame(n), knobs_));
    while (stream.pending() > 0) keep(stream.finish_one_chunk(knobs_));
    return at::cat(parts);
  }

  at::Tensor expected(std::int64_t count) const {
    std::vector<at::Tensor> frames;
    for (std::int64_t n = 0; n < count; ++n) frames.push_back(frame(n).narrow(1, 0, 250).narrow(2, 0, 200));
    return at::stack(frames);
  }

  c10::InferenceMode inference_;
  std::set<std::array<std::int64_t, 5>> places_;  // that noise was asked for
  std::shared_ptr<const FlashVsrModel> model_;
  FlashVsrKnobs knobs_;
};

TEST_F(Stream, EveryFrameIsConditionedOnItself) {
  FlashVsrOptions reference;
  reference.start = FlashVsrOptions::Start::kReference;
  for (const std::int64_t count : {1, 9, 30}) {
    EXPECT_TRUE(run({}, count).equal(expected(count))) << count;
    EXPECT_TRUE(run(reference, count).equal(expected(count))) << count;
  }
}

// Weights that sum to one give the picture back to the last rounding, at the outermost pixels, too.
TEST_F(Stream, BlendedTilesGiveThePictureBack) {
  for (const unsigned overlap : {0u, 16u, 64u}) {
    FlashVsrOptions tiled;
    tiled.tile_size = 128;
    tiled.tile_overlap = overlap;
    const at::Tensor made = run(tiled, 9);
    EXPECT_LT((made - expected(9)).abs().max().item<double>(), 1e-6) << overlap;
  }
}

TEST_F(Stream, EveryTileAsksForTheNoiseOfItsPlaceInEveryLatent) {
  FlashVsrOptions tiled;
  tiled.tile_size = 128;
  run(tiled, 9);
  std::set<std::array<std::int64_t, 5>> expected;
  for (std::int64_t latent = 0; latent < 10; ++latent) {
    for (const std::int64_t top : {0, 8, 16}) {
      for (const std::int64_t left : {0, 8, 16}) expected.insert({latent, top, left, 16, 16});
    }
  }
  EXPECT_EQ(places_, expected);
}

// Memory of other sizes and settings, as far as it can be told without a network of the published size.
TEST_F(Stream, MoreUnitsOrPixelsNeedMoreMemory) {
  const auto need = [&](std::int64_t side, const FlashVsrOptions& options, double kv_ratio) {
    FlashVsrKnobs knobs;
    knobs.kv_ratio = kv_ratio;
    return memory_need(*model_, {64, 64, static_cast<int>(side), static_cast<int>(side), false}, options,
                       knobs);
  };
  FlashVsrOptions tiled;
  tiled.tile_size = 256;
  EXPECT_GT(need(512, {}, 3).state, need(512, {}, 2).state);
  EXPECT_GT(need(640, {}, 3).state, need(512, {}, 3).state);
  EXPECT_GT(need(640, {}, 3).work, need(512, {}, 3).work);
  EXPECT_GT(need(512, tiled, 3).state, need(512, {}, 3).state);
}

}  // namespace
}  // namespace videoenhance
