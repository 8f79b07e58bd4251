#include <gtest/gtest.h>

#include "core/video/timeline.h"

namespace videoenhance {
namespace {

constexpr Time kMillisecond = 1'000'000;
constexpr Time kSecond = 1'000'000'000;
constexpr SourceTime kPrevious{10 * kSecond, 10 * kSecond + 40 * kMillisecond};

bool continues_at(Time start) {
  return continues(kPrevious, {start, start + 40 * kMillisecond});
}

TEST(Continues, WhereTheNextFrameFollowsAtOnce) {
  EXPECT_TRUE(continues_at(kPrevious.end));
}

TEST(Continues, OverAHoleOfUpToASecond) {
  EXPECT_TRUE(continues_at(kPrevious.end + kMillisecond));
  EXPECT_TRUE(continues_at(kPrevious.end + kSecond));
}

TEST(Continues, WhereFramesOverlapOrBeginTogether) {
  EXPECT_TRUE(continues_at(kPrevious.end - 1));
  EXPECT_TRUE(continues_at(kPrevious.start));
}

TEST(Continues, AfterALongFrameThatTheNextOneFollowsAtOnce) {
  EXPECT_TRUE(continues({0, 60 * kSecond}, {60 * kSecond, 61 * kSecond}));
}

TEST(Continues, NotAfterALongerHole) {
  EXPECT_FALSE(continues_at(kPrevious.end + kSecond + 1));
}

TEST(Continues, NotAfterAStepBack) {
  EXPECT_FALSE(continues_at(kPrevious.start - 1));
  EXPECT_FALSE(continues_at(0));
}

TEST(Continues, DoesNotOverflowNearTheLargestTime) {
  const Time largest = ~Time{0};
  EXPECT_TRUE(continues({largest - 5, largest - 1}, {largest - 1, largest}));
  EXPECT_FALSE(continues({0, 40}, {largest, largest}));
}

}  // namespace
}  // namespace videoenhance
