// Expected values: PyTorch's convolution with the same Gaussian, in float64.
#include "tools/video-enhance/quality.h"

#include <gtest/gtest.h>

#include <functional>

namespace videoenhance {
namespace {

Luma picture(const std::function<double(int x, int y)>& value) {
  Luma luma{25, 18, {}};
  for (int y = 0; y < 18; ++y)
    for (int x = 0; x < 25; ++x) luma.values.push_back(value(x, y));
  return luma;
}

const Luma kRamps = picture([](int x, int y) { return 16 + (7 * x + 13 * y) % 220; });
const Luma kSpoiled = picture([](int x, int y) { return 16 + (7 * x + 13 * y + x * y % 9) % 220; });

TEST(Psnr, IsThatOfThePapers) {
  EXPECT_NEAR(psnr(kRamps, kSpoiled), 21.79863352649482, 1e-9);
  EXPECT_NEAR(psnr(picture([](int, int) { return 100; }), picture([](int, int) { return 101; })), 48.1308,
              1e-4);
}

TEST(Psnr, OfEqualPicturesIsFinite) {
  EXPECT_EQ(psnr(kRamps, kRamps), 100);
}

TEST(Ssim, IsThatOfThePapers) {
  EXPECT_NEAR(ssim(kRamps, kSpoiled), 0.9770923265514472, 1e-9);
}

TEST(Ssim, SeesTheStructureTurnedOver) {
  const Luma negative = picture([](int x, int y) { return 255 - 16 - (7 * x + 13 * y) % 220; });
  EXPECT_NEAR(ssim(kRamps, negative), -0.7414427124361694, 1e-9);
}

TEST(Ssim, OfEqualPicturesIsOne) {
  EXPECT_DOUBLE_EQ(ssim(kRamps, kRamps), 1);
}

TEST(Ssim, OfOneWindowIsThatOfItsMeans) {
  const Luma a{11, 11, std::vector<double>(121, 100)}, b{11, 11, std::vector<double>(121, 120)};
  EXPECT_NEAR(ssim(a, b), 0.9836109249983689, 1e-9);
}

}  // namespace
}  // namespace videoenhance
