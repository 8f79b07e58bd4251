#include "core/torch/kernels/warp.h"

#include <ATen/ops/rand.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include <limits>

#include "core/torch/kernels/warp_pixel.h"

namespace videoenhance {
namespace {

struct Size {
  std::int64_t channels, height, width;
};

class WarpSizes : public testing::TestWithParam<Size> {};

// 1e-5: the reference normalises coordinates to [-1,1] and back, which moves them by some 1e-6 of the width.
TEST_P(WarpSizes, EqualsTheReference) {
  const auto [channels, height, width] = GetParam();
  const auto image = at::rand({1, channels, height, width});
  for (const double reach : {0.4, 3.0, 500.0}) {
    const auto flow = (at::rand({1, 2, height, width}) - 0.5) * (2 * reach);
    const double difference = (warp(image, flow) - warp_reference(image, flow)).abs().max().item<double>();
    EXPECT_LT(difference, 1e-5 * static_cast<double>(std::max(width, height)));
  }
}

TEST_P(WarpSizes, NoMotionChangesNothing) {
  const auto [channels, height, width] = GetParam();
  const auto image = at::rand({1, channels, height, width});
  EXPECT_TRUE(warp(image, at::zeros({1, 2, height, width})).equal(image));
}

INSTANTIATE_TEST_SUITE_P(Sizes, WarpSizes,
                         testing::Values(Size{3, 37, 53}, Size{4, 64, 64}, Size{8, 2, 300}, Size{1, 301, 2},
                                         Size{3, 200, 311}));

TEST(Warp, WholePixelsMoveWholePixels) {
  const auto image = at::rand({1, 3, 8, 9});
  auto flow = at::zeros({1, 2, 8, 9});
  flow.select(1, 0).fill_(2);
  const auto moved = warp(image, flow);
  EXPECT_TRUE(moved.narrow(3, 0, 7).equal(image.narrow(3, 2, 7)));
  EXPECT_TRUE(moved.narrow(3, 7, 2).equal(image.narrow(3, 8, 1).expand({1, 3, 8, 2})));
}

TEST(Warp, TakesAHalfOfAFourChannelFlow) {
  const auto image = at::rand({1, 3, 16, 16});
  const auto flow = at::rand({1, 4, 16, 16}) * 4;
  const auto half = flow.narrow(1, 2, 2);
  EXPECT_TRUE(warp(image, half).equal(warp(image, half.contiguous())));
}

TEST(Warp, TakesStridedPictures) {
  const auto image = at::rand({1, 6, 16, 16}).narrow(1, 1, 3).transpose(2, 3);
  const auto flow = (at::rand({1, 2, 16, 16}) * 4).transpose(2, 3);
  EXPECT_TRUE(warp(image, flow).equal(warp(image.contiguous(), flow.contiguous())));
}

TEST(Warp, FlowsThatAreNoNumbersOrLeaveThePictureStayInside) {
  const auto image = at::rand({1, 2, 5, 5});
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
                          -std::numeric_limits<float>::infinity(), 3e38f, -3e38f}) {
    const auto out = warp(image, at::full({1, 2, 5, 5}, bad));
    EXPECT_GE(out.min().item<float>(), 0.0f);
    EXPECT_LE(out.max().item<float>(), 1.0f);
  }
}

// What a CUDA thread runs, over the whole grid, without LibTorch in between.
TEST(WarpPixel, TheDeviceFunctionOverTheGridEqualsTheReference) {
  const auto image = at::rand({1, 4, 19, 23});
  const auto flow = (at::rand({1, 2, 19, 23}) - 0.5) * 12;
  auto out = at::zeros_like(image);
  const auto* motion = flow.const_data_ptr<float>();
  const WarpArguments arguments{
      image.const_data_ptr<float>(), motion, motion + 19 * 23, out.mutable_data_ptr<float>(), 4, 19, 23};
  for (std::int64_t index = 0; index < 19 * 23; ++index) warp_pixel(arguments, index);
  EXPECT_LT((out - warp_reference(image, flow)).abs().max().item<double>(), 1e-4);
}

}  // namespace
}  // namespace videoenhance
