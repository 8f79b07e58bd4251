// How many frames come out, when, and what they show.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/gst/rig.h"

namespace videoenhance::testing {
namespace {

using ::testing::ElementsAre;

constexpr GstClockTime kFrame = 40 * GST_MSECOND;

struct RateCase {
  const char* input;
  const char* multiplier;
  int in;
  int out;
  int out_numerator;
  int out_denominator;
};

class Rates : public ::testing::TestWithParam<RateCase> {};

TEST_P(Rates, GiveTheExactCountAndTimesAndKeepTheDuration) {
  const RateCase& c = GetParam();
  Rig rig(Properties{{"multiplier", c.multiplier}});
  rig.open({.rate = c.input});
  int n = 0, d = 1;
  ASSERT_EQ(sscanf(c.input, "%d/%d", &n, &d), 2);
  const auto at = [&](int k) { return gst_util_uint64_scale(k, GST_SECOND * d, n); };
  for (int k = 0; k < c.in; ++k) ASSERT_EQ(rig.push(k, at(k), at(k + 1) - at(k)), GST_FLOW_OK);
  rig.finish();
  const std::vector<Out> frames = rig.frames();
  ASSERT_EQ(frames.size(), static_cast<std::size_t>(c.out));
  GstClockTime total = 0;
  for (int k = 0; k < c.out; ++k) {
    EXPECT_EQ(frames[k].pts, gst_util_uint64_scale(k, GST_SECOND * c.out_denominator, c.out_numerator));
    EXPECT_EQ(frames[k].offset, static_cast<guint64>(k));
    EXPECT_FALSE(GST_BUFFER_DTS_IS_VALID(frames[k].buffer));
    total += frames[k].duration;
  }
  EXPECT_EQ(total, at(c.in));
}

INSTANTIATE_TEST_SUITE_P(
    Table, Rates,
    ::testing::Values(RateCase{"25/1", "2/1", 5, 10, 50, 1}, RateCase{"25/1", "1/1", 5, 5, 25, 1},
                      RateCase{"24000/1001", "5/2", 4, 10, 60000, 1001}, RateCase{"30/1", "1/2", 8, 4, 15, 1},
                      RateCase{"30000/1001", "3/1", 4, 12, 90000, 1001}, RateCase{"25/1", "7/5", 5, 7, 35, 1},
                      RateCase{"25/1", "2/1", 1, 2, 50, 1}, RateCase{"1/1", "100/1", 2, 200, 100, 1}));

// ---- long streams

struct LongCase {
  const char* input;  // variable: times that jitter
  const char* output;
};

class LongStreams : public ::testing::TestWithParam<LongCase> {};

// Over 10 000 frames every time is the exact fraction, rounded once, and the duration is kept.
TEST_P(LongStreams, NeverDrift) {
  constexpr std::uint64_t kFrames = 10'000;
  Rig rig;
  rig.accept(std::string("video/x-raw,framerate=") + GetParam().output);
  rig.open({.rate = GetParam().input});
  int in_n = 0, in_d = 1, n = 0, d = 1;
  ASSERT_EQ(sscanf(GetParam().input, "%d/%d", &in_n, &in_d), 2);
  ASSERT_EQ(sscanf(GetParam().output, "%d/%d", &n, &d), 2);
  const auto start = [&](std::uint64_t k) -> GstClockTime {
    if (in_n > 0) return gst_util_uint64_scale(k, GST_SECOND * in_d, in_n);
    return k * 37'000'003 + k * k % 29 * GST_MSECOND;
  };
  std::uint64_t out = 0;
  GstClockTime end = 0;
  rig.on_frame = [&](const Out& frame) {
    ASSERT_EQ(frame.pts, gst_util_uint64_scale(out, GST_SECOND * d, n)) << out;
    ASSERT_EQ(frame.pts, end) << out;
    end = frame.pts + frame.duration;
    ++out;
  };
  for (std::uint64_t k = 0; k < kFrames; ++k) {
    ASSERT_EQ(rig.push(static_cast<int>(k % 200), start(k), start(k + 1) - start(k)), GST_FLOW_OK);
    rig.clear();
  }
  rig.finish();
  EXPECT_EQ(end, start(kFrames));
  EXPECT_NEAR(static_cast<double>(out), static_cast<double>(end) * n / d / GST_SECOND, 1);
}

INSTANTIATE_TEST_SUITE_P(Table, LongStreams,
                         ::testing::Values(LongCase{"24000/1001", "60/1"}, LongCase{"25/1", "60/1"},
                                           LongCase{"30000/1001", "50/1"}, LongCase{"0/1", "60/1"}));

// ---- where frames come from

TEST(Timing, AnEmptyStreamGivesOnlyItsEnd) {
  Rig rig;
  rig.event(gst_event_new_stream_start("empty"));
  rig.finish();
  EXPECT_EQ(rig.order(), "stream-start eos");
  EXPECT_TRUE(rig.errors().empty());
}

TEST(Timing, DrawnFramesLieBetweenTheirNeighboursAndTheLastIsHeld) {
  Rig rig(Properties{{"multiplier", "4/1"}});
  rig.open();
  rig.push(0, 0);
  rig.push(100, kFrame);
  rig.finish();
  EXPECT_THAT(values(rig.frames()), ElementsAre(0, 25, 50, 75, 100, 100, 100, 100));
}

TEST(Timing, AFrameWithoutDurationTakesTheRateOfTheCaps) {
  Rig rig;
  rig.open();
  rig.push(1, 0, GST_CLOCK_TIME_NONE);
  rig.finish();
  EXPECT_THAT(times(rig.frames()), ElementsAre(0, 20 * GST_MSECOND));
  EXPECT_EQ(rig.frames()[1].duration, 20 * GST_MSECOND);
}

TEST(Timing, AVariableRateStaysVariableAndFollowsTheRealTimes) {
  Rig rig;
  rig.open({.rate = "0/1"});
  rig.push(0, 0, 40 * GST_MSECOND);
  rig.push(10, 40 * GST_MSECOND, 60 * GST_MSECOND);
  rig.push(20, 100 * GST_MSECOND, 20 * GST_MSECOND);
  rig.finish();
  EXPECT_THAT(times(rig.frames()), ElementsAre(0, 20 * GST_MSECOND, 40 * GST_MSECOND, 70 * GST_MSECOND,
                                               100 * GST_MSECOND, 110 * GST_MSECOND));
}

TEST(Timing, AtAVariableRateTheLastFrameWithoutDurationTakesThePreviousInterval) {
  Rig rig;
  rig.open({.rate = "0/1"});
  rig.push(0, 0, GST_CLOCK_TIME_NONE);
  rig.push(10, 60 * GST_MSECOND, GST_CLOCK_TIME_NONE);
  rig.finish();
  const Out last = rig.frames().back();
  EXPECT_EQ(last.pts + last.duration, 120 * GST_MSECOND);
}

TEST(Timing, AtAVariableRateALoneFrameWithoutDurationLastsFortyMilliseconds) {
  Rig rig;
  rig.open({.rate = "0/1"});
  rig.push(0, 0, GST_CLOCK_TIME_NONE);
  rig.finish();
  const Out last = rig.frames().back();
  EXPECT_EQ(last.pts + last.duration, 40 * GST_MSECOND);
}

TEST(Timing, AtAVariableRateANewMultiplierLosesNoFrame) {
  Rig rig;
  rig.open({.rate = "0/1"});
  rig.feed(0, 2);
  gst_util_set_object_arg(G_OBJECT(rig.element()), "multiplier", "3/1");
  rig.feed(2, 4);
  rig.finish();
  EXPECT_THAT(values(rig.frames()), ElementsAre(0, 5, 10, 10, 20, 23, 27, 30, 30, 30));
}

TEST(Timing, AThousandFramesOfOnePairRiseToTheNext) {
  Rig rig(Properties{{"snap", "0"}});
  rig.accept("video/x-raw,framerate=1000/1");
  rig.open({.rate = "1/1"});
  const std::uint64_t pushes = fake_counts().pushes;
  rig.push(0, 0, GST_SECOND);
  rig.push(200, GST_SECOND, GST_MSECOND);
  rig.finish();
  const std::vector<Out> frames = rig.frames();
  ASSERT_EQ(frames.size(), 1001u);
  for (int k = 0; k <= 1000; ++k) EXPECT_NEAR(frames[k].value, 0.2 * k, 0.6) << k;
  EXPECT_GT(fake_counts().pushes - pushes, 2u);  // not all are asked for at once
  EXPECT_TRUE(rig.errors().empty());
}

TEST(Timing, APhaseWithinSnapShowsTheSourceFrame) {
  for (const auto& [snap, second] : {std::pair{"0.05", 100}, std::pair{"0", 104}}) {
    Rig rig(Properties{{"snap", snap}});
    rig.accept("video/x-raw,framerate=24/1");
    rig.open();
    rig.push(0, 0);
    rig.push(100, kFrame);
    rig.push(200, 2 * kFrame);
    rig.finish();
    EXPECT_EQ(values(rig.frames())[1], second) << "snap " << snap;
  }
}

TEST(Timing, APartStartsAtItsOwnFirstFrame) {
  Rig rig;
  rig.open();
  rig.push(0, GST_SECOND + 7);
  rig.finish();
  EXPECT_THAT(times(rig.frames()), ElementsAre(GST_SECOND + 7, GST_SECOND + 7 + 20 * GST_MSECOND));
}

// ---- bad times

TEST(BadTimes, AFrameWithoutTimestampIsOneErrorAfterTheHeldFrameWentOut) {
  Rig rig;
  rig.open();
  rig.feed(0, 2);
  EXPECT_EQ(rig.push(20, GST_CLOCK_TIME_NONE), GST_FLOW_ERROR);
  EXPECT_THAT(values(rig.frames()), ElementsAre(0, 5, 10, 10));
  const std::vector<BusError> errors = rig.errors();
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors[0].domain, GST_STREAM_ERROR);
  EXPECT_EQ(errors[0].code, GST_STREAM_ERROR_FAILED);
}

TEST(BadTimes, AJumpAheadBeginsANewPart) {
  Rig rig;
  rig.open();
  rig.feed(0, 2);
  rig.push(20, 100 * GST_SECOND);
  rig.finish();
  EXPECT_THAT(values(rig.frames()), ElementsAre(0, 5, 10, 10, 20, 20));
  EXPECT_EQ(rig.frames()[4].pts, 100 * GST_SECOND);
  EXPECT_TRUE(rig.frames()[4].discont);
}

TEST(BadTimes, AStepBackBeginsANewPart) {
  Rig rig;
  rig.open();
  rig.push(0, GST_SECOND);
  rig.push(50, 0);
  rig.finish();
  EXPECT_THAT(values(rig.frames()), ElementsAre(0, 0, 50, 50));
}

TEST(BadTimes, TwoFramesAtOneTimeDoNotBreakTheOrder) {
  Rig rig;
  rig.open();
  rig.push(0, 0);
  rig.push(10, kFrame);
  rig.push(20, kFrame);
  rig.push(30, 2 * kFrame);
  rig.finish();
  const std::vector<GstClockTime> found = times(rig.frames());
  EXPECT_TRUE(std::is_sorted(found.begin(), found.end()));
  EXPECT_EQ(found.size(), 6u);
  EXPECT_TRUE(rig.errors().empty());
}

TEST(BadTimes, JitterMovesNoOutput) {
  Rig rig;
  rig.open();
  rig.push(0, 0);
  rig.push(10, 43 * GST_MSECOND);
  rig.push(20, 78 * GST_MSECOND);
  rig.finish();
  EXPECT_THAT(times(rig.frames()), ElementsAre(0, 20 * GST_MSECOND, 40 * GST_MSECOND, 60 * GST_MSECOND,
                                               80 * GST_MSECOND, 100 * GST_MSECOND));
}

TEST(BadTimes, BackwardsPlaybackPassesSourceFramesAndDrawsNone) {
  Rig rig;
  rig.event(gst_event_new_stream_start("rig"));
  rig.set_caps({});
  rig.segment(0, -1.0);
  for (int k = 3; k >= 0; --k) EXPECT_EQ(rig.push(k, k * kFrame), GST_FLOW_OK);
  rig.finish();
  EXPECT_THAT(values(rig.frames()), ElementsAre(3, 2, 1, 0));
  EXPECT_THAT(times(rig.frames()), ElementsAre(3 * kFrame, 2 * kFrame, kFrame, 0));
}

}  // namespace
}  // namespace videoenhance::testing
