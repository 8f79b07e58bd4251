#include "core/torch/flashvsr/upsampling.h"

#include <ATen/ops/randn.h>

#include "tests/torch/flashvsr_pictures.h"

namespace videoenhance {
namespace {

struct Sizes {
  std::int64_t inputs, outputs, height, width;
};

class Upsampling : public testing::TestWithParam<Sizes> {
 protected:
  at::Tensor x_ = at::randn({1, GetParam().inputs, GetParam().height, GetParam().width});
  at::Tensor weight_ = at::randn({GetParam().outputs, GetParam().inputs, 3, 3});
  at::Tensor bias_ = at::randn({GetParam().outputs});
};

// Sums of 9 * inputs products of normal values in another order.
TEST_P(Upsampling, PhasesEqualTheConvolutionOfTheEnlargedPictureUpToItsBorders) {
  const auto plain = upsample_convolve_reference(x_, weight_, bias_);
  const auto merged = upsample_convolve(x_, phase_weights(weight_), bias_);
  ASSERT_EQ(merged.sizes(), plain.sizes());
  EXPECT_LT(difference(merged, plain), 1e-4);
}

TEST_P(Upsampling, PhasesInDoublePrecisionDifferByRoundingAlone) {
  const auto x = x_.to(at::kDouble), weight = weight_.to(at::kDouble);
  EXPECT_LT(difference(upsample_convolve(x, phase_weights(weight)), upsample_convolve_reference(x, weight)),
            1e-12);
}

TEST_P(Upsampling, WithReluIsThatOfTheSame) {
  const c10::InferenceMode inference;
  const auto phases = phase_weights(weight_), x = x_.contiguous(at::MemoryFormat::ChannelsLast);
  EXPECT_LT(difference(upsample_convolve_relu(x, phases), upsample_convolve(x, phases).relu()), 1e-4);
}

TEST_P(Upsampling, ResultHasItsChannelsLast) {
  const auto y = upsample_convolve(x_, phase_weights(weight_));
  EXPECT_TRUE(y.is_contiguous(at::MemoryFormat::ChannelsLast)) << y.strides();
}

TEST_P(Upsampling, ChannelsLastAreTheSamePictureInAnyType) {
  for (const auto type : {at::kFloat, at::kBFloat16, at::kDouble}) {
    const auto x = x_.to(type), phases = phase_weights(weight_.to(type));
    const auto y = upsample_convolve(x.contiguous(at::MemoryFormat::ChannelsLast),
                                     phases.contiguous(at::MemoryFormat::ChannelsLast));
    const double rounding = type == at::kBFloat16 ? 0.25 : 1e-4;  // of values up to 30
    EXPECT_LT(difference(y.to(at::kDouble), upsample_convolve(x, phases).to(at::kDouble)), rounding) << type;
  }
}

TEST_P(Upsampling, SeveralPicturesAreEnlargedAsEachAlone) {
  const auto two = at::cat({x_, x_.flip(3)}).contiguous(at::MemoryFormat::ChannelsLast);
  const auto phases = phase_weights(weight_), y = upsample_convolve(two, phases);
  EXPECT_LT(difference(y.narrow(0, 0, 1), upsample_convolve(x_, phases)), 1e-4);
  EXPECT_LT(difference(y.narrow(0, 1, 1), upsample_convolve(x_.flip(3), phases)), 1e-4);
}

INSTANTIATE_TEST_SUITE_P(Sizes, Upsampling,
                         testing::Values(Sizes{5, 3, 1, 1}, Sizes{4, 8, 1, 7}, Sizes{4, 8, 6, 1},
                                         Sizes{16, 8, 4, 6}, Sizes{8, 1, 13, 11}));

TEST(Upsampling, APictureOfOneColourHasThatColourInsideAndIsDarkerAtItsBorders) {
  const auto weight = at::full({1, 1, 3, 3}, 1.0 / 9);
  const auto y = upsample_convolve(at::full({1, 1, 4, 4}, 0.5), phase_weights(weight));
  EXPECT_LT(difference(y.narrow(2, 1, 6).narrow(3, 1, 6), at::full({1, 1, 6, 6}, 0.5)), 1e-6);
  EXPECT_NEAR(y[0][0][0][0].item<double>(), 0.5 * 4 / 9, 1e-6);
  EXPECT_NEAR(y[0][0][7][3].item<double>(), 0.5 * 6 / 9, 1e-6);
}

TEST(Upsampling, GradientsAreThoseOfThePlainForm) {
  const auto x = at::randn({1, 3, 4, 5}).requires_grad_(), weight = at::randn({2, 3, 3, 3}).requires_grad_();
  const auto wanted = at::randn({1, 2, 8, 10});
  std::vector<at::Tensor> gradients;
  for (const bool merged : {false, true}) {
    const auto y =
        merged ? upsample_convolve(x, phase_weights(weight)) : upsample_convolve_reference(x, weight);
    (y * wanted).sum().backward();
    for (const auto& t : {x, weight}) {
      gradients.push_back(t.grad().clone());
      t.mutable_grad().reset();
    }
  }
  EXPECT_LT(difference(gradients[0], gradients[2]), 1e-4);
  EXPECT_LT(difference(gradients[1], gradients[3]), 1e-4);
}

}  // namespace
}  // namespace videoenhance
