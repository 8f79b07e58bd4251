#include "tools/video-enhance/plan.h"

#include <gtest/gtest.h>

namespace videoenhance {
namespace {

constexpr GstClockTime kFrame = 40 * GST_MSECOND;

Source source_of(std::size_t frames, Ratio rate) {
  Source source;
  source.streams.push_back({"v", nullptr, nullptr});
  for (std::size_t k = 0; k < frames; ++k) source.streams[0].times.push_back(k * kFrame);
  source.rate = rate;
  return source;
}

Options with_fps(const char* text) {
  Options options;
  options.fps = *parse_rate(text);
  return options;
}

TEST(EvenRate, IsTheClaimedOneWhereTimesAreOnlyRounded) {
  EXPECT_EQ(even_rate({0, 33 * GST_MSECOND, 67 * GST_MSECOND, 100 * GST_MSECOND}, {30000, 1001}),
            (Ratio{30000, 1001}));
  EXPECT_EQ(even_rate({5 * kFrame, 6 * kFrame}, {25, 1}), (Ratio{25, 1}));
}

TEST(EvenRate, IsNoneWhereFramesAreUnevenOrMissing) {
  EXPECT_EQ(even_rate({0, kFrame, 3 * kFrame}, {25, 1}), (Ratio{0, 1}));
  EXPECT_EQ(even_rate({0, kFrame / 2, kFrame}, {25, 1}), (Ratio{0, 1}));
  EXPECT_EQ(even_rate({0, kFrame}, {0, 1}), (Ratio{0, 1}));
  EXPECT_EQ(even_rate({}, {25, 1}), (Ratio{0, 1}));
}

TEST(EvenRate, IsTheClaimedOneWhereThereAreNoTimes) {
  EXPECT_EQ(even_rate({GST_CLOCK_TIME_NONE, GST_CLOCK_TIME_NONE}, {25, 1}), (Ratio{25, 1}));
}

TEST(Plan, CutsWhereAWholeNumberOfOutputFramesEnds) {
  const auto plan = make_plan(source_of(1000, {25, 1}), with_fps("59.94"));
  EXPECT_EQ(plan->factor, (Ratio{2400, 1001}));
  EXPECT_EQ(plan->segment % 1001, 0u);
  const auto film = make_plan(source_of(1000, {25, 1}), with_fps("60"));
  EXPECT_EQ(film->segment % 5, 0u);
  EXPECT_EQ(film->frames_out(film->segment) * 5, film->segment * 12);
}

TEST(Plan, PromisesFramesTimesFactor) {
  const auto plan = make_plan(source_of(101, {25, 1}), with_fps("x2.5"));
  EXPECT_EQ(plan->frames_in, 101u);
  EXPECT_EQ(plan->frames_out(101), 253u);
  EXPECT_EQ(plan->rate_out, (Ratio{125, 2}));
}

TEST(Plan, DoesNotCutWhereOnlyTimesTellTheFrames) {
  const auto plan = make_plan(source_of(1000, {0, 1}), with_fps("60"));
  EXPECT_GT(plan->segment, 1000000u);
}

TEST(Plan, CutsAnUnevenSourceThatIsMultiplied) {
  const auto plan = make_plan(source_of(1000, {0, 1}), with_fps("x3"));
  EXPECT_LT(plan->segment, 1000u);
  EXPECT_EQ(plan->rate_out, (Ratio{0, 1}));
}

TEST(Plan, CountsTheFramesOfTheRange) {
  Options options = with_fps("x2");
  options.start = 2 * kFrame;
  options.end = 5 * kFrame;
  EXPECT_EQ(make_plan(source_of(10, {25, 1}), options)->frames_in, 3u);
}

TEST(Plan, OfARangeAfterTheEndIsRefused) {
  Options options = with_fps("x2");
  options.start = 3600 * GST_SECOND;
  EXPECT_EQ(make_plan(source_of(10, {25, 1}), options).error().code, ExitCode::kUsage);
}

TEST(Plan, TimesDoNotDrift) {
  EXPECT_EQ(Plan::time(60000, {60000, 1001}), 1001 * GST_SECOND);
}

}  // namespace
}  // namespace videoenhance
