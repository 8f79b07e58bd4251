// flashvsr: order of frames and events, flushes, and downstream's answers.
#include <gmock/gmock.h>
#include <gst/video/navigation.h>
#include <gtest/gtest.h>

#include "tests/gst/rig.h"

namespace videoenhance::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

GstEvent* custom(GstEventType type = GST_EVENT_CUSTOM_DOWNSTREAM) {
  return gst_event_new_custom(type, gst_structure_new_empty("mark"));
}

GstEvent* title(const char* text) {
  return gst_event_new_tag(gst_tag_list_new(GST_TAG_TITLE, text, nullptr));
}

std::vector<std::size_t> disconts(const std::vector<Out>& frames) {
  std::vector<std::size_t> found;
  for (std::size_t k = 0; k < frames.size(); ++k) {
    if (frames[k].discont) found.push_back(k);
  }
  return found;
}

// ---- the ends of a part

struct Break {
  const char* name;
  GstEvent* (*make)();
};

class UpscaleBreaks : public ::testing::TestWithParam<Break> {};

TEST_P(UpscaleBreaks, DeliverWhatIsHeldBeforeTheEvent) {
  UpscaleRig rig;
  rig.open();
  rig.feed(0, 12);
  rig.event(GetParam().make());
  EXPECT_EQ(rig.order(), std::string("stream-start caps segment 12 ").append(GetParam().name));
}

GstEvent* another_segment() {
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  segment.base = 5;
  return gst_event_new_segment(&segment);
}

INSTANTIATE_TEST_SUITE_P(
    Table, UpscaleBreaks,
    ::testing::Values(Break{"eos", gst_event_new_eos},
                      Break{"segment-done", [] { return gst_event_new_segment_done(GST_FORMAT_TIME, 0); }},
                      Break{"gap", [] { return gst_event_new_gap(480 * GST_MSECOND, GST_SECOND); }},
                      Break{"stream-start", [] { return gst_event_new_stream_start("next"); }},
                      Break{"segment", another_segment}),
    [](const auto& info) {
      std::string name = info.param.name;
      std::erase(name, '-');
      return name;
    });

TEST(UpscaleEvents, AnIdenticalSegmentKeepsTheHistory) {
  UpscaleRig rig;
  rig.open();
  rig.feed(0, 2);
  const std::uint64_t before = fake_counts().drains;
  rig.segment();
  rig.feed(2, 4);
  EXPECT_EQ(fake_counts().drains, before);
  rig.finish();
  EXPECT_EQ(rig.order(), "stream-start caps segment 2 segment 2 eos");
}

TEST(UpscaleEvents, EachSerializedEventWaitsForTheFramesBeforeIt) {
  UpscaleRig rig;
  rig.open();
  rig.feed(0, 3);
  rig.event(custom());
  rig.feed(3, 7);
  rig.event(custom(GST_EVENT_CUSTOM_DOWNSTREAM_STICKY));
  rig.event(title("one"));
  EXPECT_EQ(rig.order(), "stream-start caps segment");
  rig.feed(7, 9);  // 5 go out
  EXPECT_EQ(rig.order(), "stream-start caps segment 3 custom-downstream 2");
  rig.feed(9, 17);  // 8 more
  EXPECT_EQ(rig.order(), "stream-start caps segment 3 custom-downstream 4 custom-downstream-sticky tag 6");
  rig.finish();
  EXPECT_EQ(rig.frames().size(), 17u);
}

TEST(UpscaleEvents, AnEventBehindTheNewestFrameWaitsForTheEnd) {
  UpscaleRig rig;
  rig.open();
  rig.feed(0, 17);
  rig.event(custom());
  EXPECT_EQ(rig.order(), "stream-start caps segment 13");
  rig.finish();
  EXPECT_EQ(rig.order(), "stream-start caps segment 17 custom-downstream eos");
}

TEST(UpscaleEvents, WhatIsNotSerializedDoesNotWait) {
  UpscaleRig rig;
  rig.open();
  rig.feed(0, 2);
  rig.event(custom(GST_EVENT_CUSTOM_DOWNSTREAM_OOB));
  EXPECT_EQ(rig.order(), "stream-start caps segment custom-downstream-oob");
}

TEST(UpscaleEvents, WithNothingHeldAnEventDoesNotWait) {
  UpscaleRig rig;
  rig.open();
  rig.event(custom());
  EXPECT_EQ(rig.order(), "stream-start caps segment custom-downstream");
}

TEST(UpscaleEvents, EventsFromDownstreamGoUpOnce) {
  UpscaleRig rig;
  rig.open();
  rig.feed(0, 2);
  rig.upstream_events.clear();
  rig.upstream(gst_event_new_qos(GST_QOS_TYPE_UNDERFLOW, 5.0, 3 * GST_SECOND, 0));
  rig.upstream(gst_event_new_navigation(gst_structure_new_empty("application/x-gst-navigation")));
  EXPECT_THAT(rig.upstream_events, ElementsAre("qos", "navigation"));
}

