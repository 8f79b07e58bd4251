// The engine of flashvsr with a miniature model: schedule, counts, sizes, tiles, refusals.
#include <algorithm>
#include <cmath>

#include "core/engine/module.h"
#include "core/torch/runtime/cpu_allocator.h"
#include "tests/torch/flashvsr_miniature.h"

extern "C" const videoenhance::EngineModule* videoenhance_engine_module();

namespace videoenhance {
namespace {

using Start = FlashVsrOptions::Start;

constexpr int kWidth = 32, kHeight = 32, kSide = 128;
const StreamFormat kFormat{kWidth, kHeight, kSide, kSide, false};

std::unique_ptr<TemporalEngine> configured(FlashVsrOptions options = {},
                                           const StreamFormat& format = kFormat) {
  auto engine = make_flashvsr(miniature_options(std::move(options)));
  if (const Status status = engine->configure(format); !status)
    throw std::runtime_error(status.error().message);
  return engine;
}

Frames run(const Clip& clip, FlashVsrOptions options = {}) {
  return run_clip(*configured(std::move(options)), clip, kSide, kSide);
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
  const auto engine = configured();
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
  const auto engine = configured();
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
  const auto engine = configured();
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
  const auto one = configured(), other = configured();
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
  const Frames unchanged = run_clip(*configured(options, format), clip, 384, 128);
  const auto engine = configured(options, format);
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
  const auto engine = configured();
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
    const EngineReport need = configured()->report();
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
  const auto engine = configured();
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
  const auto engine = configured(GetParam(), format);
  const Clip clip = moving_clip(kWidth, kHeight, 8);
  Frames frames{256, 128, {}, {}};
  std::size_t used = 0;
  for (std::size_t n = 0; n < 96; ++n) {
    ASSERT_TRUE(engine->push(clip.view(n % 8), n, {}));
    pop_ready(*engine, frames);
    if (n == 47) used = cpu_allocator_use().used;
  }
  EXPECT_EQ(cpu_allocator_use().used, used);
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
  const auto engine = configured({}, {33, 17, 201, 59, false});
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

TEST(FlashVsrEngine, AlphaIsScaledWithItsFrame) {
  const auto engine = configured({}, {8, 8, 32, 32, true});
  std::vector<std::uint8_t> pixels;
  for (int pixel = 0; pixel < 64; ++pixel) pixels.insert(pixels.end(), {10, 200, 90, 51});
  FrameView in{8, 8, SampleType::kUint8, {}};
  for (int c = 0; c < 4; ++c)
    in.components[c] = {reinterpret_cast<const std::byte*>(pixels.data()) + c, 32, 4};
  ASSERT_TRUE(engine->push(in, 0, {}) && engine->drain());
  std::vector<float> made(4 * 32 * 32);
  FrameSpan out{32, 32, SampleType::kFloat32, {}};
  for (int c = 0; c < 4; ++c)
    out.components[c] = {reinterpret_cast<std::byte*>(made.data() + c * 32 * 32), 32 * 4, 4};
  ASSERT_TRUE(engine->pop(out));
  for (std::size_t pixel = 3 * 32 * 32; pixel < made.size(); ++pixel) EXPECT_FLOAT_EQ(made[pixel], 0.2f);
}

// ---- facts

TEST(FlashVsrEngine, ReportsWhatItIs) {
  const auto engine = configured();
  const EngineReport report = engine->report();
  EXPECT_EQ(report.model, "flashvsr v1.1 tiny");
  EXPECT_EQ(report.device, "cpu");
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
  const auto engine = configured(options);
  EXPECT_EQ(engine->report().model, "flashvsr v1 full");
  EXPECT_EQ(engine->delay(), 24u);
}

// ---- refusals

std::uint64_t memory_of(const EngineReport& report) {
  return report.weight_bytes + report.state_bytes + report.work_bytes;
}

TEST(FlashVsrEngine, RefusesMoreThanTheMemoryLimitAndNamesTheSettingThatFits) {
  const StreamFormat format{256, 256, 1024, 1024, false};
  FlashVsrOptions tiled;
  tiled.tile_size = 512;
  EngineOptions options = miniature_options();
  options.memory_limit = memory_of(configured(tiled, format)->report());
  const Status status = make_flashvsr(options)->configure(format);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind, ErrorKind::kNoMemory);
  EXPECT_NE(status.error().message.find("tile-size=512"), std::string::npos) << status.error().message;
  options.model = tiled;
  EXPECT_TRUE(make_flashvsr(options)->configure(format));
}

TEST(FlashVsrEngine, NamesNoSettingWhereNoneFits) {
  EngineOptions options = miniature_options();
  options.memory_limit = 1;
  const Status status = make_flashvsr(options)->configure(kFormat);
  ASSERT_FALSE(status);
  EXPECT_NE(status.error().message.find("lower the size"), std::string::npos) << status.error().message;
}

// What the allocator holds after the largest chunk, which keeps what it once needed.
TEST(FlashVsrEngine, TakesAboutAsMuchMemoryAsItTells) {
  for (const unsigned tile_size : {0u, 256u}) {
    FlashVsrOptions options = starting(Start::kReference);
    options.tile_size = tile_size;
    const auto engine = configured(options, {128, 128, 512, 512, false});
    const EngineReport told = engine->report();
    release_cpu_allocator();
    const CpuAllocatorUse before = cpu_allocator_use();
    run_clip(*engine, moving_clip(128, 128, 26), 512, 512);
    const CpuAllocatorUse after = cpu_allocator_use();
    const double taken = static_cast<double>(after.used + after.cached - before.used - before.cached);
    const double expected = static_cast<double>(told.state_bytes + told.work_bytes);
    EXPECT_GT(expected, 0.8 * taken);
    EXPECT_LT(expected, 1.6 * taken);
  }
}

TEST(FlashVsrEngine, RefusesAPictureThatNoMachineCanHold) {
  const Status status = make_flashvsr(miniature_options())->configure({1000, 1000, 1000000, 1000000, false});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind, ErrorKind::kNoMemory);
}

TEST(FlashVsrEngine, RefusesASparseRatioThatKeepsNothing) {
  FlashVsrOptions options;
  options.knobs.sparse_ratio = -1;
  const Status status = make_flashvsr(miniature_options(options))->configure(kFormat);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind, ErrorKind::kBadSettings);
}

