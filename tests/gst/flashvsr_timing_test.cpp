// flashvsr: how many frames come out, when, and with which times.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/gst/rig.h"

namespace videoenhance::testing {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;

constexpr GstClockTime kFrame = 40 * GST_MSECOND;

std::vector<int> numbers(int from, int to) {
  std::vector<int> result;
  for (int k = from; k < to; ++k) result.push_back(k);
  return result;
}

// Frames with their number as value.
GstFlowReturn feed(Rig& rig, int from, int to) {
  GstFlowReturn flow = GST_FLOW_OK;
  for (int k = from; k < to && flow == GST_FLOW_OK; ++k) flow = rig.push(k, k * kFrame);
  return flow;
}

class Counts : public ::testing::TestWithParam<std::pair<const char*, int>> {};

TEST_P(Counts, EveryFrameComesOutOnceInOrderWithItsOwnTimes) {
  const auto& [start, count] = GetParam();
  UpscaleRig rig(Properties{{"start", start}});
  rig.open({.rate = "30000/1001"});
  const auto at = [](int k) { return gst_util_uint64_scale(k, GST_SECOND * 1001, 30000); };
  for (int k = 0; k < count; ++k) {
    BufferPtr frame = rig.frame(k, at(k), at(k + 1) - at(k));
    GST_BUFFER_DTS(frame.get()) = at(k);
    ASSERT_EQ(rig.push(std::move(frame)), GST_FLOW_OK);
  }
  rig.finish();
  const std::vector<Out> frames = rig.frames();
  ASSERT_THAT(values(frames), ElementsAreArray(numbers(0, count)));
  for (int k = 0; k < count; ++k) {
    EXPECT_EQ(frames[k].pts, at(k));
    EXPECT_EQ(frames[k].duration, at(k + 1) - at(k));
    EXPECT_FALSE(GST_BUFFER_DTS_IS_VALID(frames[k].buffer));
    EXPECT_EQ(frames[k].width, 64);
    EXPECT_EQ(frames[k].height, 64);
  }
}

INSTANTIATE_TEST_SUITE_P(Table, Counts,
                         ::testing::Values(std::pair{"primed", 1}, std::pair{"primed", 2},
                                           std::pair{"primed", 8}, std::pair{"primed", 9},
                                           std::pair{"primed", 17}, std::pair{"primed", 33},
                                           std::pair{"primed", 40}, std::pair{"reference", 1},
                                           std::pair{"reference", 24}, std::pair{"reference", 25},
                                           std::pair{"reference", 41}));

TEST(Schedule, NoFrameLiesFurtherBackThanTheDelay) {
  for (const auto& [start, delay] : {std::pair{"primed", 11}, std::pair{"reference", 24}}) {
    UpscaleRig rig(Properties{{"start", start}});
    rig.open();
    int most = 0;
    for (int k = 0; k < 60; ++k) {
      feed(rig, k, k + 1);
      most = std::max(most, k + 1 - static_cast<int>(rig.frames().size()));
    }
    EXPECT_EQ(most, delay) << start;
  }
}

TEST(Timing, AnEmptyStreamGivesOnlyItsEnd) {
  UpscaleRig rig;
  rig.event(gst_event_new_stream_start("empty"));
  rig.finish();
  EXPECT_EQ(rig.order(), "stream-start eos");
  EXPECT_TRUE(rig.errors().empty());
}

TEST(Timing, OffsetsAreTheInputs) {
  UpscaleRig rig;
  rig.open();
  for (int k = 0; k < 3; ++k) {
    BufferPtr frame = rig.frame(k, k * kFrame);
    GST_BUFFER_OFFSET(frame.get()) = 1000 + 3 * k;
    GST_BUFFER_OFFSET_END(frame.get()) = 1001 + 3 * k;
    rig.push(std::move(frame));
  }
  rig.finish();
  const std::vector<Out> frames = rig.frames();
  ASSERT_EQ(frames.size(), 3u);
  for (int k = 0; k < 3; ++k) {
    EXPECT_EQ(frames[k].offset, 1000u + 3 * k);
    EXPECT_EQ(GST_BUFFER_OFFSET_END(frames[k].buffer), 1001u + 3 * k);
  }
}

TEST(Timing, AVariableRateIsCarried) {
  UpscaleRig rig;
  rig.open({.rate = "0/1"});
  rig.push(0, 0, 7 * GST_MSECOND);
  rig.push(1, 7 * GST_MSECOND, 60 * GST_MSECOND);
  rig.push(2, 67 * GST_MSECOND, 1);
  rig.finish();
  EXPECT_THAT(times(rig.frames()), ElementsAre(0, 7 * GST_MSECOND, 67 * GST_MSECOND));
  EXPECT_EQ(rig.frames()[2].duration, 1u);
}

// ---- bad times

TEST(BadTimes, FramesWithoutTimesPassInNumberAndOrder) {
  UpscaleRig rig;
  rig.open();
  for (int k = 0; k < 12; ++k) {
    ASSERT_EQ(rig.push(k, GST_CLOCK_TIME_NONE, GST_CLOCK_TIME_NONE), GST_FLOW_OK);
  }
  rig.finish();
  EXPECT_THAT(values(rig.frames()), ElementsAreArray(numbers(0, 12)));
  EXPECT_THAT(times(rig.frames()), Each(GST_CLOCK_TIME_NONE));
  EXPECT_EQ(rig.frames()[3].duration, GST_CLOCK_TIME_NONE);
  EXPECT_TRUE(rig.errors().empty());
}

TEST(BadTimes, AMissingTimeAmongOthersBreaksNothing) {
  UpscaleRig rig;
  rig.open();
  feed(rig, 0, 3);
  rig.push(3, GST_CLOCK_TIME_NONE);
  feed(rig, 4, 6);
  EXPECT_TRUE(rig.frames().empty());  // still one part
  rig.finish();
  EXPECT_THAT(values(rig.frames()), ElementsAreArray(numbers(0, 6)));
}

TEST(BadTimes, AMissingDurationStaysMissing) {
  UpscaleRig rig;
  rig.open();
  rig.push(0, 0, GST_CLOCK_TIME_NONE);
  rig.push(1, kFrame, GST_CLOCK_TIME_NONE);
  rig.finish();
  for (const Out& frame : rig.frames()) EXPECT_EQ(frame.duration, GST_CLOCK_TIME_NONE);
}

TEST(BadTimes, JitterAndOverlapAreCarriedAndBreakNothing) {
  UpscaleRig rig;
  rig.open();
  const std::vector<GstClockTime> jitter = {0, 47, 79, 79, 160, 203};
  for (std::size_t k = 0; k < jitter.size(); ++k) {
    rig.push(static_cast<int>(k), jitter[k] * GST_MSECOND, 90 * GST_MSECOND);
  }
  EXPECT_TRUE(rig.frames().empty());  // still one part
  rig.finish();
  std::vector<GstClockTime> wanted;
  for (GstClockTime time : jitter) wanted.push_back(time * GST_MSECOND);
  EXPECT_THAT(times(rig.frames()), ElementsAreArray(wanted));
}

TEST(BadTimes, AJumpAheadBeginsANewPart) {
  UpscaleRig rig;
  rig.open();
  feed(rig, 0, 3);
  rig.push(3, 100 * GST_SECOND);
  EXPECT_THAT(values(rig.frames()), ElementsAre(0, 1, 2));
  rig.finish();
  EXPECT_EQ(rig.frames()[3].pts, 100 * GST_SECOND);
  EXPECT_TRUE(rig.frames()[3].discont);
}

TEST(BadTimes, AStepBackBeginsANewPart) {
  UpscaleRig rig;
  rig.open();
  rig.push(0, GST_SECOND);
  rig.push(1, 0);
  EXPECT_THAT(values(rig.frames()), ElementsAre(0));
  rig.push(2, kFrame);
  rig.finish();
  EXPECT_THAT(values(rig.frames()), ElementsAre(0, 1, 2));
  EXPECT_THAT(times(rig.frames()), ElementsAre(GST_SECOND, 0, kFrame));
}

TEST(BadTimes, AfterAJumpTheNextJumpIsSeenToo) {
  UpscaleRig rig;
  rig.open();
  for (int k = 0; k < 3; ++k) rig.push(k, k * 100 * GST_SECOND);
  EXPECT_THAT(values(rig.frames()), ElementsAre(0, 1));
}

TEST(BadTimes, ASlowRateIsNoJump) {
  UpscaleRig rig;
  rig.open({.rate = "1/5"});
  for (int k = 0; k < 4; ++k) rig.push(k, k * 5 * GST_SECOND, GST_CLOCK_TIME_NONE);
  EXPECT_TRUE(rig.frames().empty());  // one part: all are held
}

TEST(BadTimes, BackwardsEveryFrameComesOutAsItCame) {
  UpscaleRig rig;
  rig.event(gst_event_new_stream_start("rig"));
  rig.set_caps({});
  rig.segment(0, -1.0);
  for (int k = 12; k >= 0; --k) EXPECT_EQ(rig.push(k, k * kFrame), GST_FLOW_OK);
  EXPECT_EQ(rig.frames().size(), 5u);  // one part
  rig.finish();
  const std::vector<Out> frames = rig.frames();
  ASSERT_EQ(frames.size(), 13u);
  for (int k = 0; k < 13; ++k) {
    EXPECT_EQ(frames[k].value, 12 - k);
    EXPECT_EQ(frames[k].pts, (12 - k) * kFrame);
  }
}

}  // namespace
}  // namespace videoenhance::testing
