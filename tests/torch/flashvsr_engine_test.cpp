// The engine of flashvsr with a miniature model: schedule, counts, history, sizes, tiles.
#include <algorithm>
#include <cmath>

#include "tests/torch/flashvsr_miniature.h"
#include "tests/torch/test_device.h"

namespace videoenhance {
namespace {

using Start = FlashVsrOptions::Start;

Frames run(const Clip& clip, FlashVsrOptions options = {}) {
  return run_clip(*configured_flashvsr(std::move(options)), clip, kSide, kSide);
}

FlashVsrOptions starting(Start start) {
  FlashVsrOptions options;
  options.start = start;
  return options;
}

double largest_difference(const std::vector<float>& a, const std::vector<float>& b) {
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::abs(double(a[i]) - b[i]));
  return largest;
}

// ---- schedule

TEST(FlashVsrEngine, ReferenceStartGivesFramesOnThePublishedSchedule) {
  const Frames frames = run(moving_clip(kWidth, kHeight, 49), starting(Start::kReference));
  for (std::size_t seen = 1; seen <= 49; ++seen) {
    const std::size_t expected = seen < 25 ? 0 : 21 + 8 * ((seen - 25) / 8);
    EXPECT_EQ(frames.out_after[seen - 1], expected) << "after frame " << seen;
  }
}

TEST(FlashVsrEngine, PrimedStartGivesEveryFrameWithinItsDelay) {
  const auto engine = configured_flashvsr();
  const Frames frames = run_clip(*engine, moving_clip(kWidth, kHeight, 49), kSide, kSide);
  EXPECT_EQ(engine->delay(), 11u);
  for (std::size_t seen = 1; seen <= 49; ++seen) {
    EXPECT_EQ(frames.out_after[seen - 1], seen < 9 ? 0 : 5 + 8 * ((seen - 9) / 8)) << "after frame " << seen;
    EXPECT_GE(frames.out_after[seen - 1] + engine->delay(), seen);
  }
}

class Counts : public testing::TestWithParam<std::size_t> {};

TEST_P(Counts, AsManyFramesComeOutAsWentInInOrder) {
  const Clip clip = moving_clip(kWidth, kHeight, GetParam());
  EXPECT_EQ(run(clip, starting(Start::kPrimed)).size(), GetParam());
  EXPECT_EQ(run(clip, starting(Start::kReference)).size(), GetParam());
}

INSTANTIATE_TEST_SUITE_P(Frames, Counts, testing::Values(1, 2, 8, 9, 21, 22, 24, 25, 30));

TEST(FlashVsrEngine, DrainingWithoutFramesGivesNothing) {
  const auto engine = configured_flashvsr();
  EXPECT_TRUE(engine->drain());
  EXPECT_EQ(engine->ready(), 0u);
}

TEST(FlashVsrEngine, TheFirstFramesOfAClipDoNotDependOnItsLength) {
  const Clip clip = moving_clip(kWidth, kHeight, 33);
  const Frames longer = run(clip), shorter = run(clip.part(21));
  for (std::size_t n = 0; n < 13; ++n) EXPECT_EQ(longer[n], shorter[n]) << n;
}

// ---- history

TEST(FlashVsrEngine, ReplayAfterFlushOrDrainGivesTheSameBits) {
  const Clip clip = moving_clip(kWidth, kHeight, 20);
  const auto engine = configured_flashvsr();
  const Frames first = run_clip(*engine, clip, kSide, kSide);
  for (std::size_t n = 0; n < 11; ++n) ASSERT_TRUE(engine->push(clip.view(n), n, {}));
  engine->flush();
  EXPECT_EQ(engine->ready(), 0u);
  const Frames again = run_clip(*engine, clip, kSide, kSide);
  for (std::size_t n = 0; n < 20; ++n) EXPECT_EQ(first[n], again[n]) << n;
}

TEST(FlashVsrEngine, TwoStreamsInTurnsGiveTheBitsOfEachAlone) {
  const Clip left = moving_clip(kWidth, kHeight, 18, 1), right = moving_clip(kWidth, kHeight, 18, 2);
  const Frames alone_left = run(left), alone_right = run(right);
  const auto one = configured_flashvsr(), other = configured_flashvsr();
  Frames from_left{kSide, kSide, {}, {}}, from_right = from_left;
  for (std::size_t n = 0; n < 18; ++n) {
    ASSERT_TRUE(one->push(left.view(n), n, {}) && other->push(right.view(n), n, {}));
    pop_ready(*other, from_right);
    pop_ready(*one, from_left);
  }
  ASSERT_EQ(from_left.size(), 13u);
  for (std::size_t n = 0; n < 13; ++n) {
    EXPECT_EQ(from_left[n], alone_left[n]) << n;
    EXPECT_EQ(from_right[n], alone_right[n]) << n;
  }
}

// Green in the place of red and so on, with the matrix that puts them back.
TEST(FlashVsrEngine, FramesWithColoursOfTheirOwnGiveWhatTheirRgbGives) {
  const Clip clip = moving_clip(kWidth, kHeight, 12);
  FlashVsrOptions options;
  options.reset_at_cuts = true;
  const Frames plain = run(clip, options);
  const auto engine = configured_flashvsr(options);
  Frames frames{kSide, kSide, {}, {}};
  for (std::size_t n = 0; n < 12; ++n) {
    FrameView view = clip.view(n);
    std::rotate(view.components.begin(), view.components.begin() + 1, view.components.begin() + 3);
    view.colours = ColourMatrix{{{{0, 0, 1}, {1, 0, 0}, {0, 1, 0}}}, {0, 0, 0}};
    ASSERT_TRUE(engine->push(view, n, {}));
    pop_ready(*engine, frames);
  }
  ASSERT_GT(frames.size(), 0u);
  for (std::size_t n = 0; n < frames.size(); ++n) EXPECT_EQ(frames[n], plain[n]) << n;
}

TEST(FlashVsrEngine, AnotherSeedGivesOtherFrames) {
  const Clip clip = moving_clip(kWidth, kHeight, 1);
  FlashVsrOptions other;
  other.seed = 7;
  EXPECT_GT(largest_difference(run(clip)[0], run(clip, other)[0]), 1e-3);
}

struct LiveChange {
  const char* name;
  FlashVsrKnobs knobs;
};

class LiveChanges : public testing::TestWithParam<LiveChange> {};

TEST_P(LiveChanges, AreTakenAtTheNextChunk) {
  FlashVsrOptions options;
  options.knobs = {1.0, 3.0, 3, ColourFix::kWavelet};
  const StreamFormat format{96, 32, 384, 128, false};  // windows enough to choose from
  const Clip clip = moving_clip(96, 32, 25);
  const Frames unchanged = run_clip(*configured_flashvsr(options, format), clip, 384, 128);
  const auto engine = configured_flashvsr(options, format);
  Frames frames{384, 128, {}, {}};
  for (std::size_t n = 0; n < 25; ++n) {
    if (n == 10) engine->adjust(GetParam().knobs);
    ASSERT_TRUE(engine->push(clip.view(n), n, {}));
    pop_ready(*engine, frames);
  }
  ASSERT_EQ(frames.size(), 21u);
  EXPECT_EQ(frames[4], unchanged[4]);
  EXPECT_NE(frames[20], unchanged[20]);
}

INSTANTIATE_TEST_SUITE_P(Knobs, LiveChanges,
                         testing::Values(LiveChange{"SparseRatio", {0.02, 3.0, 3, ColourFix::kWavelet}},
                                         LiveChange{"KvRatio", {1.0, 2.0, 3, ColourFix::kWavelet}},
                                         LiveChange{"LocalRange", {1.0, 3.0, 1, ColourFix::kWavelet}},
                                         LiveChange{"ColourFix", {1.0, 3.0, 3, ColourFix::kNone}}),
                         [](const auto& info) { return info.param.name; });

TEST(FlashVsrEngine, AnImpossibleLiveChangeIsNotTakenAndSaysSo) {
  const auto engine = configured_flashvsr();
  const auto told = engine->report();
  const Clip clip = moving_clip(kWidth, kHeight, 9);
  const Frames unchanged = run(clip);
  for (const FlashVsrKnobs& knobs :
       {FlashVsrKnobs{.kv_ratio = 0.0}, FlashVsrKnobs{.local_range = 0}, FlashVsrKnobs{.sparse_ratio = -1}}) {
    engine->adjust(knobs);
    EXPECT_EQ(run_clip(*engine, clip, kSide, kSide)[8], unchanged[8]);
    EXPECT_NE(engine->report().notice.find("stay as they were"), std::string::npos);
  }
  EXPECT_EQ(engine->report().state_bytes, told.state_bytes);
}

TEST(FlashVsrEngine, ALiveKvRatioBeyondTheMemoryLimitIsNotTaken) {
  EngineOptions options = miniature_options();
  {
    const EngineReport need = configured_flashvsr()->report();
    options.memory_limit = need.weight_bytes + need.state_bytes + need.work_bytes;
  }
  const auto engine = make_flashvsr(options);
  ASSERT_TRUE(engine->configure(kFormat));
  const auto told = engine->report().state_bytes;
  const Clip clip = moving_clip(kWidth, kHeight, 9);
  engine->adjust({.kv_ratio = 16});
  run_clip(*engine, clip, kSide, kSide);
  EXPECT_EQ(engine->report().state_bytes, told);
  EXPECT_NE(engine->report().notice.find("memory-limit"), std::string::npos) << engine->report().notice;
  engine->adjust({.kv_ratio = 2});
  run_clip(*engine, clip, kSide, kSide);
  EXPECT_LT(engine->report().state_bytes, told);
}

TEST(FlashVsrEngine, AnotherSizeInMidStreamStartsAnew) {
  const auto engine = configured_flashvsr();
  const Clip clip = moving_clip(kWidth, kHeight, 9);
  for (std::size_t n = 0; n < 5; ++n) ASSERT_TRUE(engine->push(clip.view(n), n, {}));
  ASSERT_TRUE(engine->configure({kWidth, kHeight, 256, 128, false}));
  const Frames wide = run_clip(*engine, clip, 256, 128);
  ASSERT_TRUE(engine->configure(kFormat));
  EXPECT_EQ(run_clip(*engine, clip, kSide, kSide)[8], run(clip)[8]);
  EXPECT_EQ(wide.size(), 9u);
}

// The second scene of a clip with a cut.
Clip after_a_cut(std::size_t before, const Clip& scene) {
  Clip clip = flat_clip(kWidth, kHeight, before, {30, 30, 30});
  clip.frames.insert(clip.frames.end(), scene.frames.begin(), scene.frames.end());
  return clip;
}

TEST(FlashVsrEngine, AHardCutBeginsANewHistoryWhereAsked) {
  const Clip scene = moving_clip(kWidth, kHeight, 9);
  const Frames alone = run(scene);
  FlashVsrOptions resetting;
  resetting.reset_at_cuts = true;
  const Frames with_reset = run(after_a_cut(12, scene), resetting), without = run(after_a_cut(12, scene));
  ASSERT_EQ(with_reset.size(), 21u);
  EXPECT_EQ(with_reset.out_after[12], 12u);  // what was held goes out at the cut
  for (std::size_t n = 0; n < 9; ++n) EXPECT_EQ(with_reset[12 + n], alone[n]) << n;
  EXPECT_NE(without[12], alone[0]);
}

class FlatMemory : public testing::TestWithParam<FlashVsrOptions> {};

TEST_P(FlatMemory, OfTensorsOverManyChunks) {
  const StreamFormat format{kWidth, kHeight, 256, 128, false};
  const auto engine = configured_flashvsr(GetParam(), format);
  const Clip clip = moving_clip(kWidth, kHeight, 8);
  Frames frames{256, 128, {}, {}};
  std::size_t used = 0;
  for (std::size_t n = 0; n < 96; ++n) {
    ASSERT_TRUE(engine->push(clip.view(n % 8), n, {}));
    pop_ready(*engine, frames);
    if (n == 47) used = memory_use().used;
  }
  EXPECT_EQ(memory_use().used, used);
}

FlashVsrOptions in_tiles() {
  FlashVsrOptions options;
  options.tile_size = 128;
  return options;
}

FlashVsrOptions with_full_decoder() {
  FlashVsrOptions options;
  options.decoder = FlashVsrOptions::Decoder::kFull;
  return options;
}

INSTANTIATE_TEST_SUITE_P(Kinds, FlatMemory,
                         testing::Values(FlashVsrOptions{}, in_tiles(), with_full_decoder()));

// ---- sizes, tiles, alpha

TEST(FlashVsrEngine, AnySizeIsUpscaledToAnySize) {
  const Clip clip = moving_clip(33, 17, 2);
  const auto engine = configured_flashvsr({}, {33, 17, 201, 59, false});
  EXPECT_EQ(run_clip(*engine, clip, 201, 59).size(), 2u);
}

TEST(FlashVsrEngine, AFlatClipKeepsItsMeanColour) {
  const Frames frames = run(flat_clip(kWidth, kHeight, 9, {200, 90, 30}));
  for (std::size_t n = 0; n < frames.size(); ++n) {
    double sum = 0;
    for (std::size_t pixel = 0; pixel < kSide * kSide; ++pixel) sum += frames[n][pixel];
    EXPECT_NEAR(sum / (kSide * kSide), 200.0 / 255, 1e-3);
  }
}

TEST(FlashVsrEngine, ATileThatCoversThePictureGivesTheBitsOfNone) {
  FlashVsrOptions tiled;
  tiled.tile_size = 128;
  const Clip clip = moving_clip(kWidth, kHeight, 10);
  const Frames whole = run(clip), one_tile = run(clip, tiled);
  for (std::size_t n = 0; n < 10; ++n) EXPECT_EQ(whole[n], one_tile[n]) << n;
}

// float32 [4,32,32] of one RGBA frame of 8x8 pixels.
template <typename Sample>
std::vector<float> drawn_from(const std::vector<Sample>& pixels, SampleType type) {
  const auto engine = configured_flashvsr({}, {8, 8, 32, 32, true});
  constexpr auto kSample = static_cast<std::ptrdiff_t>(sizeof(Sample));
  FrameView in{8, 8, type, {}};
  for (int c = 0; c < 4; ++c)
    in.components[c] = {reinterpret_cast<const std::byte*>(pixels.data() + c), 8 * 4 * kSample, 4 * kSample};
  EXPECT_TRUE(engine->push(in, 0, {}) && engine->drain());
  std::vector<float> made(4 * 32 * 32);
  FrameSpan out{32, 32, SampleType::kFloat32, {}};
  for (int c = 0; c < 4; ++c)
    out.components[c] = {reinterpret_cast<std::byte*>(made.data() + c * 32 * 32), 32 * 4, 4};
  EXPECT_TRUE(engine->pop(out));
  return made;
}

TEST(FlashVsrEngine, AlphaIsScaledWithItsFrame) {
  std::vector<std::uint8_t> pixels;
  for (int pixel = 0; pixel < 64; ++pixel) pixels.insert(pixels.end(), {10, 200, 90, 51});
  const auto made = drawn_from(pixels, SampleType::kUint8);
  for (std::size_t pixel = 3 * 32 * 32; pixel < made.size(); ++pixel) EXPECT_FLOAT_EQ(made[pixel], 0.2f);
}

// Code values that all types have: levels of 8 bits.
template <typename Sample>
std::vector<Sample> pattern(float largest) {
  std::vector<Sample> pixels;
  for (int k = 0; k < 4 * 8 * 8; ++k)
    pixels.push_back(static_cast<Sample>(static_cast<float>(k * 37 % 256) / 255 * largest));
  return pixels;
}

// Sources are rounded to as many levels as they have: 8 bits keep 255 of them, 16 bits nearly all that
// float32 has.
TEST(FlashVsrEngine, EverySampleTypeGivesThePictureThatItHas) {
  const auto floats = drawn_from(pattern<float>(1), SampleType::kFloat32);
  const double of_words =
      largest_difference(drawn_from(pattern<std::uint16_t>(65535), SampleType::kUint16), floats);
  const double of_bytes =
      largest_difference(drawn_from(pattern<std::uint8_t>(255), SampleType::kUint8), floats);
  EXPECT_LT(of_words, 2e-4);
  EXPECT_LT(of_bytes, 0.1);
  EXPECT_GT(of_bytes, 10 * of_words);
}

// ---- facts

TEST(FlashVsrEngine, ReportsWhatItIs) {
  const auto engine = configured_flashvsr();
  const EngineReport report = engine->report();
  EXPECT_EQ(report.model, "flashvsr v1.1 tiny");
  EXPECT_EQ(report.device, test_device().str());
  EXPECT_EQ(report.precision, "float32");
  EXPECT_EQ(report.notice, "");
  EXPECT_GT(report.weight_bytes, 100000u);
  EXPECT_GT(report.state_bytes, 0u);
  EXPECT_GT(report.work_bytes, 0u);
}

TEST(FlashVsrEngine, ReferenceStartAndFullDecoderAreReported) {
  FlashVsrOptions options = starting(Start::kReference);
  options.decoder = FlashVsrOptions::Decoder::kFull;
  options.version = FlashVsrOptions::Version::kV1;
  const auto engine = configured_flashvsr(options);
  EXPECT_EQ(engine->report().model, "flashvsr v1 full");
  EXPECT_EQ(engine->delay(), 24u);
}

}  // namespace
}  // namespace videoenhance