TEST(FlashVsrEngine, RefusesFramesWithoutPixels) {
  const Status status = make_flashvsr(miniature_options())->configure({0, 10, 0, 40, false});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind, ErrorKind::kBadSettings);
}

TEST(FlashVsrEngine, ANoiseFileThatEndsTooSoonFailsInWordsAndTheNextStreamWorks) {
  FlashVsrOptions options = starting(Start::kReference);
  options.noise_file = (flashvsr_folder() / "full.golden").string();  // 10 latents
  const auto engine = configured(options);
  const Clip clip = moving_clip(kWidth, kHeight, 60);
  Frames frames{kSide, kSide, {}, {}};
  Status status;
  std::size_t pushed = 0;
  while (status && pushed < clip.frames.size()) {
    status = engine->push(clip.view(pushed), pushed, {});
    ++pushed;
    pop_ready(*engine, frames);
  }
  ASSERT_FALSE(status);
  EXPECT_EQ(pushed, 49u);
  EXPECT_NE(status.error().message.find("full.golden"), std::string::npos) << status.error().message;
  EXPECT_EQ(engine->ready(), 0u);
  EXPECT_EQ(run_clip(*engine, clip.part(9), kSide, kSide).size(), 9u);
}

struct Refusal {
  const char* name;
  EngineOptions options;
  ErrorKind kind;
  const char* words;
};

class FlashVsrRefuses : public testing::TestWithParam<Refusal> {};

TEST_P(FlashVsrRefuses, AtCreationInWords) {
  const auto engine = videoenhance_engine_module()->create(GetParam().options);
  ASSERT_FALSE(engine);
  EXPECT_EQ(engine.error().kind, GetParam().kind) << engine.error().message;
  EXPECT_NE(engine.error().message.find(GetParam().words), std::string::npos) << engine.error().message;
  EXPECT_EQ(engine.error().message.back(), '.');
}

EngineOptions at_path(const std::filesystem::path& path) {
  EngineOptions options = miniature_options();
  options.model_path = path.string();
  return options;
}

EngineOptions with_noise(const std::string& file) {
  FlashVsrOptions model;
  model.noise_file = (flashvsr_folder() / file).string();
  return miniature_options(model);
}

EngineOptions on_device(const std::string& device) {
  EngineOptions options = miniature_options();
  options.device = device;
  return options;
}

INSTANTIATE_TEST_SUITE_P(
    Options, FlashVsrRefuses,
    testing::Values(
        Refusal{"Nothing", at_path("/nowhere/flashvsr"), ErrorKind::kNotFound, "flashvsr"},
        Refusal{"FolderWithoutFiles", at_path(flashvsr_folder()), ErrorKind::kNotFound,
                "diffusion_pytorch_model_streaming_dmd.safetensors"},
        Refusal{"AnotherNetwork", at_path(flashvsr_folder().parent_path() / "rife/carried.safetensors"),
                ErrorKind::kBadModel, "carried.safetensors"},
        Refusal{"NoWeights", at_path(flashvsr_folder() / "cases.json"), ErrorKind::kBadModel, "cases.json"},
        Refusal{"NoiseMissing", with_noise("nothing"), ErrorKind::kNotFound, "nothing"},
        Refusal{"NoiseOfAnotherKind", with_noise("miniature.safetensors"), ErrorKind::kBadModel, "noise"},
        Refusal{"Device", on_device("cuda:99"), ErrorKind::kBadSettings, "cuda:99"}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace videoenhance
