#include <gtest/gtest.h>

#include <limits>

#include "core/weights/tensor_layout.h"

namespace videoenhance {
namespace {

using Shape = std::vector<std::int64_t>;
constexpr std::int64_t kHuge = std::int64_t{1} << 62;
constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();

TEST(TensorLayout, CountsBytesOfAShape) {
  EXPECT_EQ(bytes_of_shape({2, 3, 5}, 4), 120U);
  EXPECT_EQ(bytes_of_shape({}, 8), 8U);
  EXPECT_EQ(bytes_of_shape({3, 0, 5}, 4), 0U);
  EXPECT_EQ(bytes_of_shape({kMost}, 1), static_cast<std::size_t>(kMost));
}

TEST(TensorLayout, HasNoBytesForShapesThatOverflow) {
  EXPECT_FALSE(bytes_of_shape({kHuge, 2}, 1));
  EXPECT_FALSE(bytes_of_shape({kHuge}, 2));
  EXPECT_FALSE(bytes_of_shape({kMost, kMost}, 4));
  EXPECT_FALSE(bytes_of_shape({0, kHuge, kHuge}, 4));
  EXPECT_FALSE(bytes_of_shape({2, -3}, 4));
  EXPECT_FALSE(bytes_of_shape(Shape(kMaxRank + 1, 1), 4));
}

TEST(TensorLayout, ReachesToTheEndOfTheLastElement) {
  EXPECT_EQ(bytes_reached({2, 3}, {3, 1}, 4), 24U);
  EXPECT_EQ(bytes_reached({2, 3}, {10, 2}, 4), (10 + 4 + 1) * 4U);
  EXPECT_EQ(bytes_reached({5, 3}, {0, 1}, 2), 6U);
  EXPECT_EQ(bytes_reached({}, {}, 4), 4U);
  EXPECT_EQ(bytes_reached({0, 3}, {kMost, kMost}, 4), 0U);
}

TEST(TensorLayout, HasNoReachForNonsense) {
  EXPECT_FALSE(bytes_reached({2, 3}, {-3, 1}, 4));
  EXPECT_FALSE(bytes_reached({2, 3}, {3}, 4));
  EXPECT_FALSE(bytes_reached({3, 2}, {kHuge, 1}, 1));
  EXPECT_FALSE(bytes_reached({2, 2}, {kMost, kMost}, 1));
  EXPECT_FALSE(bytes_reached({2}, {kHuge}, 4));
  EXPECT_FALSE(bytes_reached({kHuge, 4}, {0, 0}, 4));
}

TEST(TensorLayout, StridesOfRowMajorOrder) {
  EXPECT_EQ(row_major_strides({2, 3, 5}), (Shape{15, 5, 1}));
  EXPECT_EQ(row_major_strides({}), Shape{});
  EXPECT_EQ(row_major_strides({2, 0, 5}), (Shape{5, 5, 1}));
}

}  // namespace
}  // namespace videoenhance
