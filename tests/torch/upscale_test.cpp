#include "core/torch/flashvsr/upscale.h"

#include <ATen/ops/rand.h>

#include <limits>

#include "core/torch/flashvsr/bicubic_taps.h"
#include "tests/torch/flashvsr_pictures.h"

namespace videoenhance {
namespace {

constexpr double kLevel = 1.0 / 255;

at::Tensor values(const at::Tensor& levels) {
  if (levels.scalar_type() == at::kByte) return levels.to(at::kFloat) / 255;
  return (levels.to(at::kFloat) + 32768) / 65535;
}

// uint8 [h,w,3] of the golden file as [3,h,w] in [0,1].
at::Tensor picture(const std::string& key) {
  return (golden(key) / 255).permute({2, 0, 1});
}

class Pillow : public testing::TestWithParam<const char*> {
 protected:
  const std::string key_ = "bicubic." + std::string(GetParam());
  at::Tensor in_ = picture(key_ + ".in"), out_ = picture(key_ + ".out");
};

TEST_P(Pillow, IsEqualBitForBit) {
  EXPECT_TRUE(values(upscale_bicubic(in_, out_.size(1), out_.size(2), at::kByte)).equal(out_));
}

TEST_P(Pillow, IsEqualBitForBitByLibTorchsOperators) {
  EXPECT_TRUE(values(upscale_bicubic_reference(in_, out_.size(1), out_.size(2), at::kByte)).equal(out_));
}

INSTANTIATE_TEST_SUITE_P(Shapes, Pillow,
                         testing::Values("up4", "up-odd", "down", "far-down", "mixed", "one-pixel", "same"),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

struct Sizes {
  std::int64_t height, width, height_out, width_out;
};

class Upscale : public testing::TestWithParam<Sizes> {
 protected:
  at::Tensor run(const at::Tensor& in, c10::ScalarType type = at::kFloat) const {
    return upscale_bicubic(in, GetParam().height_out, GetParam().width_out, type);
  }
  at::Tensor reference(const at::Tensor& in, c10::ScalarType type = at::kFloat) const {
    return upscale_bicubic_reference(in, GetParam().height_out, GetParam().width_out, type);
  }
  at::Tensor in_ = at::rand({3, GetParam().height, GetParam().width});
};

TEST_P(Upscale, KernelEqualsLibTorchsOperators) {
  EXPECT_TRUE(run(in_, at::kByte).equal(reference(in_, at::kByte)));
  EXPECT_LT(difference(run(in_), reference(in_)), 1e-6);
  EXPECT_LT(difference(values(run(in_, at::kShort)), values(reference(in_, at::kShort))), 1.1 / 65535);
}

// Half a level after each pass, the first amplified by the second's weights (1.3 at most); without overshoot,
// which is clamped after both passes or after the last.
TEST_P(Upscale, StepsCostNoMoreThanTheirRounding) {
  const auto in = (in_ * 76 + 90).floor() / 255;
  EXPECT_LT(difference(run(in), values(run(in, at::kByte))), 1.2 * kLevel);
}

TEST_P(Upscale, FineLevelsAreTheNearest) {
  EXPECT_LT(difference(values(run(in_, at::kShort)), run(in_)), 0.51 / 65535);
}

TEST_P(Upscale, FlatPicturesStayFlat) {
  const auto flat = at::full_like(in_, 77.0f / 255);
  EXPECT_TRUE(run(flat, at::kByte).eq(77).all().item<bool>());
  EXPECT_LT((run(flat) - 77.0f / 255).abs().max().item<double>(), 1e-6);
}

TEST_P(Upscale, StaysInTheRangeOnHardEdges) {
  const auto edges = in_.gt(0.5).to(at::kFloat);
  EXPECT_GE(run(edges).min().item<float>(), 0.0f);
  EXPECT_LE(run(edges).max().item<float>(), 1.0f);
}

TEST_P(Upscale, TakesStridedPictures) {
  const auto wide = at::rand({6, GetParam().width, GetParam().height});
  const auto strided = wide.narrow(0, 1, 3).transpose(1, 2);
  EXPECT_TRUE(run(strided).equal(run(strided.contiguous())));
  EXPECT_TRUE(run(strided, at::kByte).equal(run(strided.contiguous(), at::kByte)));
}

TEST_P(Upscale, MirroredPicturesGiveMirroredResults) {
  EXPECT_LT(difference(run(in_.flip({1, 2})), run(in_).flip({1, 2})), 1e-5);
}

INSTANTIATE_TEST_SUITE_P(Sizes, Upscale,
                         testing::Values(Sizes{45, 80, 180, 320}, Sizes{37, 53, 101, 59},
                                         Sizes{101, 59, 37, 53}, Sizes{2, 300, 7, 40}, Sizes{1, 1, 128, 128},
                                         Sizes{300, 1, 3, 2}));

TEST(Upscale, ValuesThatAreNoNumbersOrLeaveTheRangeAreTheNearestLevels) {
  for (const auto& [bad, level] :
       {std::pair{std::numeric_limits<float>::quiet_NaN(), 0.0f}, {-7.0f, 0.0f}, {9.0f, 1.0f}}) {
    for (const auto type : {at::kByte, at::kShort}) {
      const auto picture = at::full({3, 4, 4}, bad);
      EXPECT_TRUE(values(upscale_bicubic(picture, 9, 9, type)).eq(level).all().item<bool>()) << bad;
      EXPECT_TRUE(values(upscale_bicubic_reference(picture, 9, 9, type)).eq(level).all().item<bool>()) << bad;
    }
  }
}

TEST(Upscale, RefusesEmptySizesAndOtherTypes) {
  const auto in = at::zeros({3, 4, 4});
  for (const auto upscale : {upscale_bicubic, upscale_bicubic_reference}) {
    EXPECT_THROW(upscale(in, 0, 4, at::kByte), c10::Error);
    EXPECT_THROW(upscale(in, 4, -1, at::kFloat), c10::Error);
    EXPECT_THROW(upscale(in, 4, 4, at::kHalf), c10::Error);
    EXPECT_THROW(upscale(at::zeros({3, 0, 4}), 4, 4, at::kFloat), c10::Error);
    EXPECT_THROW(upscale(in[0], 4, 4, at::kShort), c10::Error);
  }
}

TEST(BicubicTaps, LieInsideTheSourceAndSumToOne) {
  for (const auto& [in, out] : {std::pair{1, 9}, {3, 2}, {7, 28}, {100, 9}, {9, 100}, {50, 51}}) {
    const auto taps = bicubic_taps<float>(in, out);
    ASSERT_EQ(taps.first.size(), static_cast<std::size_t>(out));
    for (int i = 0; i < out; ++i) {
      EXPECT_GE(taps.first[i], 0);
      EXPECT_LE(taps.first[i] + taps.count, in);
      double sum = 0;
      for (std::int64_t k = 0; k < taps.count; ++k) sum += taps.weights[i * taps.count + k];
      EXPECT_NEAR(sum, 1, 1e-6);
    }
  }
}

}  // namespace
}  // namespace videoenhance
