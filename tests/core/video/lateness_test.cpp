#include "core/video/lateness.h"

#include <gtest/gtest.h>

#include <limits>

#include "core/video/once_a_second.h"

namespace videoenhance {
namespace {

constexpr Time kSecond = 1'000'000'000;

TEST(Lateness, NothingIsLateBeforeAReport) {
  EXPECT_FALSE(Lateness().is_late(0));
}

TEST(Lateness, LastsUntilWhatIsDueByNowAndARest) {
  Lateness lateness;
  lateness.report(10 * kSecond, kSecond);
  EXPECT_TRUE(lateness.is_late(0));
  EXPECT_TRUE(lateness.is_late(11 * kSecond + Lateness::kRest - 1));
  EXPECT_FALSE(lateness.is_late(11 * kSecond + Lateness::kRest));
}

TEST(Lateness, IsNotEndedByAFrameInTime) {
  Lateness lateness;
  lateness.report(10 * kSecond, kSecond);
  lateness.report(11 * kSecond, -5);
  lateness.report(11 * kSecond, 0);
  EXPECT_TRUE(lateness.is_late(11 * kSecond));
}

TEST(Lateness, IsNotShortenedByAnOlderReport) {
  Lateness lateness;
  lateness.report(10 * kSecond, kSecond);
  lateness.report(2 * kSecond, kSecond);
  EXPECT_TRUE(lateness.is_late(11 * kSecond));
}

TEST(Lateness, WithinWhatSinksTolerateDoesNotCount) {
  Lateness lateness;
  lateness.report(10 * kSecond, Lateness::kTolerated);
  EXPECT_FALSE(lateness.is_late(10 * kSecond));
  lateness.report(10 * kSecond, Lateness::kTolerated + 1);
  EXPECT_TRUE(lateness.is_late(10 * kSecond));
}

TEST(Lateness, IsForgotten) {
  Lateness lateness;
  lateness.report(10 * kSecond, kSecond);
  lateness.forget();
  EXPECT_FALSE(lateness.is_late(0));
}

TEST(Lateness, AReportBeyondAllTimeDoesNotWrapAround) {
  Lateness lateness;
  lateness.report(std::numeric_limits<Time>::max() - 5, kSecond);
  EXPECT_TRUE(lateness.is_late(10 * kSecond));
}

TEST(OnceASecond, SaysSoAtFirstAndAgainAfterASecond) {
  OnceASecond limit;
  EXPECT_TRUE(limit.due(5));
  EXPECT_FALSE(limit.due(5));
  EXPECT_FALSE(limit.due(kSecond + 4));
  EXPECT_TRUE(limit.due(kSecond + 5));
  EXPECT_FALSE(limit.due(2 * kSecond));
}

}  // namespace
}  // namespace videoenhance
