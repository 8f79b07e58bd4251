#include "core/video/tiles.h"

#include <gtest/gtest.h>

namespace videoenhance {
namespace {

struct Cut {
  std::int64_t length, size, overlap;
  std::vector<std::int64_t> starts;
};

void PrintTo(const Cut& cut, std::ostream* out) {
  *out << cut.length << " by " << cut.size << " over " << cut.overlap;
}

class Cuts : public testing::TestWithParam<Cut> {
 protected:
  std::vector<TileSpan> tiles_ = cut_axis(GetParam().length, GetParam().size, GetParam().overlap, 128, 16);
};

TEST_P(Cuts, StartWhereExpected) {
  std::vector<std::int64_t> starts;
  for (const auto& tile : tiles_) starts.push_back(tile.start);
  EXPECT_EQ(starts, GetParam().starts);
}

TEST_P(Cuts, AreWholeWindowsInsideThePicture) {
  for (const auto& tile : tiles_) {
    EXPECT_EQ(tile.size % 128, 0);
    EXPECT_EQ(tile.start % 16, 0);
    EXPECT_GE(tile.start, 0);
    EXPECT_LE(tile.start + tile.size, GetParam().length);
    EXPECT_EQ(tile.weights.size(), static_cast<std::size_t>(tile.size));
  }
}

TEST_P(Cuts, WeightsOfEveryPixelSumToOneAndNoneIsZero) {
  std::vector<double> sums(static_cast<std::size_t>(GetParam().length));
  for (const auto& tile : tiles_) {
    for (std::int64_t i = 0; i < tile.size; ++i) {
      EXPECT_GT(tile.weights[i], 0.0f);
      sums[tile.start + i] += tile.weights[i];
    }
  }
  for (const double sum : sums) EXPECT_NEAR(sum, 1.0, 1e-6);
}

TEST_P(Cuts, TheBordersOfThePictureHaveFullWeight) {
  EXPECT_FLOAT_EQ(tiles_.front().weights.front(), 1.0f);
  EXPECT_FLOAT_EQ(tiles_.back().weights.back(), 1.0f);
}

INSTANTIATE_TEST_SUITE_P(Sizes, Cuts,
                         testing::Values(Cut{1024, 0, 64, {0}}, Cut{256, 256, 64, {0}},
                                         Cut{256, 4096, 64, {0}}, Cut{256, 192, 64, {0}},
                                         Cut{256, 128, 64, {0, 64, 128}}, Cut{384, 256, 64, {0, 128}},
                                         Cut{640, 256, 64, {0, 192, 384}}, Cut{640, 256, 0, {0, 256, 384}},
                                         Cut{640, 256, 50, {0, 192, 384}},
                                         Cut{512, 128, 4000, {0, 64, 128, 192, 256, 320, 384}},
                                         Cut{128, 1, 1, {0}}));

}  // namespace
}  // namespace videoenhance