TEST(UpscaleEvents, LatenessDropsNothing) {
  UpscaleRig rig;
  rig.open();
  for (int k = 0; k < 20; ++k) {
    rig.feed(k, k + 1);
    rig.upstream(gst_event_new_qos(GST_QOS_TYPE_UNDERFLOW, 5.0, 3 * GST_SECOND, k * 40 * GST_MSECOND));
  }
  rig.finish();
  EXPECT_EQ(rig.frames().size(), 20u);
}

TEST(UpscaleEvents, APointerIsToldInTheInputsPixels) {
  UpscaleRig rig;
  rig.open({.width = 64, .height = 48});
  rig.feed(0, 1);
  std::pair<double, double> pointer;
  const auto probe = gst_pad_add_probe(
      rig.source(), GST_PAD_PROBE_TYPE_EVENT_UPSTREAM,
      [](GstPad*, GstPadProbeInfo* info, gpointer data) {
        auto& [x, y] = *static_cast<std::pair<double, double>*>(data);
        gst_navigation_event_get_coordinates(GST_PAD_PROBE_INFO_EVENT(info), &x, &y);
        return GST_PAD_PROBE_OK;
      },
      &pointer, nullptr);
  rig.upstream(gst_event_new_navigation(
      gst_structure_new("application/x-gst-navigation", "event", G_TYPE_STRING, "mouse-move", "pointer_x",
                        G_TYPE_DOUBLE, 128.0, "pointer_y", G_TYPE_DOUBLE, 48.0, nullptr)));
  gst_pad_remove_probe(rig.source(), probe);
  EXPECT_EQ(pointer, std::pair(32.0, 12.0));
}

// ---- DISCONT

TEST(UpscaleDiscont, IsOnTheFirstFrameOnlyThoughTheInputCarriesNone) {
  for (int count : {1, 20}) {
    UpscaleRig rig;
    rig.open();
    rig.feed(0, count);
    rig.finish();
    EXPECT_THAT(disconts(rig.frames()), ElementsAre(0)) << count;
  }
}

TEST(UpscaleDiscont, OnAFrameBeginsANewPartWithOneFlag) {
  UpscaleRig rig;
  rig.open();
  rig.feed(0, 10);
  BufferPtr frame = rig.frame(200, 400 * GST_MSECOND);
  GST_BUFFER_FLAG_SET(frame.get(), GST_BUFFER_FLAG_DISCONT);
  rig.push(std::move(frame));
  EXPECT_EQ(rig.frames().size(), 10u);
  rig.feed(11, 13);
  rig.finish();
  EXPECT_EQ(rig.frames()[10].value, 200);
  EXPECT_THAT(disconts(rig.frames()), ElementsAre(0, 10));
}

TEST(UpscaleDiscont, OnEveryFrameLosesNone) {
  UpscaleRig rig;
  rig.open();
  for (int k = 0; k < 5; ++k) {
    BufferPtr frame = rig.frame(k, k * 40 * GST_MSECOND);
    GST_BUFFER_FLAG_SET(frame.get(), GST_BUFFER_FLAG_DISCONT);
    rig.push(std::move(frame));
  }
  rig.finish();
  EXPECT_THAT(values(rig.frames()), ElementsAre(0, 1, 2, 3, 4));
  EXPECT_EQ(disconts(rig.frames()).size(), 5u);
}

// ---- flush

TEST(UpscaleFlush, DropsWhatIsHeldInElementAndEngine) {
  UpscaleRig rig;
  rig.open();
  rig.feed(0, 8);
  const std::uint64_t flushes = fake_counts().flushes;
  rig.flush();
  EXPECT_EQ(fake_counts().flushes, flushes + 1);
  rig.clear();
  rig.segment();
  rig.feed(8, 16);
  EXPECT_THAT(rig.frames(), IsEmpty());  // the history is new: a ninth frame is missing
  rig.feed(16, 17);
  EXPECT_EQ(rig.frames().size(), 5u);
  rig.finish();
  EXPECT_EQ(rig.frames().size(), 9u);
  EXPECT_EQ(rig.frames()[0].value, 80);
  EXPECT_THAT(disconts(rig.frames()), ElementsAre(0));
}

TEST(UpscaleFlush, KeepsStickyEventsAndDropsOthers) {
  UpscaleRig rig;
  rig.open();
  rig.feed(0, 1);
  rig.event(custom());
  rig.event(title("kept"));
  rig.flush();
  rig.segment();
  rig.feed(0, 1);
  rig.finish();
  EXPECT_EQ(rig.order(), "stream-start caps segment flush-start flush-stop segment tag 1 eos");
}

TEST(UpscaleFlush, BeforeAnyFrameAndTwiceDoesNoHarm) {
  UpscaleRig rig;
  rig.open();
  rig.flush();
  rig.flush();
  rig.segment();
  EXPECT_EQ(rig.feed(0, 2), GST_FLOW_OK);
  rig.finish();
  EXPECT_EQ(rig.frames().size(), 2u);
}

