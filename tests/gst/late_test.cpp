// What is given up when downstream reports lateness.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/gst/rig.h"

namespace videoenhance::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr GstClockTime kFrame = 40 * GST_MSECOND;

GstEvent* late_by(GstClockTimeDiff diff, GstClockTime running_time,
                  GstQOSType type = GST_QOS_TYPE_UNDERFLOW) {
  return gst_event_new_qos(type, 2.0, diff, running_time);
}

struct Policy {
  const char* name;
  std::vector<int> shown;
};

class LatePolicies : public ::testing::TestWithParam<Policy> {};

TEST_P(LatePolicies, DecideAboutFramesThatWouldBeLate) {
  Rig rig(Properties{{"late-policy", GetParam().name}});
  rig.open();
  rig.feed(0, 2);
  rig.upstream(late_by(5 * GST_SECOND, 0));
  rig.feed(2, 4);
  rig.finish();
  EXPECT_EQ(values(rig.frames()), GetParam().shown);
}

INSTANTIATE_TEST_SUITE_P(Table, LatePolicies,
                         ::testing::Values(Policy{"never-drop", {0, 5, 10, 15, 20, 25, 30, 30}},
                                           Policy{"skip-generated", {0, 5, 10, 20, 30, 30}},
                                           Policy{"degrade", {0, 5, 10, 20, 20, 30, 30, 30}}));

// Where few source frames lie on the output's grid, leaving out all that is drawn would leave hardly
// anything.
TEST(Late, EachSourceFrameIsShownAtWhateverRate) {
  for (const auto& [input, output] : {std::pair{"25/1", "60/1"}, {"30/1", "30000/1001"}, {"24/1", "60/1"}}) {
    Rig rig(Properties{{"late-policy", "skip-generated"}, {"snap", "0"}});
    rig.accept(std::string("video/x-raw,framerate=") + output);
    rig.open({.rate = input});
    rig.on_frame = [&rig](const Out& out) { rig.upstream(late_by(GST_SECOND, out.pts)); };
    int rate = 0;
    ASSERT_EQ(sscanf(input, "%d", &rate), 1);
    const GstClockTime interval = GST_SECOND / rate;
    for (int k = 0; k < 20; ++k) rig.push(10 * k, k * interval, interval);
    rig.finish();
    std::vector<int> shown = values(rig.frames());
    shown.erase(std::unique(shown.begin(), shown.end()), shown.end());
    std::vector<int> all;
    for (int k = 0; k < 20; ++k) all.push_back(10 * k);
    EXPECT_EQ(shown, all) << input << " to " << output;
  }
}

TEST(Late, FramesLeftOutAreCountedAndToldInOneQosMessageForManyAtATime) {
  Rig rig(Properties{{"late-policy", "skip-generated"}});
  rig.open();
  rig.upstream(late_by(5 * GST_SECOND, 0));
  rig.feed(0, 8);
  rig.finish();
  EXPECT_EQ(rig.stat("frames-skipped"), 7u);
  const std::vector<BusError> told = rig.qos_messages();
  ASSERT_FALSE(told.empty());
  EXPECT_LT(told.size(), 7u);
  EXPECT_EQ(told[0].message, "1");
}

TEST(Late, ReportsThatAreEarlyOrThrottleChangeNothing) {
  Rig rig(Properties{{"late-policy", "skip-generated"}});
  rig.open();
  rig.upstream(late_by(-static_cast<GstClockTimeDiff>(kFrame), kFrame));
  rig.upstream(late_by(5 * GST_SECOND, 0, GST_QOS_TYPE_THROTTLE));
  rig.feed(0, 3);
  rig.finish();
  EXPECT_THAT(values(rig.frames()), ElementsAre(0, 5, 10, 15, 20, 20));
  EXPECT_THAT(rig.qos_messages(), IsEmpty());
}

TEST(Late, AFlushForgetsTheReport) {
  Rig rig(Properties{{"late-policy", "skip-generated"}});
  rig.open();
  rig.upstream(late_by(5 * GST_SECOND, 0));
  rig.flush();
  rig.segment();
  rig.clear();
  rig.feed(0, 2);
  rig.finish();
  EXPECT_THAT(values(rig.frames()), ElementsAre(0, 5, 10, 10));
}

TEST(Late, TimesAreThoseOfTheRunningStreamAndNotOfTheSegment) {
  Rig rig(Properties{{"late-policy", "skip-generated"}});
  rig.open();
  rig.segment(100 * GST_SECOND);  // running time 100 s at PTS 0
  rig.upstream(late_by(GST_SECOND, 0));
  rig.feed(0, 2);
  rig.finish();
  EXPECT_THAT(values(rig.frames()), ElementsAre(0, 5, 10, 10));
}

