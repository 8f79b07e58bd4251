// Order of frames and events, flushes, and downstream's answers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/gst/rig.h"

namespace videoenhance::testing {
namespace {

using ::testing::ElementsAre;

GstEvent* custom(GstEventType type) {
  return gst_event_new_custom(type, gst_structure_new_empty("mark"));
}

std::vector<std::size_t> disconts(const std::vector<Out>& frames) {
  std::vector<std::size_t> found;
  for (std::size_t k = 0; k < frames.size(); ++k) {
    if (frames[k].discont) found.push_back(k);
  }
  return found;
}

// ---- the ends of
// a part

struct Break {
  const char* name;
  GstEvent* (*make)();
};

class Breaks : public ::testing::TestWithParam<Break> {};

TEST_P(Breaks, DeliverWhatIsHeldBeforeTheEvent) {
  Rig rig;
  rig.open();
  rig.feed(0, 3);
  rig.event(GetParam().make());
  EXPECT_EQ(rig.order(), std::string("stream-start caps segment 6 ").append(GetParam().name));
}

GstEvent* another_segment() {
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  segment.base = 5;
  return gst_event_new_segment(&segment);
}

INSTANTIATE_TEST_SUITE_P(
    Table, Breaks,
    ::testing::Values(Break{"eos", gst_event_new_eos},
                      Break{"segment-done", [] { return gst_event_new_segment_done(GST_FORMAT_TIME, 0); }},
                      Break{"gap", [] { return gst_event_new_gap(120 * GST_MSECOND, GST_SECOND); }},
                      Break{"stream-start", [] { return gst_event_new_stream_start("next"); }},
                      Break{"segment", another_segment}),
    [](const auto& info) {
      std::string name = info.param.name;
      std::erase(name, '-');
      return name;
    });

TEST(Events, AnIdenticalSegmentKeepsTheHistory) {
  Rig rig;
  rig.open();
  rig.feed(0, 2);
  rig.segment();
  rig.feed(2, 4);
  rig.finish();
  EXPECT_THAT(values(rig.frames()), ElementsAre(0, 5, 10, 15, 20, 25, 30, 30));
  EXPECT_EQ(rig.order(), "stream-start caps segment 3 segment 5 eos");
}

TEST(Events, SerializedEventsWaitForTheirFrameAndKeepTheHistory) {
  for (GstEventType type : {GST_EVENT_CUSTOM_DOWNSTREAM, GST_EVENT_CUSTOM_DOWNSTREAM_STICKY}) {
    Rig rig;
    rig.open();
    rig.feed(0, 2);  // frame 1 is held
    rig.event(custom(type));
    EXPECT_EQ(rig.order(), "stream-start caps segment 2");
    rig.feed(2, 3);
    rig.finish();
    EXPECT_EQ(rig.order(),
              std::string("stream-start caps segment 3 ") + gst_event_type_get_name(type) + " 3 eos");
    EXPECT_THAT(values(rig.frames()), ElementsAre(0, 5, 10, 15, 20, 20));
  }
}

TEST(Events, SeveralWaitingEventsKeepTheirOrder) {
  Rig rig;
  rig.open();
  rig.feed(0, 1);
  rig.event(gst_event_new_tag(gst_tag_list_new(GST_TAG_TITLE, "one", nullptr)));
  rig.event(custom(GST_EVENT_CUSTOM_DOWNSTREAM));
  rig.finish();
  EXPECT_EQ(rig.order(), "stream-start caps segment 1 tag custom-downstream 1 eos");
}

TEST(Events, WhatIsNotSerializedDoesNotWait) {
  Rig rig;
  rig.open();
  rig.feed(0, 2);
  rig.event(custom(GST_EVENT_CUSTOM_DOWNSTREAM_OOB));
  EXPECT_EQ(rig.order(), "stream-start caps segment 2 custom-downstream-oob");
}

TEST(Events, WithNothingHeldAnEventDoesNotWait) {
  Rig rig;
  rig.open();
  rig.event(custom(GST_EVENT_CUSTOM_DOWNSTREAM));
  EXPECT_EQ(rig.order(), "stream-start caps segment custom-downstream");
}

TEST(Events, EventsFromDownstreamGoUpOnce) {
  Rig rig;
  rig.open();
  rig.feed(0, 2);
  rig.upstream_events.clear();
  rig.upstream(gst_event_new_qos(GST_QOS_TYPE_UNDERFLOW, 5.0, 3 * GST_SECOND, 0));
  rig.upstream(gst_event_new_navigation(gst_structure_new_empty("application/x-gst-navigation")));
  EXPECT_THAT(rig.upstream_events, ElementsAre("qos", "navigation"));
}

TEST(Events, LatenessDropsNothing) {
  Rig rig;
  rig.open();
  for (int k = 0; k < 4; ++k) {
    rig.feed(k, k + 1);
    rig.upstream(gst_event_new_qos(GST_QOS_TYPE_UNDERFLOW, 5.0, 3 * GST_SECOND, k * 40 * GST_MSECOND));
  }
  rig.finish();
  EXPECT_EQ(rig.frames().size(), 8u);
}

// ---- DISCONT

TEST(Discont, IsOnTheFirstFrameOnlyThoughTheInputCarriesNone) {
  for (int count : {1, 4}) {
    Rig rig;
    rig.open();
    rig.feed(0, count);
    rig.finish();
    EXPECT_THAT(disconts(rig.frames()), ElementsAre(0)) << count;
  }
}

TEST(Discont, OnAFrameBeginsANewPartWithOneFlag) {
  Rig rig;
  rig.open();
  rig.feed(0, 2);
  BufferPtr frame = rig.frame(90, 80 * GST_MSECOND);
  GST_BUFFER_FLAG_SET(frame.get(), GST_BUFFER_FLAG_DISCONT);
  rig.push(std::move(frame));
  rig.feed(3, 4);
  rig.finish();
  EXPECT_THAT(values(rig.frames()), ElementsAre(0, 5, 10, 10, 90, 60, 30, 30));
  EXPECT_THAT(disconts(rig.frames()), ElementsAre(0, 4));
}

// ---- flush

TEST(Flush, DropsTheHeldFrameAndStartsAfresh) {
  Rig rig;
  rig.open();
  rig.feed(0, 3);
  const std::uint64_t flushes = fake_counts().flushes;
  rig.flush();
  EXPECT_EQ(fake_counts().flushes, flushes + 1);  // the engine forgets its frames too
  rig.clear();
  rig.segment();
  rig.feed(3, 5);
  rig.finish();
  EXPECT_THAT(values(rig.frames()), ElementsAre(30, 35, 40, 40));
  EXPECT_THAT(disconts(rig.frames()), ElementsAre(0));
  EXPECT_EQ(rig.frames()[0].offset, 0u);
}

TEST(Flush, KeepsStickyEventsAndDropsOthers) {
  Rig rig;
  rig.open();
  rig.feed(0, 1);
  rig.event(custom(GST_EVENT_CUSTOM_DOWNSTREAM));
  rig.event(gst_event_new_tag(gst_tag_list_new(GST_TAG_TITLE, "kept", nullptr)));
  rig.flush();
  rig.segment();
  rig.feed(0, 1);
  rig.finish();
  EXPECT_EQ(rig.order(), "stream-start caps segment flush-start flush-stop segment tag 2 eos");
}

TEST(Flush, BeforeAnyFrameAndTwiceDoesNoHarm) {
  Rig rig;
  rig.open();
  rig.flush();
  rig.flush();
  rig.segment();
  EXPECT_EQ(rig.feed(0, 2), GST_FLOW_OK);
  rig.finish();
  EXPECT_EQ(rig.frames().size(), 4u);
}

TEST(Flush, RefusesFramesWhileItLasts) {
  Rig rig;
  rig.open();
  rig.feed(0, 2);
  rig.event(gst_event_new_flush_start());
  EXPECT_EQ(rig.feed(2, 3), GST_FLOW_FLUSHING);
}

// ---- upstream's memory

TEST(Drain, GivesUpstreamItsMemoryBackAndLosesNoFrame) {
  Rig rig;
  rig.open();
  rig.feed(0, 1);
  BufferPtr frame = rig.frame(10, 40 * GST_MSECOND);
  GstMemory* memory = gst_memory_ref(gst_buffer_peek_memory(frame.get(), 0));
  const BufferPtr parent(gst_buffer_new());  // as a frame of a pool has one that a tee has copied
  gst_buffer_add_parent_buffer_meta(frame.get(), parent.get());
  rig.push(std::move(frame));
  EXPECT_GT(GST_MINI_OBJECT_REFCOUNT_VALUE(memory), 1);
  GstQuery* query = gst_query_new_drain();
  gst_pad_peer_query(rig.source(), query);
  gst_query_unref(query);
  EXPECT_EQ(GST_MINI_OBJECT_REFCOUNT_VALUE(memory), 1);
  EXPECT_EQ(GST_MINI_OBJECT_REFCOUNT_VALUE(parent.get()), 1);
  gst_memory_unref(memory);
  rig.finish();
  EXPECT_THAT(values(rig.frames()), ElementsAre(0, 5, 10, 10));
}

// ---- downstream's flow

class DownstreamFlow : public ::testing::TestWithParam<GstFlowReturn> {};

TEST_P(DownstreamFlow, IsHandedUpWithoutAMessageOfOurs) {
  Rig rig;
  rig.open();
  rig.feed(0, 2);
  rig.flow_out = GetParam();
  EXPECT_EQ(rig.feed(2, 3), GetParam());
  EXPECT_TRUE(rig.errors().empty());
}

TEST_P(DownstreamFlow, WhileDrainingDropsTheRestAndEosStillGoesOn) {
  Rig rig(Properties{{"multiplier", "4/1"}});
  rig.open();
  rig.feed(0, 2);
  rig.flow_out = GetParam();
  rig.finish();
  EXPECT_EQ(rig.order(), "stream-start caps segment 4 eos");
  EXPECT_TRUE(rig.errors().empty());
}

TEST_P(DownstreamFlow, StopsTheWorkOnThePair) {
  Rig rig(Properties{{"multiplier", "10/1"}});
  rig.open();
  rig.feed(0, 1);
  rig.flow_out = GetParam();
  const std::uint64_t before = fake_counts().pops;
  rig.feed(1, 2);
  EXPECT_EQ(fake_counts().pops, before);
}

TEST_P(DownstreamFlow, InMidPairLeavesTheEngineUsable) {
  Rig rig(Properties{{"multiplier", "4/1"}});
  rig.open();
  rig.feed(0, 1);
  gulong probe = gst_pad_add_probe(
      rig.sink(), GST_PAD_PROBE_TYPE_BUFFER,
      [](GstPad*, GstPadProbeInfo*, gpointer data) {
        auto* rig = static_cast<Rig*>(data);
        if (rig->frames().size() == 2) rig->flow_out = GetParam();
        return GST_PAD_PROBE_OK;
      },
      &rig, nullptr);
  EXPECT_EQ(rig.feed(1, 2), GetParam());
  gst_pad_remove_probe(rig.sink(), probe);
  rig.flow_out = GST_FLOW_OK;
  rig.clear();
  EXPECT_EQ(rig.feed(2, 3), GST_FLOW_OK);
  EXPECT_THAT(values(rig.frames()), ElementsAre(10, 13, 15, 18));
  EXPECT_TRUE(rig.errors().empty());
}

// A frame of 68 years at 100 frames per second, and downstream's `answer` to the third frame.
void stop_a_long_frame(Rig& rig, GstPadProbeCallback answer) {
  rig.accept("video/x-raw,framerate=100/1");
  rig.open({.rate = "1/2147483647"});
  rig.push(10, 0, GST_CLOCK_TIME_NONE);
  const gulong probe = gst_pad_add_probe(rig.sink(), GST_PAD_PROBE_TYPE_BUFFER, answer, &rig, nullptr);
  rig.finish();
  gst_pad_remove_probe(rig.sink(), probe);
}

TEST_P(DownstreamFlow, EndsAFrameThatWouldBeHeldForYears) {
  Rig rig;
  stop_a_long_frame(rig, [](GstPad*, GstPadProbeInfo*, gpointer data) {
    auto* rig = static_cast<Rig*>(data);
    if (rig->frames().size() == 2) rig->flow_out = GetParam();
    return GST_PAD_PROBE_OK;
  });
  EXPECT_EQ(rig.order(), "stream-start caps segment 2 eos");
  EXPECT_TRUE(rig.errors().empty());
}

TEST(Flush, EndsAFrameThatWouldBeHeldForYears) {
  Rig rig;
  stop_a_long_frame(rig, [](GstPad*, GstPadProbeInfo*, gpointer data) {
    auto* rig = static_cast<Rig*>(data);
    if (rig->frames().size() == 2) rig->event(gst_event_new_flush_start());
    return GST_PAD_PROBE_OK;
  });
  EXPECT_LE(rig.frames().size(), 3u);
}

INSTANTIATE_TEST_SUITE_P(Table, DownstreamFlow,
                         ::testing::Values(GST_FLOW_FLUSHING, GST_FLOW_EOS, GST_FLOW_NOT_LINKED,
                                           GST_FLOW_ERROR),
                         [](const auto& info) {
                           std::string name = gst_flow_get_name(info.param);
                           std::erase(name, '-');
                           return name;
                         });

TEST(BadEvents, ASegmentThatIsNotInTimeIsOneErrorAndItsFramesAreRefused) {
  Rig rig;
  rig.event(gst_event_new_stream_start("bytes"));
  rig.set_caps({});
  rig.segment(0, 1.0, GST_FORMAT_BYTES);
  rig.segment(0, 1.0, GST_FORMAT_BYTES);
  for (int k = 0; k < 3; ++k) EXPECT_NE(rig.feed(k, k + 1), GST_FLOW_OK);
  EXPECT_EQ(rig.order(), "stream-start caps");
  const std::vector<BusError> errors = rig.errors();
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors[0].domain, GST_STREAM_ERROR);
  EXPECT_TRUE(rig.frames().empty());
}

TEST(BadEvents, AfterARefusedSegmentAGoodOneWorks) {
  Rig rig;
  rig.open();
  rig.segment(0, 1.0, GST_FORMAT_BYTES);
  rig.segment();
  EXPECT_EQ(rig.feed(0, 2), GST_FLOW_OK);
  rig.finish();
  EXPECT_EQ(rig.frames().size(), 4u);
}

}  // namespace
}  // namespace videoenhance::testing