TEST(UpscaleFlush, RefusesFramesWhileItLasts) {
  UpscaleRig rig;
  rig.open();
  rig.feed(0, 2);
  rig.event(gst_event_new_flush_start());
  EXPECT_EQ(rig.feed(2, 3), GST_FLOW_FLUSHING);
}

TEST(UpscaleFlush, AfterTheEndTheStreamGoesOn) {
  UpscaleRig rig;
  rig.open();
  rig.feed(0, 3);
  rig.finish();
  rig.flush();
  rig.clear();
  rig.segment();
  rig.feed(0, 2);
  rig.finish();
  EXPECT_EQ(rig.order(), "segment 2 eos");
}

// ---- downstream's flow

class UpscaleFlow : public ::testing::TestWithParam<GstFlowReturn> {};

TEST_P(UpscaleFlow, IsHandedUpWithoutAMessageOfOurs) {
  UpscaleRig rig;
  rig.open();
  rig.feed(0, 8);
  rig.flow_out = GetParam();
  EXPECT_EQ(rig.feed(8, 9), GetParam());
  EXPECT_TRUE(rig.errors().empty());
}

TEST_P(UpscaleFlow, WhileDrainingDropsTheRestAndEosStillGoesOn) {
  UpscaleRig rig;
  rig.open();
  rig.feed(0, 5);
  rig.flow_out = GetParam();
  const std::uint64_t before = fake_counts().pops;
  rig.finish();
  EXPECT_EQ(fake_counts().pops, before + 1);  // the first refusal is enough
  EXPECT_EQ(rig.order(), "stream-start caps segment eos");
  EXPECT_TRUE(rig.errors().empty());
}

TEST_P(UpscaleFlow, InMidChunkLeavesTheElementUsable) {
  UpscaleRig rig;
  rig.open();
  rig.feed(0, 8);
  const gulong probe = gst_pad_add_probe(
      rig.sink(), GST_PAD_PROBE_TYPE_BUFFER,
      [](GstPad*, GstPadProbeInfo*, gpointer data) {
        auto* rig = static_cast<Rig*>(data);
        if (rig->frames().size() == 2) rig->flow_out = GetParam();
        return GST_PAD_PROBE_OK;
      },
      &rig, nullptr);
  EXPECT_EQ(rig.feed(8, 9), GetParam());
  gst_pad_remove_probe(rig.sink(), probe);
  rig.flow_out = GST_FLOW_OK;
  rig.clear();
  EXPECT_EQ(rig.feed(9, 12), GST_FLOW_OK);
  rig.finish();
  EXPECT_THAT(values(rig.frames()), ElementsAre(90, 100, 110));
  EXPECT_THAT(disconts(rig.frames()), ElementsAre(0));  // frames are missing before it
  EXPECT_TRUE(rig.errors().empty());
}

INSTANTIATE_TEST_SUITE_P(Table, UpscaleFlow,
                         ::testing::Values(GST_FLOW_FLUSHING, GST_FLOW_EOS, GST_FLOW_NOT_LINKED,
                                           GST_FLOW_ERROR),
                         [](const auto& info) {
                           std::string name = gst_flow_get_name(info.param);
                           std::erase(name, '-');
                           return name;
                         });

TEST(UpscaleFlow, EventsOfFramesThatAreLostGoOn) {
  UpscaleRig rig;
  rig.open();
  rig.feed(0, 4);
  rig.event(title("kept"));
  rig.feed(4, 8);
  rig.flow_out = GST_FLOW_NOT_LINKED;
  rig.feed(8, 9);
  EXPECT_EQ(rig.order(), "stream-start caps segment tag");
}

TEST(UpscaleFlow, FlushingLeavesStickyEventsForTheFlush) {
  UpscaleRig rig;
  rig.open();
  rig.feed(0, 4);
  rig.event(title("kept"));
  rig.feed(4, 8);
  rig.flow_out = GST_FLOW_FLUSHING;
  rig.feed(8, 9);
  rig.flow_out = GST_FLOW_OK;
  rig.flush();
  rig.segment();
  rig.feed(0, 1);
  rig.finish();
  EXPECT_EQ(rig.order(), "stream-start caps segment flush-start flush-stop segment tag 1 eos");
}

TEST(UpscaleBadEvents, ASegmentThatIsNotInTimeIsOneErrorAndItsFramesAreRefused) {
  UpscaleRig rig;
  rig.event(gst_event_new_stream_start("bytes"));
  rig.set_caps({});
  rig.segment(0, 1.0, GST_FORMAT_BYTES);
  rig.segment(0, 1.0, GST_FORMAT_BYTES);
  for (int k = 0; k < 3; ++k) EXPECT_NE(rig.feed(k, k + 1), GST_FLOW_OK);
  EXPECT_EQ(rig.order(), "stream-start caps");
  const std::vector<BusError> errors = rig.errors();
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors[0].domain, GST_STREAM_ERROR);
  rig.segment();
  EXPECT_EQ(rig.feed(0, 2), GST_FLOW_OK);
  rig.finish();
  EXPECT_EQ(rig.frames().size(), 2u);
}

}  // namespace
}  // namespace videoenhance::testing
