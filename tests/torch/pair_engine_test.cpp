// The engine of frameinterpolate with a miniature network.
#include "core/torch/interpolation/pair_engine.h"

#include "core/engine/module.h"
#include "tests/torch/recorder_network.h"
#include "tests/torch/rife_miniature.h"

extern "C" const videoenhance::EngineModule* videoenhance_engine_module();

namespace videoenhance {
namespace {

constexpr int kWidth = 40, kHeight = 24;

// A moving pattern.
Values picture(int shift) {
  Values values{{1, 3, kHeight, kWidth}, {}};
  for (int c = 0; c < 3; ++c)
    for (int y = 0; y < kHeight; ++y)
      for (int x = 0; x < kWidth; ++x)
        values.data.push_back(0.5f + 0.4f * std::sin(0.3f * static_cast<float>((c + 1) * (x + shift) + y)));
  return values;
}

std::unique_ptr<TemporalEngine> make_engine(const std::string& file = "carried.safetensors",
                                            EngineOptions options = {}) {
  options.model_path = (rife_folder() / file).string();
  options.device = test_device_name();
  options.precision = Precision::kFloat32;
  auto engine = videoenhance_engine_module()->create(options);
  if (!engine) throw std::runtime_error(engine.error().message);
  return std::move(*engine);
}

const StreamFormat kFormat{kWidth, kHeight, kWidth, kHeight, false};

// Frames drawn at `phases` between the frame pushed before and this one.
std::vector<Values> push(TemporalEngine& engine, int shift, const std::vector<double>& phases) {
  const auto in = picture(shift);
  if (const auto status = engine.push(view_of(in), static_cast<FrameId>(shift), phases); !status)
    throw std::runtime_error(status.error().message);
  std::vector<Values> results;
  while (engine.ready() > 0) {
    Values out = in;
    const auto popped = engine.pop(span_of(out));
    if (!popped) throw std::runtime_error(popped.error().message);
    EXPECT_DOUBLE_EQ(popped->phase, phases[results.size()]);
    results.push_back(std::move(out));
  }
  return results;
}

TEST(PairEngine, GivesOneFrameForEachPhaseAndNoneBeforeThereAreTwoFrames) {
  const auto engine = make_engine();
  ASSERT_TRUE(engine->configure(kFormat));
  EXPECT_EQ(push(*engine, 0, {0.5}).size(), 0u);
  EXPECT_EQ(push(*engine, 2, {0.25, 0.5, 0.75}).size(), 3u);
  EXPECT_EQ(push(*engine, 4, {}).size(), 0u);
  EXPECT_EQ(push(*engine, 6, {0.5}).size(), 1u);
}

TEST(PairEngine, KeptFeaturesGiveTheSameBitsAsFreshOnes) {
  const auto streaming = make_engine(), fresh = make_engine();
  ASSERT_TRUE(streaming->configure(kFormat) && fresh->configure(kFormat));
  push(*streaming, 0, {});
  for (int shift = 2; shift < 10; shift += 2) {
    fresh->flush();
    push(*fresh, shift - 2, {});
    EXPECT_EQ(push(*streaming, shift, {0.5})[0].data, push(*fresh, shift, {0.5})[0].data);
  }
}

TEST(PairEngine, TwoEnginesInTurnsGiveTheBitsOfEachAlone) {
  const auto one = make_engine(), other = make_engine(), alone = make_engine();
  ASSERT_TRUE(one->configure(kFormat) && other->configure(kFormat) && alone->configure(kFormat));
  std::vector<Values> mixed, expected;
  for (int shift = 0; shift < 8; shift += 2) {
    for (auto& frame : push(*one, shift, {0.3})) mixed.push_back(std::move(frame));
    push(*other, 3 * shift + 1, {0.7});
  }
  for (int shift = 0; shift < 8; shift += 2) {
    for (auto& frame : push(*alone, shift, {0.3})) expected.push_back(std::move(frame));
  }
  ASSERT_EQ(mixed.size(), expected.size());
  for (std::size_t k = 0; k < mixed.size(); ++k) EXPECT_EQ(mixed[k].data, expected[k].data);
}

TEST(PairEngine, FlushForgetsTheFrameBefore) {
  const auto engine = make_engine();
  ASSERT_TRUE(engine->configure(kFormat));
  push(*engine, 0, {});
  engine->flush();
  EXPECT_EQ(push(*engine, 2, {0.5}).size(), 0u);
}

TEST(PairEngine, AnotherSizeStartsAnew) {
  const auto engine = make_engine();
  ASSERT_TRUE(engine->configure({kWidth / 2, kHeight, kWidth / 2, kHeight, false}));
  ASSERT_TRUE(engine->configure(kFormat));
  EXPECT_EQ(push(*engine, 0, {0.5}).size(), 0u);
  EXPECT_EQ(push(*engine, 2, {0.5}).size(), 1u);
}

TEST(PairEngine, KeepsTwoSourceFramesWithTheirFeaturesAndOneResult) {
  const auto network = std::make_shared<const Recorder>(direct_plan);
  PairEngine engine(network, {}, c10::kCPU, c10::kFloat);
  ASSERT_TRUE(engine.configure(kFormat));
  for (int shift = 0; shift < 6; ++shift) push(engine, shift, {0.25, 0.5, 0.75});
  EXPECT_EQ(network->drawn.size(), 15u);
  EXPECT_EQ(network->most_features(), 2u);
  EXPECT_EQ(network->most_pictures(), 1u);
  engine.flush();
  EXPECT_EQ(network->features_alive(), 0u);
}

TEST(PairEngine, TellsHowOftenItTrims) {
  EngineOptions options;
  options.model = InterpolationOptions{.trim_after_pairs = 2};
  const auto engine = make_engine("carried.safetensors", options);
  ASSERT_TRUE(engine->configure(kFormat));
  for (int shift = 0; shift < 6; ++shift) push(*engine, shift, {0.3, 0.6});
  const auto report = engine->report();
  EXPECT_EQ(report.trims, 2u);  // of five pairs
  EXPECT_EQ(report.trim_interval, 2u);
  EXPECT_GT(report.cache_bytes, 0u);
  EXPECT_EQ(report.notice, "");
}

TEST(PairEngine, MemoryOfTensorsIsFlatOverManyFrames) {
  const auto engine = make_engine();
  ASSERT_TRUE(engine->configure(kFormat));
  for (int frame = 0; frame < 3; ++frame) push(*engine, frame, {0.5});
  const auto state = engine->report().state_bytes;
  for (int frame = 3; frame < 60; ++frame) push(*engine, frame, {0.5});
  EXPECT_EQ(engine->report().state_bytes, state);
}

TEST(PairEngine, ReportsWhatItIs) {
  const auto report = make_engine()->report();
  EXPECT_EQ(report.model, "rife 4.25|4.26");
  EXPECT_EQ(report.device, test_device().str());
  EXPECT_EQ(report.precision, "float32");
  EXPECT_GT(report.weight_bytes, 10000u);
}

TEST(PairEngine, RefusesASizeChange) {
  const auto status = make_engine()->configure({kWidth, kHeight, 2 * kWidth, kHeight, false});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind, ErrorKind::kBadSettings);
}

TEST(PairEngine, RefusesMoreThanTheMemoryLimitWithNumbers) {
  EngineOptions options;
  options.memory_limit = 1;
  const auto status = make_engine("carried.safetensors", options)->configure(kFormat);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind, ErrorKind::kNoMemory);
  EXPECT_NE(status.error().message.find("MiB"), std::string::npos);
}

