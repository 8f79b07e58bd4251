#include "core/torch/flashvsr/picture_range.h"

#include <ATen/ops/empty_like.h>
#include <ATen/ops/rand.h>

#include <limits>

#include "tests/torch/flashvsr_pictures.h"

namespace videoenhance {
namespace {

struct Sizes {
  std::int64_t height, width;
};

class PictureRange : public testing::TestWithParam<Sizes> {
 protected:
  at::Tensor picture_ = at::rand({3, GetParam().height, GetParam().width});
};

TEST_P(PictureRange, OfTheNetworkIsThatOfThePlainForm) {
  EXPECT_LT(difference(to_network_range(picture_), to_network_range_reference(picture_)), 1e-6);
}

TEST_P(PictureRange, OfTheElementIsThatOfThePlainForm) {
  const auto out = at::empty_like(picture_), plain = at::empty_like(picture_);
  EXPECT_TRUE(from_network_range(picture_ * 3 - 1.5, out));
  EXPECT_TRUE(from_network_range_reference(picture_ * 3 - 1.5, plain));
  EXPECT_LT(difference(out, plain), 1e-6);
}

TEST_P(PictureRange, PartsOfLargerPicturesAreRead) {
  const auto large = at::rand({5, GetParam().height + 3, GetParam().width + 2});
  const auto part = large.narrow(0, 1, 3).narrow(1, 2, GetParam().height).narrow(2, 1, GetParam().width);
  EXPECT_TRUE(to_network_range(part).equal(to_network_range(part.contiguous())));
  const auto scattered = large.transpose(1, 2).narrow(0, 0, 3);
  EXPECT_LT(difference(to_network_range(scattered), to_network_range(scattered.contiguous())), 1e-6);
}

TEST_P(PictureRange, AValueThatIsNotFiniteIsFoundWhereverItIs) {
  const auto out = at::empty_like(picture_);
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
                          -std::numeric_limits<float>::infinity()}) {
    for (const std::int64_t place : {std::int64_t{0}, picture_.numel() / 2, picture_.numel() - 1}) {
      const auto broken = picture_.clone();
      broken.view(-1)[place] = bad;
      EXPECT_FALSE(from_network_range(broken, out)) << bad << " at " << place;
      EXPECT_FALSE(from_network_range_reference(broken, out)) << bad << " at " << place;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, PictureRange,
                         testing::Values(Sizes{1, 1}, Sizes{1, 130}, Sizes{37, 15}, Sizes{128, 256}));

// Levels wait as they are; their values are those of the picture that was rounded to them.
TEST_P(PictureRange, OfLevelsIsThatOfTheirValues) {
  for (const auto type : {at::kByte, at::kShort}) {
    const bool is_fine = type == at::kShort;
    const auto steps = (picture_ * (is_fine ? 65535 : 255)).floor();
    const auto levels = (is_fine ? steps - 32768 : steps).to(type);
    const auto values = to_network_range(steps / (is_fine ? 65535 : 255)), kept = to_network_range(levels);
    EXPECT_EQ(kept.scalar_type(), type);
    EXPECT_LT(difference(network_values(kept), values), 1e-6);
    EXPECT_LT(difference(to_network_range_reference(levels), values), 1e-6);
    ASSERT_TRUE(has_network_rows(kept));
    std::vector<float> room(static_cast<std::size_t>(kept.size(2)));
    const auto* row = network_row(kept, kept.stride(0), kept.size(2), room.data());
    for (std::int64_t x = 0; x < kept.size(2); ++x)
      ASSERT_NEAR(row[x], values[1][0][x].item<float>(), 1e-6) << x;
  }
  const auto values = at::rand({3, 4, 6});
  EXPECT_TRUE(network_values(values).is_same(values));
}

TEST(PictureRangeRows, AreReadOnlyWhereTheyLieInOnePiece) {
  const auto levels = at::zeros({3, 4, 6}, at::kByte);
  EXPECT_TRUE(has_network_rows(levels.narrow(2, 1, 3)));
  EXPECT_FALSE(has_network_rows(levels.transpose(1, 2)));
  EXPECT_FALSE(has_network_rows(levels.to(at::kInt)));
  EXPECT_FALSE(has_network_rows(at::zeros({3, 4, 6}).requires_grad_()));
}

TEST(PictureRangePadding, RepeatsTheLastRowAndColumn) {
  const auto in = at::rand({3, 100, 129}), out = to_network_range(in), inside = in * 2 - 1;
  ASSERT_EQ(out.sizes(), (std::vector<std::int64_t>{3, 128, 256}));
  EXPECT_LT(difference(out.narrow(1, 0, 100).narrow(2, 0, 129), inside), 1e-6);
  EXPECT_TRUE(out.narrow(1, 100, 28).equal(out.narrow(1, 99, 1).expand({3, 28, 256})));
  EXPECT_TRUE(out.narrow(2, 129, 127).equal(out.narrow(2, 128, 1).expand({3, 128, 127})));
}

TEST(PictureRangePadding, LeavesWholeWindowsAsTheyAre) {
  EXPECT_EQ(to_network_range(at::rand({3, 256, 128})).sizes(), (std::vector<std::int64_t>{3, 256, 128}));
}

}  // namespace
}  // namespace videoenhance
