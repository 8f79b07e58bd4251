#include "core/torch/flashvsr/colour_fix.h"

#include <ATen/ops/rand.h>
#include <ATen/ops/randn.h>

#include "core/torch/flashvsr/adain.h"
#include "core/torch/flashvsr/picture_range.h"
#include "tests/torch/flashvsr_pictures.h"

namespace videoenhance {
namespace {

at::Tensor fixed_colour(ColourFix kind, const at::Tensor& frames, const at::Tensor& reference) {
  const at::Tensor fixed = at::empty(frames.sizes(), frames.options());
  fix_colour(kind, frames, reference, fixed);
  return fixed;
}

// 1e-5: sums over a frame in another order.
TEST(ColourFix, AdainEqualsTheOracle) {
  EXPECT_LT(
      difference(fixed_colour(ColourFix::kAdain, golden("frames"), golden("reference")), golden("adain")),
      1e-5);
}

// Sums of up to 100000 values in another order. Rows that are parts of longer ones, and widths beside a
// vector's.
TEST(ColourFix, AdainInTwoPassesEqualsThePlainForm) {
  for (const std::int64_t width : {1, 15, 16, 33, 300}) {
    const auto frame = (at::randn({1, 3, 130, 310}) * 0.3 + 0.5).narrow(3, 5, width).narrow(2, 3, 120);
    const auto reference = (at::randn({1, 3, 120, width}) * 0.2 - 0.1), out = at::empty_like(reference);
    adain(frame, reference, out);
    EXPECT_LT(difference(out, adain_reference(frame, reference).clamp(-1, 1)), 1e-5) << width;
  }
}

// Single precision has seven digits, and the floor under the root is 1e-5.
TEST(ColourFix, AdainInTwoPassesKeepsSmallDifferencesOfBrightFrames) {
  const auto frame = at::randn({1, 3, 64, 64}) * 1e-4 + 0.99, reference = at::randn({1, 3, 64, 64}) * 1e-3;
  const auto out = at::empty_like(frame);
  adain(frame, reference, out);
  EXPECT_LT(difference(out, adain_reference(frame, reference)), 1e-5);
}

TEST(ColourFix, WaveletEqualsTheOracleWhichBlursBothPictures) {
  EXPECT_LT(
      difference(fixed_colour(ColourFix::kWavelet, golden("frames"), golden("reference")), golden("wavelet")),
      1e-5);
}

TEST(ColourFix, NoneLeavesEvenValuesOutsideTheRange) {
  const auto frames = at::randn({2, 3, 4, 5}) * 3;
  EXPECT_TRUE(fixed_colour(ColourFix::kNone, frames, at::zeros_like(frames)).equal(frames));
}

class Fixes : public testing::TestWithParam<ColourFix> {};

TEST_P(Fixes, ToLevelsAreThoseToTheirValues) {
  const auto frames = at::randn({2, 3, 20, 30}) * 0.3;
  for (const auto& levels : levels_of({2, 3, 20, 30})) {
    const auto wanted = fixed_colour(GetParam(), frames, network_values(levels));
    EXPECT_TRUE(fixed_colour(GetParam(), frames, levels).equal(wanted));
  }
}

TEST_P(Fixes, LeaveTheirArgumentsAlone) {
  const auto frames = at::randn({1, 3, 20, 30}), reference = at::randn({1, 3, 20, 30});
  const auto frames_before = frames.clone(), reference_before = reference.clone();
  fixed_colour(GetParam(), frames, reference);
  EXPECT_TRUE(frames.equal(frames_before));
  EXPECT_TRUE(reference.equal(reference_before));
}

TEST_P(Fixes, ChangeNothingWhereTheColoursAreRight) {
  const auto frames = at::rand({2, 3, 24, 40}) - 0.5;
  EXPECT_LT(difference(fixed_colour(GetParam(), frames, frames), frames), 1e-6);
}

TEST_P(Fixes, StayInTheRange) {
  const auto fixed = fixed_colour(GetParam(), at::randn({1, 3, 20, 30}), at::randn({1, 3, 20, 30}) * 2);
  EXPECT_LE(fixed.abs().max().item<double>(), 1.0);
}

TEST_P(Fixes, GiveAFlatFrameTheColourOfAFlatReference) {
  const auto fixed =
      fixed_colour(GetParam(), at::full({1, 3, 16, 16}, 0.3f), at::full({1, 3, 16, 16}, -0.2f));
  EXPECT_LT(difference(fixed, at::full_like(fixed, -0.2f)), 1e-5);
}

TEST_P(Fixes, TakeFramesOfOnePixel) {
  const auto fixed = fixed_colour(GetParam(), at::full({1, 3, 1, 1}, 0.3f), at::full({1, 3, 1, 1}, -0.2f));
  EXPECT_LT(difference(fixed, at::full_like(fixed, -0.2f)), 1e-5);
}

TEST_P(Fixes, TreatEachFrameAlone) {
  const auto frames = at::randn({3, 3, 20, 24}) * 0.3, reference = at::randn({3, 3, 20, 24}) * 0.3;
  const auto together = fixed_colour(GetParam(), frames, reference);
  for (int i = 0; i < 3; ++i) {
    const auto alone = fixed_colour(GetParam(), frames.narrow(0, i, 1), reference.narrow(0, i, 1));
    EXPECT_LT(difference(alone, together.narrow(0, i, 1)), 1e-6);
  }
}

TEST_P(Fixes, RefuseAReferenceOfAnotherSize) {
  EXPECT_THROW(fixed_colour(GetParam(), at::zeros({2, 3, 8, 8}), at::zeros({2, 3, 8, 9})), c10::Error);
  EXPECT_THROW(fixed_colour(GetParam(), at::zeros({2, 3, 8, 8}), at::zeros({1, 3, 8, 8})), c10::Error);
}

INSTANTIATE_TEST_SUITE_P(All, Fixes, testing::Values(ColourFix::kAdain, ColourFix::kWavelet));

// A deviation of 1e-4 around 0.9 over half a million pixels: sums of squares in float32 would lose it. The
// floor under the variance, 1e-5, is the larger part then; the mean must be right to a float's rounding.
TEST(ColourFix, StatisticsOfALargeNearlyFlatFrameDoNotCancel) {
  const auto frames = at::randn({1, 3, 720, 736}) * 1e-2 + 0.9, reference = frames * 0.5;
  const auto fixed = fixed_colour(ColourFix::kAdain, frames, reference);
  const auto expected = reference.to(at::kDouble);
  const auto actual = fixed.to(at::kDouble);
  EXPECT_NEAR(actual.mean().item<double>(), expected.mean().item<double>(), 1e-6);
  const double gain = std::sqrt((2.5e-5 + 1e-5) / (1e-4 + 1e-5));
  EXPECT_NEAR(actual.std(false).item<double>() / frames.to(at::kDouble).std(false).item<double>(), gain,
              1e-3);
}

TEST(ColourFix, WaveletKeepsTheDetailAndTakesTheColourOfThePlace) {
  const auto detail = at::randn({1, 3, 64, 64}) * 0.05;
  const auto base = at::linspace(-0.5, 0.5, 64).view({1, 1, 1, 64}).expand({1, 3, 64, 64});
  const auto fixed = fixed_colour(ColourFix::kWavelet, detail, base + detail);
  // The ramp's ends are bent by the repeated border, 31 pixels wide.
  EXPECT_LT(difference(fixed.narrow(3, 31, 2), (base + detail).narrow(3, 31, 2)), 1e-3);
}

TEST(ColourFix, GradientsReachTheFrames) {
  for (const auto kind : {ColourFix::kAdain, ColourFix::kWavelet}) {
    const auto frames = (at::randn({1, 3, 8, 8}) * 0.1).requires_grad_();
    const auto fixed = fixed_colour(kind, frames, at::randn({1, 3, 8, 8}) * 0.1);
    fixed.square().sum().backward();
    EXPECT_GT(frames.grad().abs().max().item<double>(), 0);
  }
}

}  // namespace
}  // namespace videoenhance
