#include "core/torch/kernels/convolution.h"

#include <ATen/ops/randn.h>
#include <gtest/gtest.h>

#include <thread>

#include "tests/torch/max_difference.h"

namespace videoenhance {
namespace {

at::Tensor channels_last(const at::Tensor& x) {
  return x.contiguous(at::MemoryFormat::ChannelsLast);
}

struct Case {
  std::int64_t inputs, outputs, side, height, width, stride;
};

class FusedConvolution : public testing::TestWithParam<Case> {
 protected:
  c10::InferenceMode inference_;
  at::Tensor x_ = at::randn({1, GetParam().inputs, GetParam().height, GetParam().width})
                      .contiguous(at::MemoryFormat::ChannelsLast);
  at::Tensor weight_ = at::randn({GetParam().outputs, GetParam().inputs, GetParam().side, GetParam().side});
  at::Tensor bias_ = at::randn({GetParam().outputs});
};

// Sums of a few hundred products of normal values in another order.
constexpr double kFloat = 1e-4;
// Of the largest value: results are rounded to eight bits, plain sums before that as well.
constexpr double kBFloat16 = 3.0 / 256;

TEST_P(FusedConvolution, IsTheConvolutionAndThenLeakyRelu) {
  for (const double slope : {0.0, 0.2}) {
    for (const at::Tensor& bias : {bias_, at::Tensor()}) {
      const auto fused = convolve_relu(x_, weight_, bias, GetParam().stride, slope);
      const auto plain = convolve_relu_reference(x_, weight_, bias, GetParam().stride, slope);
      ASSERT_EQ(fused.sizes(), plain.sizes());
      EXPECT_LT(max_difference(fused, plain), kFloat) << slope;
    }
  }
}

TEST_P(FusedConvolution, IsTheConvolutionAndWhatIsAddedAndThenRelu) {
  if (GetParam().stride != 1) GTEST_SKIP() << "what is added has the size of the picture";
  const auto added = at::randn({1, GetParam().outputs, GetParam().height, GetParam().width})
                         .contiguous(at::MemoryFormat::ChannelsLast);
  const at::Tensor before = added.clone();
  for (const at::Tensor& bias : {bias_, at::Tensor()}) {
    EXPECT_LT(max_difference(convolve_add_relu(x_, weight_, bias, added),
                             convolve_add_relu_reference(x_, weight_, bias, added)),
              kFloat);
    EXPECT_LT(max_difference(convolve_add(x_, weight_, bias, added),
                             convolve_add_reference(x_, weight_, bias, added)),
              kFloat);
  }
  EXPECT_TRUE(added.equal(before));
}

TEST_P(FusedConvolution, InBFloat16DiffersFromFloat32ByTheRoundingOfTheResult) {
  const auto round = [](const at::Tensor& t) { return t.to(at::kBFloat16); };
  const auto x = round(x_), weight = round(weight_), bias = round(bias_);
  const auto float32 = [](const at::Tensor& t) { return t.to(at::kFloat); };
  const auto exact = convolve_relu_reference(float32(x), float32(weight), float32(bias), GetParam().stride);
  EXPECT_LE(max_difference(convolve_relu(x, weight, bias, GetParam().stride), exact),
            kBFloat16 * exact.max().item<double>());
  if (GetParam().stride != 1) return;
  const auto added = round(at::randn({1, GetParam().outputs, GetParam().height, GetParam().width}));
  const auto exact_sum =
      convolve_add_relu_reference(float32(x), float32(weight), float32(bias), float32(added));
  EXPECT_LE(max_difference(convolve_add_relu(x, weight, bias, added), exact_sum),
            kBFloat16 * exact_sum.max().item<double>());
}

TEST_P(FusedConvolution, IsTheSameInAnyOrderOfMemory) {
  if (GetParam().stride != 1) GTEST_SKIP() << "what is added has the size of the picture";
  for (const auto type : {at::kFloat, at::kBFloat16}) {
    const auto x = x_.contiguous().to(type), weight = weight_.to(type);
    const auto added = at::randn({1, GetParam().outputs, GetParam().height, GetParam().width}).to(type);
    const auto expected =
        convolve_add_relu(channels_last(x), weight, {}, channels_last(added)).to(at::kFloat);
    const double rounding =
        (type == at::kFloat ? 1e-5 : kBFloat16) * std::max(1.0, expected.max().item<double>());
    for (const auto& other_weight : {weight, channels_last(weight)})
      EXPECT_LE(max_difference(convolve_add_relu(x, other_weight, {}, added), expected), rounding) << type;
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, FusedConvolution,
                         testing::Values(Case{1, 1, 3, 1, 1, 1}, Case{8, 3, 3, 5, 9, 1},
                                         Case{32, 16, 3, 16, 24, 1}, Case{3, 16, 3, 16, 24, 2},
                                         Case{5, 7, 1, 4, 3, 1}));

TEST(FusedConvolutions, GroupsSeeTheirOwnChannelsAlone) {
  const c10::InferenceMode inference;
  const auto x = channels_last(at::randn({1, 8, 6, 5})), weight = at::randn({8, 4, 3, 3});
  EXPECT_LT(max_difference(convolve_add(x, weight, {}, x, 2), convolve_add_reference(x, weight, {}, x, 2)),
            kFloat);
}

TEST(FusedConvolutions, ADeconvolutionIsLibTorchs) {
  const c10::InferenceMode inference;
  for (const std::int64_t outputs : {4, 5, 20}) {
    for (const auto type : {at::kFloat, at::kBFloat16}) {
      const auto x = channels_last(at::randn({1, 16, 7, 9}).to(type)),
                 weight = at::randn({16, outputs, 4, 4}).to(type);
      for (const at::Tensor& bias : {at::randn({outputs}).to(type), at::Tensor()}) {
        const auto exact = deconvolve_reference(x.to(at::kFloat), weight.to(at::kFloat),
                                                bias.defined() ? bias.to(at::kFloat) : bias);
        const auto fused = deconvolve(x, weight, bias);
        ASSERT_EQ(fused.sizes(), exact.sizes());
        EXPECT_LE(max_difference(fused.to(at::kFloat), exact),
                  type == at::kFloat ? kFloat : kBFloat16 * exact.abs().max().item<double>());
      }
    }
  }
}

// What is kept for one size serves no other one; streams take turns, and threads.
TEST(FusedConvolutions, AWeightServesPicturesOfSeveralSizesInTurn) {
  const ConvolutionWeight weight(channels_last(at::randn({32, 16, 3, 3})));
  const auto check = [&](std::int64_t height, std::int64_t width) {
    const c10::InferenceMode inference;
    const auto x = channels_last(at::randn({1, 16, height, width}));
    return max_difference(convolve_relu(x, weight, {}), convolve_relu_reference(x, weight.plain(), {}));
  };
  for (const std::int64_t size : {8, 8, 48, 8, 5, 48}) EXPECT_LT(check(size, 2 * size), kFloat) << size;
  double worst = 0;
  std::thread other([&] {
    for (int k = 0; k < 20; ++k) worst = std::max(worst, check(12, 20));
  });
  for (int k = 0; k < 20; ++k) EXPECT_LT(check(20, 12), kFloat);
  other.join();
  EXPECT_LT(worst, kFloat);
}

TEST(FusedConvolutions, OtherTypesTakeThePlainForm) {
  const c10::InferenceMode inference;
  const auto x = channels_last(at::randn({1, 2, 4, 4}, at::kDouble)),
             weight = at::randn({2, 2, 3, 3}, at::kDouble);
  EXPECT_TRUE(convolve_add_relu(x, weight, {}, x).equal(convolve_add_relu_reference(x, weight, {}, x)));
}

TEST(FusedConvolutions, GradientsPass) {
  const auto weight = at::randn({2, 2, 3, 3}).requires_grad_();
  convolve_relu(channels_last(at::randn({1, 2, 4, 4})), weight, {}).sum().backward();
  EXPECT_TRUE(weight.grad().defined());
}

TEST(FusedConvolutions, AShapeThatDoesNotFitIsAnErrorNotACrash) {
  const c10::InferenceMode inference;
  const auto x = channels_last(at::randn({1, 2, 4, 4})), weight = at::randn({2, 3, 3, 3});
  EXPECT_THROW(convolve_relu(x, weight, {}), c10::Error);
  EXPECT_THROW(convolve_add_relu(x, weight, {}, x), c10::Error);
}

}  // namespace
}  // namespace videoenhance