TEST(Late, WithinAPairTheFramesAfterAnOmissionAreTheRightOnes) {
  Rig rig(Properties{{"late-policy", "skip-generated"}, {"multiplier", "50/1"}, {"snap", "0"}});
  rig.open({.rate = "1/1"});
  rig.push(0, 0, GST_SECOND);
  // The report comes while the pair's first frame goes out: the next half second and more is left out.
  rig.on_frame = [&rig](const Out& out) {
    if (out.pts == 20 * GST_MSECOND) rig.upstream(late_by(6 * GST_MSECOND, out.pts));
  };
  rig.push(200, GST_SECOND, GST_SECOND);
  const std::vector<int> shown = values(rig.frames());
  ASSERT_THAT(shown, SizeIs(25));
  EXPECT_EQ(shown[1], 4);
  EXPECT_EQ(rig.frames()[2].pts, 540 * GST_MSECOND);
  EXPECT_EQ(shown[2], 108);
}

// ---- a live stream on a machine that is too slow, in virtual time

// Source frames come at 25 per second; drawing a frame takes `cost`, everything else nothing. The sink
// reports after each frame how late it was.
class SlowMachine {
 public:
  explicit SlowMachine(const char* policy) : rig_(Properties{{"late-policy", policy}}) {
    rig_.on_frame = [this](const Out& out) { shown(out); };
    rig_.open();
  }

  void play(int from, int to, GstClockTime cost) {
    cost_ = cost;
    for (int k = from; k < to; ++k) {
      now_ = std::max(now_, k * kFrame);
      rig_.push(k % 2 ? 100 : 0, k * kFrame);
    }
  }

  Rig& rig() { return rig_; }
  GstClockTimeDiff latest() const { return latest_; }
  int sources() const { return sources_; }
  const std::vector<GstClockTime>& drawn() const { return drawn_; }

 private:
  void shown(const Out& out) {
    const bool drawn = out.value == 50;
    if (drawn) now_ += cost_;
    drawn ? drawn_.push_back(out.pts) : void(++sources_);
    const auto late = static_cast<GstClockTimeDiff>(now_) - static_cast<GstClockTimeDiff>(out.pts + kFrame);
    latest_ = std::max(latest_, late);
    rig_.upstream(late_by(std::max(late, -static_cast<GstClockTimeDiff>(out.pts)), out.pts));
  }

  Rig rig_;
  GstClockTime now_ = 0;
  GstClockTime cost_ = 0;
  GstClockTimeDiff latest_ = 0;
  int sources_ = 0;
  std::vector<GstClockTime> drawn_;
};

constexpr GstClockTime kTwiceTooSlow = 2 * kFrame;

TEST(SlowMachine, FallsBehindForGoodWhereNothingMayBeDropped) {
  SlowMachine machine("never-drop");
  machine.play(0, 500, kTwiceTooSlow);
  EXPECT_GT(machine.latest(), static_cast<GstClockTimeDiff>(15 * GST_SECOND));
}

TEST(SlowMachine, KeepsItsLatencyAndEverySourceFrameWhereDrawnOnesMayBeSkipped) {
  SlowMachine machine("skip-generated");
  machine.play(0, 500, kTwiceTooSlow);
  EXPECT_LT(machine.latest(), static_cast<GstClockTimeDiff>(kTwiceTooSlow));
  EXPECT_EQ(machine.sources(), 499);  // the last one is held
  EXPECT_GT(machine.drawn().size(), 20u);
  EXPECT_EQ(machine.drawn().size() + machine.rig().stat("frames-skipped"), 499u);
}

TEST(SlowMachine, RestsBetweenTwoAttempts) {
  SlowMachine machine("skip-generated");
  machine.play(0, 500, kTwiceTooSlow);
  const auto& drawn = machine.drawn();
  for (std::size_t k = 0; k + 1 < drawn.size(); ++k)
    EXPECT_GE(drawn[k + 1] - drawn[k], 500 * GST_MSECOND) << k;
}

TEST(SlowMachine, DrawsEverythingAgainWithinTwoSecondsOnceTheLoadIsGone) {
  SlowMachine machine("skip-generated");
  machine.play(0, 250, kTwiceTooSlow);
  machine.play(250, 300, kFrame / 4);
  const std::uint64_t skipped = machine.rig().stat("frames-skipped");
  machine.play(300, 400, kFrame / 4);
  EXPECT_EQ(machine.rig().stat("frames-skipped"), skipped);
}

TEST(SlowMachine, KeepsTheFrameRateWhereQualityMayBeGivenUp) {
  SlowMachine machine("degrade");
  machine.play(0, 500, kTwiceTooSlow);
  EXPECT_LT(machine.latest(), static_cast<GstClockTimeDiff>(kTwiceTooSlow));
  EXPECT_THAT(machine.rig().frames(), SizeIs(2 * 499));
}

}  // namespace
}  // namespace videoenhance::testing
