// A narrow TLBVFI network against the Python oracle (tests/golden/make_tlbvfi.py).
#include <fstream>

#include "tests/torch/pair_golden.h"
#include "tests/torch/tlbvfi_miniature.h"

namespace videoenhance {
namespace {

struct Case {
  std::string name;
  InterpolationOptions options;
};

void PrintTo(const Case& c, std::ostream* out) {
  *out << c.name;
}

std::string golden_path(const std::string& name) {
  return (tlbvfi_folder() / (name + ".golden")).string();
}

// The golden holds its noise, too.
Case make_case(const std::string& name, double flow_scale, unsigned steps) {
  Case c{name, {}};
  c.options.flow_scale = flow_scale;
  c.options.sample_steps = steps;
  c.options.noise_file = golden_path(name);
  return c;
}

std::vector<Case> cases() {
  std::ifstream file(tlbvfi_folder() / "cases.json");
  std::vector<Case> cases;
  const auto manifest = nlohmann::json::parse(file);
  for (const auto& entry : manifest["cases"])
    cases.push_back(make_case(entry["name"], entry["flow_scale"], entry["steps"]));
  return cases;
}

Golden golden_of(const std::string& name) {
  return read_golden(golden_path(name));
}

Result<at::Tensor> interpolate(const PairNetwork& network, const at::Tensor& left, const at::Tensor& right,
                               const InterpolationOptions& options, double time = 0.5) {
  const c10::InferenceMode inference;
  return network.between(network.prepare(left, options), network.prepare(right, options), time, options);
}

class TlbvfiGolden : public testing::TestWithParam<Case> {
  c10::InferenceMode inference_;
};

// The published network differs from its oracle by 2e-5 for another order of sums; ten times that are
// allowed. No latent of the goldens lies near the border between two codewords.
TEST_P(TlbvfiGolden, EqualsTheOracleInFloat32) {
  const auto golden = golden_of(GetParam().name);
  const auto result = interpolate(*load_tlbvfi(), golden.left, golden.right, GetParam().options);
  ASSERT_TRUE(result) << result.error().message;
  ASSERT_EQ(result->sizes(), golden.expected.sizes());
  EXPECT_LT(max_difference(*result, golden.expected), 2e-4);
  EXPECT_GT(psnr(*result, golden.expected), 100);
}

// Latents, codewords and flow are the same; the decoder's convolutions keep eight bits.
TEST_P(TlbvfiGolden, IsNearTheOracleInBFloat16) {
  const auto golden = golden_of(GetParam().name);
  const auto result =
      interpolate(*load_tlbvfi(c10::kBFloat16), golden.left, golden.right, GetParam().options);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->scalar_type(), at::kFloat);
  EXPECT_GT(psnr(*result, golden.expected), 40);
}

INSTANTIATE_TEST_SUITE_P(Miniatures, TlbvfiGolden, testing::ValuesIn(cases()), [](const auto& info) {
  std::string name = info.param.name;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

class TlbvfiPair : public testing::Test {
 protected:
  at::Tensor draw(double time = 0.5) const {
    return *interpolate(*network_, golden_.left, golden_.right, options_, time);
  }

  c10::InferenceMode inference_;
  std::shared_ptr<const PairNetwork> network_ = load_tlbvfi();
  Golden golden_ = golden_of("small");
  InterpolationOptions options_ = {.flow_scale = 0.5, .sample_steps = 3};
};

TEST_F(TlbvfiPair, TheSameSeedGivesTheSameBits) {
  EXPECT_TRUE(draw().equal(draw()));
}

TEST_F(TlbvfiPair, AnotherSeedGivesAnotherPicture) {
  const auto one = draw();
  options_.seed = 1;
  EXPECT_GT(max_difference(one, draw()), 1e-4);
}

TEST_F(TlbvfiPair, MoreStepsGiveAnotherPicture) {
  const auto few = draw();
  options_.sample_steps = 6;
  EXPECT_GT(max_difference(few, draw()), 1e-4);
}

TEST_F(TlbvfiPair, AFrameOfAnotherSizeInBetweenChangesNothing) {
  const auto before = draw();
  const auto wide = golden_of("wide");
  ASSERT_TRUE(interpolate(*network_, wide.left, wide.right, options_));
  EXPECT_TRUE(before.equal(draw()));
}

TEST_F(TlbvfiPair, AQuarterLiesHalfwayToTheMiddle) {
  const auto middle = draw();
  EXPECT_TRUE(draw(0.25).equal(*interpolate(*network_, golden_.left, middle, options_)));
  EXPECT_TRUE(draw(0.75).equal(*interpolate(*network_, middle, golden_.right, options_)));
}

TEST_F(TlbvfiPair, ATimeIsRoundedToTheNearestOf32AndNeverToASourceFrame) {
  EXPECT_TRUE(draw(0.51).equal(draw(0.5)));
  EXPECT_TRUE(draw(0.001).equal(draw(1.0 / 32)));
  EXPECT_TRUE(draw(0.999).equal(draw(31.0 / 32)));
  EXPECT_FALSE(draw(0.53).equal(draw(0.5)));
}

TEST_F(TlbvfiPair, AlphaIsMovedWithThePictureAndChangesNoColour) {
  const auto plain = draw();
  const auto opaque = [](const at::Tensor& image) {
    return at::cat({image, at::ones_like(image[0]).narrow(0, 0, 1).unsqueeze(0)}, 1);
  };
  const auto result = *interpolate(*network_, opaque(golden_.left), opaque(golden_.right), options_);
  ASSERT_EQ(result.size(1), 4);
  EXPECT_TRUE(result.narrow(1, 0, 3).equal(plain));
  EXPECT_LT(max_difference(result.narrow(1, 3, 1), at::ones_like(result.narrow(1, 3, 1))), 1e-6);
}

TEST_F(TlbvfiPair, AFrameOfOnePixelIsDrawn) {
  golden_.left = golden_.left.narrow(2, 0, 1).narrow(3, 0, 1);
  golden_.right = golden_.right.narrow(2, 0, 1).narrow(3, 0, 1);
  options_.flow_scale = 0.25;
  EXPECT_EQ(draw().numel(), 3);
}

TEST_F(TlbvfiPair, RefusesAnEnsemble) {
  options_.ensemble = true;
  const auto status = network_->check(options_);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind, ErrorKind::kBadSettings);
  EXPECT_NE(status.error().message.find("ensemble"), std::string::npos);
}

TEST_F(TlbvfiPair, RefusesAFlowScaleAboveOne) {
  EXPECT_TRUE(network_->check(options_));
  options_.flow_scale = 2;
  const auto status = network_->check(options_);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind, ErrorKind::kBadSettings);
}

TEST_F(TlbvfiPair, RefusesFewerStepsThanTheSamplerCanWalkAndMoreThanItHasTimes) {
  for (const unsigned steps : {0u, 1u, 2u, 501u}) {
    options_.sample_steps = steps;
    const auto status = network_->check(options_);
    ASSERT_FALSE(status) << steps;
    EXPECT_NE(status.error().message.find("sample-steps"), std::string::npos);
  }
}

TEST_F(TlbvfiPair, RefusesNoiseOfAnotherSize) {
  options_.noise_file = golden_path("wide");
  const auto result = interpolate(*network_, golden_.left, golden_.right, options_);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::kBadSettings);
  EXPECT_NE(result.error().message.find("wide.golden"), std::string::npos);
}

TEST_F(TlbvfiPair, RefusesNoiseForFewerSteps) {
  options_.noise_file = golden_path("small");
  options_.sample_steps = 5;
  const auto result = interpolate(*network_, golden_.left, golden_.right, options_);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::kBadModel);
  EXPECT_NE(result.error().message.find("noise.2"), std::string::npos);
}

TEST_F(TlbvfiPair, SaysThatANoiseFileIsMissing) {
  options_.noise_file = "/nowhere/noise.safetensors";
  const auto result = interpolate(*network_, golden_.left, golden_.right, options_);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::kNotFound);
}

TEST_F(TlbvfiPair, TakesMoreMemoryForMorePixelsAndForAFinerFlow) {
  const auto coarse = network_->work_bytes(300, 256, options_);
  EXPECT_EQ(coarse, network_->work_bytes(512, 200, options_));  // both are padded to 512x256
  EXPECT_GT(coarse, network_->work_bytes(256, 256, options_));
  options_.flow_scale = 1;
  EXPECT_GT(network_->work_bytes(300, 256, options_), coarse);
}

}  // namespace
}  // namespace videoenhance
