// Every kind of RIFE block and encoder against the Python oracle (tests/golden/make_rife.py).
#include <fstream>

#include "tests/torch/pair_golden.h"
#include "tests/torch/rife_miniature.h"

namespace videoenhance {
namespace {

struct Case {
  std::string name;
  std::string checkpoint;
  double time;
  InterpolationOptions options;
};

void PrintTo(const Case& c, std::ostream* out) {
  *out << c.name;
}

std::vector<Case> cases() {
  std::ifstream file(rife_folder() / "cases.json");
  std::vector<Case> cases;
  const auto manifest = nlohmann::json::parse(file);
  for (const auto& entry : manifest["cases"]) {
    Case c{entry["name"], entry["checkpoint"], entry["t"], {}};
    c.options.flow_scale = entry["scale"];
    c.options.ensemble = entry["ensemble"];
    cases.push_back(c);
  }
  return cases;
}

Golden golden_of(const std::string& name) {
  return read_golden(rife_folder() / (name + ".golden"));
}

at::Tensor interpolate(const PairNetwork& network, const Golden& golden, const Case& c) {
  return *network.between(network.prepare(golden.left, c.options), network.prepare(golden.right, c.options),
                          c.time, c.options);
}

class RifeGolden : public testing::TestWithParam<Case> {
  c10::InferenceMode inference_;
};

// The oracle in float64 differs from itself in float32 by up to 3e-5 (restart: 3e-4), so ten times that are
// allowed.
TEST_P(RifeGolden, EqualsTheOracleInFloat32) {
  const auto golden = golden_of(GetParam().name);
  const auto result = interpolate(*load_miniature(GetParam().checkpoint), golden, GetParam());
  ASSERT_EQ(result.sizes(), golden.expected.sizes());
  EXPECT_LT(max_difference(result, golden.expected), 3e-4);
  EXPECT_GT(psnr(result, golden.expected), 90);
}

// Random weights amplify rounding far more than trained ones: trained weights reach 50 dB and more.
TEST_P(RifeGolden, IsNearTheOracleInBFloat16) {
  const auto golden = golden_of(GetParam().name);
  const auto result = interpolate(*load_miniature(GetParam().checkpoint, c10::kBFloat16), golden, GetParam());
  EXPECT_EQ(result.scalar_type(), at::kFloat);
  EXPECT_GT(psnr(result, golden.expected), 30);
}

TEST_P(RifeGolden, TimeMatters) {
  const auto golden = golden_of(GetParam().name);
  Case other = GetParam();
  other.time = 0.05;
  EXPECT_GT(max_difference(interpolate(*load_miniature(other.checkpoint), golden, other), golden.expected),
            1e-3);
}

INSTANTIATE_TEST_SUITE_P(Miniatures, RifeGolden, testing::ValuesIn(cases()), [](const auto& info) {
  std::string name = info.param.name;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

TEST(Rife, WithEnsembleExchangingTheFramesGivesTheMirroredTime) {
  const c10::InferenceMode inference;
  const auto golden = golden_of("residual-ensemble");
  const auto network = load_miniature("residual.safetensors");
  Case c{"", "", 0.3, {}};
  c.options.ensemble = true;
  const auto forward = interpolate(*network, golden, c);
  c.time = 0.7;
  const auto backward = interpolate(*network, {golden.right, golden.left, {}}, c);
  EXPECT_LT(max_difference(forward, backward), 1e-4);
}

TEST(Rife, AlphaIsMovedWithThePictureAndChangesNoColour) {
  const c10::InferenceMode inference;
  const auto golden = golden_of("carried");
  const auto network = load_miniature("carried.safetensors");
  const Case c{"", "", 0.3, {}};
  const auto with_alpha = [](const at::Tensor& image) { return at::cat({image, image.narrow(1, 0, 1)}, 1); };
  const auto result = interpolate(*network, {with_alpha(golden.left), with_alpha(golden.right), {}}, c);
  ASSERT_EQ(result.size(1), 4);
  EXPECT_TRUE(result.narrow(1, 0, 3).equal(interpolate(*network, golden, c)));
  EXPECT_TRUE(result.narrow(1, 3, 1).equal(result.narrow(1, 0, 1)));
}

TEST(Rife, NeedsLessMemoryWhereEverythingIsLookedUp) {
  if (!test_device().is_cpu()) GTEST_SKIP() << "Frames are looked up on the processor alone.";
  const c10::InferenceMode inference;
  const auto network = load_miniature("residual.safetensors");
  InterpolationOptions plain;
  plain.ensemble = true;
  EXPECT_LT(network->work_bytes(640, 384, {}), network->work_bytes(640, 384, plain));
}

TEST(Rife, RefusesFramesThatWerePreparedWithOtherOptions) {
  if (!test_device().is_cpu()) GTEST_SKIP() << "Frames are looked up on the processor alone.";
  const c10::InferenceMode inference;
  const auto golden = golden_of("residual");
  InterpolationOptions plain;
  plain.ensemble = true;
  for (const std::string file : {"residual.safetensors", "head.safetensors"}) {
    const auto network = load_miniature(file);
    const auto left = network->prepare(golden.left, plain), right = network->prepare(golden.right, plain);
    EXPECT_THROW((void)network->between(left, right, 0.5, {}), c10::Error) << file;
    const auto left_pixels = network->prepare(golden.left, {}),
               right_pixels = network->prepare(golden.right, {});
    EXPECT_THROW((void)network->between(left_pixels, right_pixels, 0.5, plain), c10::Error) << file;
  }
}

TEST(Rife, RefusesAnEnsembleThatTheVersionDoesNotHave) {
  InterpolationOptions options;
  options.ensemble = true;
  const auto status = load_miniature("carried.safetensors")->check(options);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind, ErrorKind::kBadSettings);
  EXPECT_NE(status.error().message.find("ensemble"), std::string::npos);
}

TEST(Rife, RefusesAFlowScaleThatIsNoPowerOfTwo) {
  InterpolationOptions options;
  options.flow_scale = 0.75;
  const auto status = load_miniature("carried.safetensors")->check(options);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind, ErrorKind::kBadSettings);
}

TEST(Rife, RefusesAFileThatIsNoRife) {
  const auto network = load_pair_network(rife_folder() / "carried.golden", c10::kCPU, c10::kFloat);
  ASSERT_FALSE(network);
  EXPECT_EQ(network.error().kind, ErrorKind::kBadModel);
  EXPECT_NE(network.error().message.find("carried.golden"), std::string::npos);
}

}  // namespace
}  // namespace videoenhance
