// What the engine of flashvsr refuses, and in which words.
#include "core/engine/module.h"
#include "tests/core/weights/file_writers.h"
#include "tests/torch/flashvsr_miniature.h"
#include "tests/torch/test_device.h"

extern "C" const videoenhance::EngineModule* videoenhance_engine_module();

namespace videoenhance {
namespace {

FlashVsrOptions with_reference_start() {
  FlashVsrOptions options;
  options.start = FlashVsrOptions::Start::kReference;
  return options;
}

std::uint64_t memory_of(const EngineReport& report) {
  return report.weight_bytes + report.state_bytes + report.work_bytes;
}

TEST(FlashVsrEngine, RefusesMoreThanTheMemoryLimitAndNamesTheSettingThatFits) {
  const StreamFormat format{256, 256, 1024, 1024, false};
  FlashVsrOptions tiled;
  tiled.tile_size = 512;
  EngineOptions options = miniature_options();
  options.memory_limit = memory_of(configured_flashvsr(tiled, format)->report());
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
void expect_memory_as_told(TemporalEngine& engine, int side) {
  ASSERT_TRUE(engine.configure({128, 128, side, side, false}));
  const EngineReport told = engine.report();
  release_memory();
  const MemoryUse before = memory_use();
  run_clip(engine, moving_clip(128, 128, 26), side, side);
  const MemoryUse after = memory_use();
  const double taken = static_cast<double>(after.used + after.cached - before.used - before.cached);
  const double expected = static_cast<double>(told.state_bytes + told.work_bytes);
  EXPECT_GT(expected, 0.8 * taken);
  // A CUDA device's allocator splits blocks, so that one size serves another.
  EXPECT_LT(expected, (test_device().is_cpu() ? 1.6 : 2.2) * taken);
}

TEST(FlashVsrEngine, TakesAboutAsMuchMemoryAsItTells) {
  const TemporaryFile made_for_four("model.safetensors", miniature_with({"tc4."}));
  for (const unsigned tile_size : {0u, 256u}) {
    FlashVsrOptions model = with_reference_start();
    model.tile_size = tile_size;
    EngineOptions options = miniature_options(model);
    expect_memory_as_told(*make_flashvsr(options), 512);
    options.model_path = made_for_four.path().string();
    expect_memory_as_told(*make_flashvsr(options), 320);  // reduced from 512
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
  FlashVsrOptions options = with_reference_start();
  options.noise_file = (flashvsr_folder() / "full.golden").string();  // 10 latents
  const auto engine = configured_flashvsr(options);
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
