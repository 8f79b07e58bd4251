// Both decoders of latents in miniature against the Python oracle, and as streams.
#include "core/torch/flashvsr/latent_decoder.h"

#include <ATen/ops/randn.h>

#include "core/torch/flashvsr/dense_decoder.h"
#include "core/torch/flashvsr/row_decoder.h"
#include "core/torch/runtime/cpu_allocator.h"
#include "tests/torch/flashvsr_pictures.h"

namespace videoenhance {
namespace {

using Loader = Result<std::shared_ptr<const LatentDecoder>> (*)(const WeightBinder&, c10::Device,
                                                                c10::ScalarType);

struct Kind {
  const char* name;
  const char* prefix;
  Loader load;
};

const Kind kTc{"tc", "tc.", load_tc_decoder}, kWan{"wan", "vae.", load_wan_decoder};

void PrintTo(const Kind& kind, std::ostream* out) {
  *out << kind.name;
}

std::shared_ptr<const LatentDecoder> load(const Kind& kind, c10::ScalarType type = c10::kFloat) {
  const WeightFile file = flashvsr_file("miniature.safetensors");
  auto decoder = kind.load(WeightBinder(file, kind.prefix), c10::kCPU, type);
  if (!decoder) throw std::runtime_error(decoder.error().message);
  return *decoder;
}

at::Tensor golden_condition() {
  return (golden("condition").permute({3, 0, 1, 2}) / 255 * 2 - 1).contiguous();
}

// The rows and columns that the golden file has.
at::Tensor thinned(const at::Tensor& frames) {
  return frames.slice(2, 0, std::nullopt, 3).slice(3, 0, std::nullopt, 5);
}

// A stream that is handed on in pieces of so many latents.
at::Tensor decode(const LatentDecoder& decoder, DecoderState& state, const at::Tensor& latent,
                  const at::Tensor& condition, const std::vector<std::int64_t>& pieces) {
  std::vector<at::Tensor> frames;
  std::int64_t first = 0, frame = 0;
  for (const auto latents : pieces) {
    const std::int64_t seen = 4 * latents - (state.started ? 0 : 3);
    frames.push_back(
        decoder.decode(state, latent.narrow(1, first, latents), condition.narrow(1, frame, seen)));
    first += latents;
    frame += seen;
  }
  return at::cat(frames);
}

class DecoderMemory : public testing::Test {
 protected:
  c10::InferenceMode inference_;
  at::Tensor latent_ = golden("latent"), condition_ = golden_condition();
};

class Decoders : public DecoderMemory, public testing::WithParamInterface<Kind> {
 protected:
  at::Tensor whole(const LatentDecoder& decoder) const {
    DecoderState state;
    return decoder.decode(state, latent_, condition_);
  }
};

// Some thirty layers, each a sum of up to a thousand products in another order: 8e-6 was seen.
TEST_P(Decoders, EqualTheOracleInFloat32) {
  const auto frames = whole(*load(GetParam()));
  ASSERT_EQ(frames.sizes(), (std::vector<std::int64_t>{29, 3, 32, 48}));
  EXPECT_LT(difference(thinned(frames), golden(std::string(GetParam().name) + ".out")), 5e-5);
}

// Random weights amplify rounding more than trained ones; 48 dB and more were seen.
TEST_P(Decoders, AreNearTheOracleInBFloat16) {
  const auto frames = whole(*load(GetParam(), c10::kBFloat16));
  EXPECT_EQ(frames.scalar_type(), at::kFloat);
  EXPECT_GT(decibels(thinned(frames), golden(std::string(GetParam().name) + ".out")), 40);
}

TEST_P(Decoders, OneByOneAndInChunksGiveTheBitsOfOneCall) {
  const auto decoder = load(GetParam());
  const auto expected = whole(*decoder);
  for (const auto& pieces : {std::vector<std::int64_t>{6, 2}, {1, 1, 1, 1, 1, 1, 1, 1}, {2, 6}, {1, 3, 4}}) {
    DecoderState state;
    EXPECT_TRUE(decode(*decoder, state, latent_, condition_, pieces).equal(expected));
  }
}

TEST_P(Decoders, WhatIsSkippedIsRememberedAllTheSame) {
  const auto decoder = load(GetParam());
  const auto expected = whole(*decoder);
  DecoderState state;
  for (std::int64_t i = 0, frame = 0; i < 3; ++i) {
    const std::int64_t seen = i == 0 ? 1 : 4;
    decoder->skip(state, latent_.narrow(1, i, 1), condition_.narrow(1, frame, seen));
    frame += seen;
  }
  const auto later = decoder->decode(state, latent_.narrow(1, 3, 5), condition_.narrow(1, 9, 20));
  EXPECT_TRUE(later.equal(expected.narrow(0, 9, 20)));
}

TEST_P(Decoders, TwoStreamsInTurnsGiveTheBitsOfEachAlone) {
  const auto decoder = load(GetParam());
  const auto other_latent = latent_.flip({1}), other_condition = condition_.neg();
  DecoderState alone;
  const auto expected = whole(*decoder),
             expected_other = decoder->decode(alone, other_latent, other_condition);
  DecoderState one, other;
  std::vector<at::Tensor> frames, other_frames;
  for (std::int64_t i = 0, frame = 0; i < 8; ++i) {
    const std::int64_t seen = i == 0 ? 1 : 4;
    frames.push_back(decoder->decode(one, latent_.narrow(1, i, 1), condition_.narrow(1, frame, seen)));
    other_frames.push_back(
        decoder->decode(other, other_latent.narrow(1, i, 1), other_condition.narrow(1, frame, seen)));
    frame += seen;
  }
  EXPECT_TRUE(at::cat(frames).equal(expected));
  EXPECT_TRUE(at::cat(other_frames).equal(expected_other));
}

TEST_P(Decoders, AFreshStateForgetsEverything) {
  const auto decoder = load(GetParam());
  const auto first = whole(*decoder);
  EXPECT_TRUE(whole(*decoder).equal(first));
}

TEST_P(Decoders, LaterFramesDependOnEarlierLatentsAndNeverOnLaterOnes) {
  const auto decoder = load(GetParam());
  const auto frames = whole(*decoder);
  latent_ = latent_.clone();
  latent_.select(1, 3).add_(1);
  const auto changed = whole(*decoder);
  EXPECT_TRUE(changed.narrow(0, 0, 9).equal(frames.narrow(0, 0, 9)));
  EXPECT_GT(difference(changed.narrow(0, 13, 4), frames.narrow(0, 13, 4)), 1e-3);
}

TEST_P(Decoders, MemoryIsAsLargeAsToldAndDoesNotGrow) {
  for (const auto type : {c10::kFloat, c10::kBFloat16}) {
    const auto decoder = load(GetParam(), type);
    DecoderState state;
    decode(*decoder, state, latent_, condition_, {1, 2});
    std::uint64_t elements = 0, storage = 0;
    for (int round = 0; round < 2; ++round) {
      elements = storage = 0;
      for (const auto& [key, frames] : state.memory) {
        for (const auto& frame : frames) {
          elements += frame.nbytes();
          storage += frame.storage().nbytes();
        }
      }
      EXPECT_EQ(elements, decoder->state_bytes(32, 48)) << round;
      EXPECT_EQ(storage, elements) << "memory keeps larger tensors alive";
      decoder->decode(state, latent_.narrow(1, 2, 6), condition_.narrow(1, 5, 24));
    }
  }
}

// The convolutions' own buffers depend on the processor.
void expect_work_as_told(const LatentDecoder& decoder) {
  install_cpu_allocator();
  const auto latent = at::randn({16, 6, 32, 32}), condition = at::zeros({3, 21, 256, 256});
  const auto taken = [] { return cpu_allocator_use().used + cpu_allocator_use().cached; };
  trim_cpu_allocator();
  trim_cpu_allocator();
  const auto before = static_cast<double>(taken());
  DecoderState state;
  for (int i = 0; i < 6; ++i)
    decoder.decode(state, latent.narrow(1, i, 1),
                   condition.narrow(1, i == 0 ? 0 : 4 * i - 3, i == 0 ? 1 : 4));
  const double grown = static_cast<double>(taken()) - before;
  const auto told = static_cast<double>(decoder.state_bytes(256, 256) + decoder.work_bytes(256, 256));
  EXPECT_LT(grown, 1.2 * told);
  EXPECT_GT(grown, 0.6 * told);
}

TEST_P(Decoders, WorkIsAboutWhatTheAllocatorKeeps) {
  expect_work_as_told(*load(GetParam()));
}

TEST_P(Decoders, BFloat16HalvesWeightsAndMemory) {
  const auto wide = load(GetParam()), narrow = load(GetParam(), c10::kBFloat16);
  EXPECT_EQ(wide->bytes(), 2 * narrow->bytes());
  EXPECT_EQ(wide->state_bytes(128, 256), 2 * narrow->state_bytes(128, 256));
  EXPECT_LT(narrow->work_bytes(128, 256), wide->work_bytes(128, 256));
}

TEST_P(Decoders, LeaveTheirArgumentsAlone) {
  const auto latent = latent_.clone(), condition = condition_.clone();
  whole(*load(GetParam()));
  EXPECT_TRUE(latent.equal(latent_));
  EXPECT_TRUE(condition.equal(condition_));
}

TEST_P(Decoders, TakeStridedLatents) {
  const auto decoder = load(GetParam());
  const auto expected = whole(*decoder);
  latent_ = latent_.permute({1, 2, 3, 0}).contiguous().permute({3, 0, 1, 2});
  EXPECT_TRUE(whole(*decoder).equal(expected));
}

TEST_P(Decoders, RefuseLatentsOfOtherChannels) {
  const auto decoder = load(GetParam());
  for (const std::int64_t channels : {15, 48}) {
    DecoderState state;
    EXPECT_THROW(decoder->decode(state, at::zeros({channels, 1, 4, 6}), at::zeros({3, 1, 32, 48})),
                 c10::Error);
  }
  DecoderState state;
  EXPECT_THROW(decoder->decode(state, at::zeros({16, 0, 4, 6}), at::zeros({3, 0, 32, 48})), c10::Error);
}

// The miniature without memory: both forms of the decoder compute it, so each can be compared.
struct Forgetful {
  explicit Forgetful(c10::ScalarType type = c10::kFloat)
      : Forgetful(type, flashvsr_file("miniature.safetensors")) {}
  Forgetful(c10::ScalarType type, const WeightFile& file) {
    const WeightBinder weights(file, kTc.prefix);
    shape = *TcShape::read(weights.shapes(), weights.file_name());
    TensorsByKey tensors = *weights.take(shape.expected_shapes(), c10::kCPU);
    for (auto& [key, tensor] : tensors) {
      if (key.ends_with(".conv.0.weight")) tensor.chunk(2, 1)[1].zero_();
    }
    dense = std::make_shared<DenseDecoder>(shape, tensors, type);
    if (RowDecoder::suits(shape, tensors, type)) rows = std::make_shared<RowDecoder>(tensors, type);
  }
  TcShape shape;
  std::shared_ptr<const LatentDecoder> dense, rows;
};

// Some thirty layers, each a sum in another order, as against the oracle.
TEST_F(DecoderMemory, ThatNoWeightReadsIsNotKept) {
  const Forgetful forgetful;
  ASSERT_TRUE(forgetful.rows);
  DecoderState dense, rows;
  const at::Tensor frames = forgetful.dense->decode(dense, latent_, condition_);
  EXPECT_LT(difference(frames, forgetful.rows->decode(rows, latent_, condition_)), 5e-5);
  EXPECT_TRUE(dense.memory.empty());
  EXPECT_TRUE(rows.memory.empty());
  EXPECT_EQ(forgetful.dense->state_bytes(32, 48), 0u);
  EXPECT_EQ(forgetful.rows->state_bytes(32, 48), 0u);
}

TEST_F(DecoderMemory, OfWhatIsSkippedIsNone) {
  const auto decoder = Forgetful().rows;
  DecoderState state, skipped;
  const at::Tensor frames = decoder->decode(state, latent_, condition_);
  decoder->skip(skipped, latent_.narrow(1, 0, 3), condition_.narrow(1, 0, 9));
  EXPECT_TRUE(decoder->decode(skipped, latent_.narrow(1, 3, 5), condition_.narrow(1, 9, 20))
                  .equal(frames.narrow(0, 9, 20)));
  EXPECT_THROW(decoder->skip(skipped, latent_, condition_), c10::Error);
}

TEST_F(DecoderMemory, OfRowsIsAboutWhatTheAllocatorKeeps) {
  for (const auto type : {c10::kFloat, c10::kBFloat16}) {
    const auto decoder = Forgetful(type).rows;
    if (decoder) expect_work_as_told(*decoder);
  }
}

INSTANTIATE_TEST_SUITE_P(Miniatures, Decoders, testing::Values(kTc, kWan),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(TcDecoder, RefusesAConditionOfOtherFramesOrAnotherSize) {
  const c10::InferenceMode inference;
  const auto decoder = load(kTc);
  DecoderState state;
  const auto latent = at::zeros({16, 1, 4, 6});
  EXPECT_THROW(decoder->decode(state, latent, at::zeros({3, 4, 32, 48})), c10::Error);
  EXPECT_THROW(decoder->decode(state, latent, at::zeros({3, 1, 32, 40})), c10::Error);
  decoder->decode(state, latent, at::zeros({3, 1, 32, 48}));
  EXPECT_THROW(decoder->decode(state, latent, at::zeros({3, 1, 32, 48})), c10::Error);
}

TEST(TcDecoder, TheConditionOfAFrameActsFromItsLatentOn) {
  const c10::InferenceMode inference;
  const auto decoder = load(kTc);
  const auto latent = golden("latent");
  auto condition = golden_condition();
  DecoderState state;
  const auto frames = decoder->decode(state, latent, condition);
  condition.select(1, 7).zero_();  // one of the frames 5 to 8
  DecoderState other;
  const auto changed = decoder->decode(other, latent, condition);
  EXPECT_TRUE(changed.narrow(0, 0, 5).equal(frames.narrow(0, 0, 5)));
  EXPECT_GT(difference(changed.narrow(0, 5, 4), frames.narrow(0, 5, 4)), 1e-3);
}

// Of a picture whose rows are all alike, far from its ends; one block of pixels after the other.
TEST(TcDecoder, ATallPictureHasNoSeams) {
  const c10::InferenceMode inference;
  const auto latent = at::randn({16, 1, 1, 2}).expand({16, 1, 128, 2});
  const auto condition = at::rand({3, 1, 1, 16}).expand({3, 1, 1024, 16});
  DecoderState state;
  const auto frames = load(kTc)->decode(state, latent, condition);
  EXPECT_LT(difference(frames.narrow(2, 200, 600), frames.narrow(2, 208, 600)), 1e-5);
}

TEST(WanDecoder, NeedsNoCondition) {
  const c10::InferenceMode inference;
  DecoderState state;
  EXPECT_EQ(load(kWan)->decode(state, golden("latent").narrow(1, 0, 2), {}).size(0), 5);
}

TEST(WanDecoder, StaysInTheRange) {
  const c10::InferenceMode inference;
  DecoderState state;
  const auto frames = load(kWan)->decode(state, at::randn({16, 2, 4, 6}) * 50, {});
  EXPECT_LE(frames.abs().max().item<double>(), 1.0);
}

}  // namespace
}  // namespace videoenhance
