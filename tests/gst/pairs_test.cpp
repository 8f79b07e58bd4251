// Between which frames nothing is drawn, and what is shown there instead.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/gst/rig.h"

namespace videoenhance::testing {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr GstClockTime kFrame = 40 * GST_MSECOND;

// ---- cuts: dark frames, then bright ones

void feed_cut(Rig& rig) {
  for (int k = 0; k < 6; ++k) rig.push(k < 3 ? 20 : 220, k * kFrame);
  rig.finish();
}

GstEvent* scene_mark() {
  return gst_video_event_new_downstream_force_key_unit(GST_CLOCK_TIME_NONE, GST_CLOCK_TIME_NONE,
                                                       GST_CLOCK_TIME_NONE, FALSE, 1);
}

struct CutCase {
  const char* action;
  std::vector<int> shown;  // from the last dark frame to the first bright one, at five times the rate
};

class Cuts : public ::testing::TestWithParam<CutCase> {};

TEST_P(Cuts, AreBridgedAsAskedAndKeepCountAndTimes) {
  Rig rig(Properties{{"scene-change", "detect"}, {"scene-action", GetParam().action}, {"multiplier", "5/1"}});
  rig.open();
  feed_cut(rig);
  const std::vector<int> shown = values(rig.frames());
  ASSERT_THAT(shown, SizeIs(30));
  EXPECT_EQ(std::vector<int>(shown.begin() + 10, shown.begin() + 16), GetParam().shown);
  for (int k = 0; k < 30; ++k) EXPECT_EQ(rig.frames()[k].pts, k * 8 * GST_MSECOND);
}

INSTANTIATE_TEST_SUITE_P(Table, Cuts,
                         ::testing::Values(CutCase{"hold", {20, 20, 20, 20, 20, 220}},
                                           CutCase{"nearest", {20, 20, 20, 220, 220, 220}},
                                           CutCase{"blend", {20, 60, 100, 140, 180, 220}}));

TEST(Cuts, AreDrawnAcrossWhereNobodyLooksForThem) {
  for (const char* source : {"off", "mark"}) {
    Rig rig(Properties{{"scene-change", source}});
    rig.open();
    feed_cut(rig);
    EXPECT_EQ(values(rig.frames())[5], 120) << source;
  }
}

TEST(Cuts, AreFoundByDefault) {
  GstElement* element = gst_element_factory_make("frameinterpolate", nullptr);
  Value source;
  g_object_get_property(G_OBJECT(element), "scene-change", source.get());
  EXPECT_STREQ(g_enum_get_value(G_ENUM_CLASS(g_type_class_peek(G_VALUE_TYPE(source.get()))),
                                g_value_get_enum(source.get()))
                   ->value_nick,
               "both");
  gst_object_unref(gst_object_ref_sink(element));
}

TEST(Cuts, NeedADifferenceAboveTheThreshold) {
  for (const auto& [threshold, between] : {std::pair{"0.9", 120}, {"0.5", 20}}) {
    Rig rig(Properties{{"scene-change", "both"}, {"scene-threshold", threshold}});
    rig.open();
    feed_cut(rig);
    EXPECT_EQ(values(rig.frames())[5], between) << threshold;
  }
}

TEST(Cuts, ThatUpstreamMarksAreHonouredWhereAsked) {
  for (const auto& [source, between] : {std::pair{"mark", 10}, {"both", 10}, {"detect", 15}, {"off", 15}}) {
    Rig rig(Properties{{"scene-change", source}});
    rig.open();
    rig.feed(0, 2);
    rig.event(scene_mark());
    rig.feed(2, 4);
    rig.finish();
    EXPECT_THAT(values(rig.frames()), ElementsAre(0, 5, 10, between, 20, 25, 30, 30)) << source;
  }
}

TEST(Cuts, AMarkGoesOnDownstreamInItsPlace) {
  Rig rig(Properties{{"scene-change", "mark"}});
  rig.open();
  rig.feed(0, 2);
  rig.event(scene_mark());
  rig.feed(2, 3);
  rig.finish();
  EXPECT_EQ(rig.order(), "stream-start caps segment 3 custom-downstream 3 eos");
}

TEST(Cuts, AMarkForALaterTimeWaitsForItsFrame) {
  Rig rig(Properties{{"scene-change", "mark"}});
  rig.open();
  rig.feed(0, 1);
  rig.event(gst_video_event_new_downstream_force_key_unit(2 * kFrame, 2 * kFrame, 2 * kFrame, FALSE, 1));
  rig.feed(1, 4);
  rig.finish();
  EXPECT_THAT(values(rig.frames()), ElementsAre(0, 5, 10, 10, 20, 25, 30, 30));
}

TEST(Cuts, AMarkThatIsNotSerializedWithTheFramesIsNone) {
  Rig rig(Properties{{"scene-change", "mark"}});
  rig.open();
  rig.feed(0, 2);
  GstEvent* const mark = scene_mark();
  const GstStructure* const words = gst_event_get_structure(mark);
  rig.event(gst_event_new_custom(GST_EVENT_CUSTOM_DOWNSTREAM_OOB, gst_structure_copy(words)));
  gst_event_unref(mark);
  rig.feed(2, 3);
  rig.finish();
  EXPECT_THAT(values(rig.frames()), ElementsAre(0, 5, 10, 15, 20, 20));
}

TEST(Cuts, AMarkBeforeTheFirstFrameOfAPartDoesNoHarm) {
  Rig rig(Properties{{"scene-change", "mark"}});
  rig.open();
  rig.event(scene_mark());
  rig.feed(0, 3);
  rig.finish();
  EXPECT_THAT(values(rig.frames()), ElementsAre(0, 5, 10, 15, 20, 20));
}

TEST(Cuts, AFlushForgetsTheSceneBefore) {
  Rig rig(Properties{{"scene-change", "detect"}});
  rig.open();
  rig.push(20, 0);
  rig.push(20, kFrame);
  rig.flush();
  rig.segment();
  rig.clear();
  rig.push(220, 2 * kFrame);
  rig.push(210, 3 * kFrame);
  rig.finish();
  EXPECT_THAT(values(rig.frames()), ElementsAre(220, 215, 210, 210));
  EXPECT_EQ(rig.stat("scene-changes"), 0u);
}

TEST(Cuts, ABlendOfAFrameThatDoesNotFitItsCapsIsOneErrorAfterAllSourceFrames) {
  Rig rig(Properties{{"scene-change", "mark"}, {"scene-action", "blend"}});
  rig.open();
  rig.feed(0, 2);
  rig.event(scene_mark());
  BufferPtr wrong = rig.frame(20, 2 * kFrame);
  gst_buffer_resize(wrong.get(), 0, 10);
  EXPECT_EQ(rig.push(std::move(wrong)), GST_FLOW_ERROR);
  EXPECT_THAT(rig.errors(), SizeIs(1));
  EXPECT_THAT(times(rig.frames()), ElementsAre(0, 20 * GST_MSECOND, kFrame, 2 * kFrame, 100 * GST_MSECOND));
}

// ---- gaps

TEST(Gaps, LongerThanAllowedAreHeld) {
  Rig rig(Properties{{"max-gap", "50000000"}});
  rig.open({.rate = "0/1"});
  rig.push(0, 0, kFrame);
  rig.push(10, kFrame, 60 * GST_MSECOND);
  rig.push(20, 100 * GST_MSECOND, kFrame);
  rig.finish();
  EXPECT_THAT(values(rig.frames()), ElementsAre(0, 5, 10, 10, 20, 20));
  EXPECT_EQ(rig.stat("gaps"), 1u);
  EXPECT_THAT(rig.element_messages(), SizeIs(1));
}

TEST(Gaps, InAStreamThatIsSlowByItselfAreLongerThanTwoOfItsIntervals) {
  Rig rig;
  rig.open({.rate = "1/2"});
  rig.push(0, 0, 2 * GST_SECOND);
  rig.push(10, 2 * GST_SECOND, 4 * GST_SECOND);
  rig.push(20, 6 * GST_SECOND, 4 * GST_SECOND);
  rig.push(30, 10 * GST_SECOND + 1, 2 * GST_SECOND);
  const std::vector<int> shown = values(rig.frames());
  EXPECT_THAT(shown, ElementsAre(0, 5, 10, 13, 15, 18, 20, 20, 20, 20, 30));
  EXPECT_EQ(rig.stat("gaps"), 1u);
}

TEST(Gaps, OfExactlyTheLengthAreDrawn) {
  Rig rig(Properties{{"max-gap", "40000000"}});
  rig.open({.rate = "0/1"});
  rig.feed(0, 2);
  rig.finish();
  EXPECT_THAT(values(rig.frames()), ElementsAre(0, 5, 10, 10));
}

TEST(Gaps, AreDrawnWithoutLimitWhereItIsZero) {
  Rig rig(Properties{{"max-gap", "0"}});
  rig.open({.rate = "0/1"});
  rig.push(0, 0, 100 * GST_SECOND);
  rig.push(10, 100 * GST_SECOND, GST_SECOND);
  rig.finish();
  EXPECT_EQ(values(rig.frames())[1], 5);
}

// ---- still pictures

TEST(StillPictures, AreHeldWithoutDrawing) {
  Rig rig;
  const std::uint64_t pops = fake_counts().pops;
  rig.open();
  for (int k = 0; k < 3; ++k) rig.push(50, k * kFrame);
  rig.push(70, 3 * kFrame);
  rig.finish();
  EXPECT_THAT(values(rig.frames()), ElementsAre(50, 50, 50, 50, 50, 60, 70, 70));
  EXPECT_EQ(fake_counts().pops, pops + 1);
}

// ---- pairs that the user lists

TEST(ListedPairs, AreSkippedOrTheOnlyOnesDrawn) {
  for (const auto& [mode, expected] : {std::pair{"skip", std::vector{0, 5, 10, 10, 20, 25, 30, 30}},
                                       {"keep", std::vector{0, 0, 10, 15, 20, 20, 30, 30}}}) {
    Rig rig(Properties{{"skip-pairs", " 1, 7"}, {"skip-mode", mode}});
    rig.open();
    rig.feed(0, 4);
    rig.finish();
    EXPECT_EQ(values(rig.frames()), expected) << mode;
  }
}

TEST(ListedPairs, AreCountedFromTheLastFlushOn) {
  Rig rig(Properties{{"skip-pairs", "0"}});
  rig.open();
  rig.feed(0, 3);
  rig.flush();
  rig.segment();
  rig.clear();
  rig.feed(3, 5);
  rig.finish();
  EXPECT_THAT(values(rig.frames()), ElementsAre(30, 30, 40, 40));
}

TEST(ListedPairs, GoOnCountingOverABreak) {
  Rig rig(Properties{{"skip-pairs", "2"}});
  rig.open();
  rig.feed(0, 2);
  rig.event(gst_event_new_gap(2 * kFrame, kFrame));
  rig.clear();
  rig.push(30, 3 * kFrame);
  rig.push(40, 4 * kFrame);
  rig.push(50, 5 * kFrame);
  rig.finish();
  EXPECT_THAT(values(rig.frames()), ElementsAre(30, 30, 40, 45, 50, 50));
}

TEST(ListedPairs, ATextThatIsNoListKeepsTheOldOneAndSaysSo) {
  Rig rig(Properties{{"skip-pairs", "1"}});
  for (const char* text : {"1,", "one", "-1", "1;2", "1.5", "99999999999999999999", ","}) {
    g_object_set(rig.element(), "skip-pairs", text, nullptr);
    EXPECT_THAT(rig.warnings(), SizeIs(1)) << text;
    gchar* kept = nullptr;
    g_object_get(rig.element(), "skip-pairs", &kept, nullptr);
    EXPECT_STREQ(kept, "1") << text;
    g_free(kept);
  }
}

TEST(ListedPairs, NullIsAnEmptyList) {
  Rig rig(Properties{{"skip-pairs", "0"}});
  g_object_set(rig.element(), "skip-pairs", nullptr, nullptr);
  rig.open();
  rig.feed(0, 2);
  rig.finish();
  EXPECT_THAT(values(rig.frames()), ElementsAre(0, 5, 10, 10));
  EXPECT_THAT(rig.warnings(), IsEmpty());
}

// ---- what is told

TEST(Occurrences, AreAllCountedAndToldOnceForManyAtATime) {
  Rig rig(Properties{{"skip-pairs", "0,1,2,3"}});
  rig.open();
  rig.feed(0, 6);
  rig.finish();
  EXPECT_EQ(rig.stat("pairs-skipped"), 4u);
  const std::vector<BusError> told = rig.element_messages();
  ASSERT_FALSE(told.empty());
  EXPECT_LT(told.size(), 4u);
  EXPECT_EQ(told[0].message, "frameinterpolate-skipped-pair");
}

TEST(Occurrences, OfEachKindHaveTheirOwnCountAndMessage) {
  Rig rig(Properties{{"skip-pairs", "0"}, {"scene-change", "mark"}, {"max-gap", "40000000"}});
  rig.open();
  rig.feed(0, 2);
  rig.event(scene_mark());
  rig.feed(2, 3);
  rig.push(30, 4 * kFrame + 1);
  rig.finish();
  EXPECT_EQ(rig.stat("pairs-skipped"), 1u);
  EXPECT_EQ(rig.stat("scene-changes"), 1u);
  EXPECT_EQ(rig.stat("gaps"), 1u);
  EXPECT_EQ(rig.stat("repeats-retimed"), 0u);
  EXPECT_THAT(rig.element_messages(), SizeIs(3));
}

TEST(Occurrences, CountsBeginAnewWithEachStartAndNotWithAFlush) {
  Rig rig(Properties{{"skip-pairs", "0"}});
  rig.open();
  rig.feed(0, 2);
  rig.flush();
  EXPECT_EQ(rig.stat("pairs-skipped"), 1u);
  EXPECT_THAT(rig.element_messages(), SizeIs(1));
  gst_element_set_state(rig.element(), GST_STATE_READY);
  gst_element_set_state(rig.element(), GST_STATE_PLAYING);
  EXPECT_EQ(rig.stat("pairs-skipped"), 0u);
  rig.open();
  rig.feed(0, 2);
  EXPECT_THAT(rig.element_messages(), SizeIs(1));
}

}  // namespace
}  // namespace videoenhance::testing
