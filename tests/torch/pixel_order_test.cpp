#include "core/torch/flashvsr/pixel_order.h"

#include <ATen/ops/empty_like.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>

#include <limits>

#include "core/torch/flashvsr/picture_range.h"
#include "tests/torch/flashvsr_pictures.h"

namespace videoenhance {
namespace {

class PixelOrder : public testing::TestWithParam<at::ScalarType> {};

// Half a step of bfloat16 between 2 and 3 is 0.008; float32 differs by rounding.
double rounding(at::ScalarType type) {
  return type == at::kBFloat16 ? 0.016 : 1e-6;
}

TEST_P(PixelOrder, BlocksAreThoseOfThePlainForm) {
  for (const double size : {0.3, 1.0, 4.0, 100.0}) {
    for (const auto& [height, width] : {std::pair{8, 8}, std::pair{8, 40}, std::pair{32, 24}}) {
      const auto frames = (at::rand({3, 4, height, width}) * 2 - 1) * size;
      const auto out = at::full({height / 8, width / 8, 784}, 7.0, at::TensorOptions(GetParam()));
      const auto plain = out.clone();
      unshuffle_clamped(frames, out);
      unshuffle_clamped_reference(frames, plain);
      EXPECT_LT(difference(out.to(at::kDouble), plain.to(at::kDouble)), rounding(GetParam()))
          << height << "x" << width << ", " << size;
    }
  }
}

TEST_P(PixelOrder, BlocksOfAPartOfLargerFramesAreThoseOfTheirCopy) {
  const auto large = at::rand({3, 9, 40, 48});
  for (const auto& part : {large.narrow(1, 4, 4).narrow(2, 8, 16).narrow(3, 16, 24),
                           large.narrow(1, 1, 4).transpose(2, 3).narrow(2, 0, 24).narrow(3, 0, 16)}) {
    const auto out = at::zeros({part.size(2) / 8, part.size(3) / 8, 768}, at::TensorOptions(GetParam()));
    const auto of_copy = out.clone();
    unshuffle_clamped(part, out);
    unshuffle_clamped(part.contiguous(), of_copy);
    EXPECT_LT(difference(out.to(at::kDouble), of_copy.to(at::kDouble)), rounding(GetParam()));
  }
}

TEST_P(PixelOrder, BlocksOfLevelsAreThoseOfTheirValues) {
  for (const auto& levels : levels_of({3, 4, 16, 24})) {
    const auto from_levels = at::empty({2, 3, 768}, GetParam()), from_values = at::empty_like(from_levels);
    unshuffle_clamped(levels, from_levels);
    unshuffle_clamped(network_values(levels), from_values);
    EXPECT_TRUE(from_levels.equal(from_values));
  }
}

TEST_P(PixelOrder, NotANumberStaysWhereItIs) {
  const auto frames = at::zeros({3, 4, 8, 16});
  frames[0][0][0][9] = std::numeric_limits<float>::quiet_NaN();
  const auto out = at::zeros({1, 2, 768}, at::TensorOptions(GetParam()));
  unshuffle_clamped(frames, out);
  EXPECT_EQ(out.isnan().sum().item<int>(), 1);
  EXPECT_TRUE(out[0][1][1].isnan().item<bool>());
}

TEST_P(PixelOrder, OtherChannelsStayAsTheyWere) {
  const auto out = at::full({2, 3, 784}, 7.0, at::TensorOptions(GetParam()));
  unshuffle_clamped(at::randn({3, 4, 16, 24}), out);
  EXPECT_TRUE(out.narrow(2, 768, 16).eq(7).all().item<bool>());
}

TEST_P(PixelOrder, ColoursAreThoseOfThePlainForm) {
  for (const auto& [height, width] : {std::pair{1, 1}, std::pair{5, 7}, std::pair{64, 33}}) {
    const auto picture =
        at::randn({1, 3, height, width}).to(GetParam()).contiguous(at::MemoryFormat::ChannelsLast);
    const auto out = at::empty({1, 3, height, width}, at::kFloat), plain = at::empty_like(out);
    split_colours(picture, out);
    split_colours_reference(picture, plain);
    EXPECT_TRUE(out.equal(plain)) << height << "x" << width;
  }
}

TEST_P(PixelOrder, ChannelsAreJoinedInAnyLayout) {
  for (const std::int64_t channels : {1, 5, 16, 24}) {
    const auto first = at::randn({1, channels, 5, 7}).to(GetParam());
    const auto second = at::randn({1, channels, 5, 7}).to(GetParam());
    const auto wanted = at::cat({first, second}, 1);
    for (const auto format : {at::MemoryFormat::Contiguous, at::MemoryFormat::ChannelsLast}) {
      const auto joined = join_channels(first.contiguous(format), second.contiguous(format));
      EXPECT_TRUE(joined.equal(wanted));
      EXPECT_TRUE(joined.is_contiguous(at::MemoryFormat::ChannelsLast));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Types, PixelOrder, testing::Values(at::kFloat, at::kBFloat16),
                         [](const auto& info) { return std::string(c10::toString(info.param)); });

TEST(PixelOrderRows, AreRoundedAsLibTorchDoes) {
  const float none = std::numeric_limits<float>::quiet_NaN(), all = std::numeric_limits<float>::infinity();
  const auto row =
      at::cat({at::randn({1000}) * 1e3,
               at::tensor({0.0f, -0.0f, none, -none, all, -all, 3.4e38f, 1e-40f, 1.00390625f, 1.01171875f})});
  const auto wanted = row.to(at::kBFloat16), out = at::empty_like(wanted);
  convert_row(row.const_data_ptr<float>(), out.mutable_data_ptr<at::BFloat16>(), row.numel());
  EXPECT_TRUE(out.view(at::kShort).eq(wanted.view(at::kShort)).logical_or(row.isnan()).all().item<bool>());
  EXPECT_TRUE(out.isnan().eq(row.isnan()).all().item<bool>());
}

TEST(PixelOrderBytes, AreCopiedWhateverTheirNumber) {
  const std::string from = "abcdefghijklmnopqrstuvwxyz0123456789";
  for (std::size_t count = 0; count <= from.size(); ++count) {
    std::string to(from.size() + 1, '.');
    copy_bytes(to.data(), from.data(), static_cast<std::int64_t>(count));
    EXPECT_EQ(to, from.substr(0, count) + std::string(from.size() + 1 - count, '.'));
  }
}

}  // namespace
}  // namespace videoenhance