TEST(PairEngine, RefusesAPictureThatNoMachineCanHold) {
  const auto status = make_engine()->configure({1000000, 1000000, 1000000, 1000000, false});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind, ErrorKind::kNoMemory);
}

struct Refusal {
  const char* name;
  EngineOptions options;
  ErrorKind kind;
};

class PairEngineRefuses : public testing::TestWithParam<Refusal> {};

TEST_P(PairEngineRefuses, AtCreationInWords) {
  const auto engine = videoenhance_engine_module()->create(GetParam().options);
  ASSERT_FALSE(engine);
  EXPECT_EQ(engine.error().kind, GetParam().kind) << engine.error().message;
  EXPECT_EQ(engine.error().message.back(), '.');
}

EngineOptions with(const std::string& file, const std::string& device,
                   InterpolationOptions interpolation = {}) {
  EngineOptions options;
  options.model_path = (rife_folder() / file).string();
  options.device = device;
  options.model = interpolation;
  return options;
}

INSTANTIATE_TEST_SUITE_P(
    Options, PairEngineRefuses,
    testing::Values(
        Refusal{"missing", with("nothing.pkl", "cpu"), ErrorKind::kNotFound},
        Refusal{"json", with("cases.json", "cpu"), ErrorKind::kBadModel},
        Refusal{"device", with("carried.safetensors", "cuda:99"), ErrorKind::kBadSettings},
        Refusal{"ensemble", with("carried.safetensors", "cpu", {.ensemble = true}), ErrorKind::kBadSettings},
        Refusal{"scale", with("carried.safetensors", "cpu", {.flow_scale = 3}), ErrorKind::kBadSettings}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace videoenhance
