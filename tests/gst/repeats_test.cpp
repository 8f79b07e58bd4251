// Frames that repeat the one before: kept, or taken for missing ones.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/gst/rig.h"

namespace videoenhance::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr GstClockTime kFrame = 40 * GST_MSECOND;

Properties retime(Properties more = {}) {
  more.insert(more.begin(), {{"duplicates", "retime"}});
  return more;
}

// Frames of these values at 25 per second, from number `from` on.
void feed(Rig& rig, const std::vector<int>& shown, int from = 0) {
  for (std::size_t k = 0; k < shown.size(); ++k)
    ASSERT_EQ(rig.push(shown[k], (from + static_cast<int>(k)) * kFrame), GST_FLOW_OK);
}

std::vector<int> played(Rig& rig, const std::vector<int>& shown) {
  rig.open();
  feed(rig, shown);
  rig.finish();
  return values(rig.frames());
}

// Of all frames that went out, in order.
std::vector<int> captions(const Rig& rig) {
  std::vector<int> found;
  for (const Out& frame : rig.frames()) {
    gpointer state = nullptr;
    while (GstMeta* meta =
               gst_buffer_iterate_meta_filtered(frame.buffer, &state, GST_VIDEO_CAPTION_META_API_TYPE))
      found.push_back(reinterpret_cast<GstVideoCaptionMeta*>(meta)->data[0]);
  }
  return found;
}

TEST(Repeats, AreFramesLikeOthersByDefault) {
  Rig rig;
  EXPECT_THAT(played(rig, {0, 40, 40, 80}), ElementsAre(0, 20, 40, 40, 40, 60, 80, 80));
}

TEST(Repeats, AreDrawnBetweenTheirDifferentNeighbours) {
  Rig rig(retime());
  EXPECT_THAT(played(rig, {0, 40, 40, 80}), ElementsAre(0, 20, 40, 50, 60, 70, 80, 80));
  EXPECT_EQ(rig.stat("repeats-retimed"), 1u);
  ASSERT_EQ(rig.element_messages().size(), 1u);
}

// A B C C D, five times over.
TEST(Repeats, OfTelecinedFilmLeaveNoFrozenPairAndKeepTheDuration) {
  Rig rig(retime({{"multiplier", "1/1"}}));
  std::vector<int> shown;
  for (int k = 0; k < 20; ++k) {
    shown.push_back(12 * k);
    if (k % 4 == 2) shown.push_back(12 * k);
  }
  const std::vector<int> out = played(rig, shown);
  ASSERT_EQ(out.size(), 25u);
  for (std::size_t k = 0; k + 1 < out.size(); ++k) EXPECT_LT(out[k], out[k + 1]) << k;
  const Out last = rig.frames().back();
  EXPECT_EQ(last.pts + last.duration, 25 * kFrame);
  for (int k = 0; k < 25; ++k) EXPECT_EQ(rig.frames()[k].pts, k * kFrame);
}

TEST(Repeats, InARunOfTheLongestLengthAreRetimed) {
  Rig rig(retime({{"multiplier", "1/1"}, {"duplicate-max-run", "3"}}));
  EXPECT_THAT(played(rig, {0, 0, 0, 0, 40, 80}), ElementsAre(0, 10, 20, 30, 40, 80));
}

TEST(Repeats, InALongerRunAreAFreezeAndStay) {
  Rig rig(retime({{"multiplier", "1/1"}, {"duplicate-max-run", "3"}}));
  EXPECT_THAT(played(rig, {0, 0, 0, 0, 0, 0, 40, 40, 80}), ElementsAre(0, 0, 0, 0, 0, 0, 40, 60, 80));
  EXPECT_EQ(rig.stat("repeats-retimed"), 1u);
}

TEST(Repeats, OfAFreezeAreTheirOwnMemoryAndCostNoDrawing) {
  Rig rig(retime({{"duplicate-max-run", "1"}}));
  const std::uint64_t pops = fake_counts().pops;
  rig.open();
  std::vector<GstMemory*> memories;
  for (int k = 0; k < 4; ++k) {
    BufferPtr frame = rig.frame(7, k * kFrame);
    memories.push_back(gst_buffer_peek_memory(frame.get(), 0));
    rig.push(std::move(frame));
  }
  rig.finish();
  const std::vector<Out> frames = rig.frames();
  ASSERT_EQ(frames.size(), 8u);
  for (int k = 0; k < 4; ++k) EXPECT_EQ(gst_buffer_peek_memory(frames[2 * k].buffer, 0), memories[k]);
  EXPECT_EQ(fake_counts().pops, pops);
}

TEST(Repeats, AtTheEndOfAPartStay) {
  Rig rig(retime());
  EXPECT_THAT(played(rig, {0, 40, 40, 40}), ElementsAre(0, 20, 40, 40, 40, 40, 40, 40));
}

TEST(Repeats, BeforeACutStay) {
  Rig rig(retime({{"scene-change", "detect"}}));
  EXPECT_THAT(played(rig, {0, 20, 20, 220, 200}), ElementsAre(0, 10, 20, 20, 20, 20, 220, 210, 200, 200));
}

TEST(Repeats, BeforeABreakStayAndComeBeforeIt) {
  Rig rig(retime());
  rig.open();
  feed(rig, {0, 40, 40});
  rig.event(gst_event_new_gap(3 * kFrame, kFrame));
  EXPECT_EQ(rig.order(), "stream-start caps segment 6 gap");
  EXPECT_THAT(values(rig.frames()), ElementsAre(0, 20, 40, 40, 40, 40));
}

TEST(Repeats, OfSlowMotionEndWhereItHasGoneTooFar) {
  Rig rig(retime({{"duplicate-threshold", "0.02"}, {"duplicate-max-run", "8"}, {"multiplier", "1/1"}}));
  const std::vector<int> slow{100, 102, 104, 106, 108, 110, 112};  // of 255
  const std::vector<int> out = played(rig, slow);
  for (std::size_t k = 0; k + 1 < out.size(); ++k) EXPECT_NEAR(out[k], slow[k], 3) << k;
}

TEST(Repeats, DropNothingAtAFlush) {
  Rig rig(retime());
  rig.open();
  feed(rig, {0, 40, 40});
  rig.flush();
  rig.segment();
  rig.clear();
  feed(rig, {40, 80}, 3);
  rig.finish();
  EXPECT_THAT(values(rig.frames()), ElementsAre(40, 60, 80, 80));
}

TEST(Repeats, AtAVariableRateAreSpreadEvenly) {
  Rig rig(retime());
  rig.open({.rate = "0/1"});
  rig.push(0, 0, 30 * GST_MSECOND);
  rig.push(0, 30 * GST_MSECOND, 50 * GST_MSECOND);
  rig.push(80, 80 * GST_MSECOND, 40 * GST_MSECOND);
  rig.finish();
  EXPECT_THAT(times(rig.frames()), ElementsAre(0, 20 * GST_MSECOND, 40 * GST_MSECOND, 60 * GST_MSECOND,
                                               80 * GST_MSECOND, 100 * GST_MSECOND));
  EXPECT_THAT(values(rig.frames()), ElementsAre(0, 20, 40, 60, 80, 80));
}

TEST(Repeats, KeepTheirCaptionsAndTheOrderOfThem) {
  Rig rig(retime({{"multiplier", "1/1"}}));
  rig.open();
  for (int k = 0; k < 4; ++k) {
    BufferPtr frame = rig.frame(k == 2 ? 10 : 10 * k, k * kFrame);
    const guint8 data[] = {static_cast<guint8>(k), 0, 0xfc};
    gst_buffer_add_video_caption_meta(frame.get(), GST_VIDEO_CAPTION_TYPE_CEA708_RAW, data, sizeof data);
    rig.push(std::move(frame));
  }
  rig.finish();
  EXPECT_EQ(captions(rig), (std::vector{0, 1, 2, 3}));
}

// Times rounded to milliseconds let the right frame show itself a little early, within its pair.
TEST(Repeats, CaptionsAndEventsComeBeforeAFrameThatShowsItselfEarly) {
  Rig rig(retime({{"multiplier", "1/1"}}));
  rig.open({.rate = "24000/1001"});
  const GstClockTime starts[] = {0, 42, 83, 125, 167};
  const int shown[] = {0, 20, 40, 40, 60};
  for (int k = 0; k < 5; ++k) {
    BufferPtr frame = rig.frame(shown[k], starts[k] * GST_MSECOND, 42 * GST_MSECOND);
    const guint8 data[] = {static_cast<guint8>(k), 0, 0xfc};
    gst_buffer_add_video_caption_meta(frame.get(), GST_VIDEO_CAPTION_TYPE_CEA708_RAW, data, sizeof data);
    rig.push(std::move(frame));
    if (k == 3) rig.event(gst_event_new_custom(GST_EVENT_CUSTOM_DOWNSTREAM, gst_structure_new_empty("mark")));
  }
  rig.finish();
  EXPECT_EQ(captions(rig), (std::vector{0, 1, 2, 3, 4}));
  EXPECT_EQ(rig.order(), "stream-start caps segment 4 custom-downstream 1 eos");
}

TEST(Repeats, OfOneTimeAreOneFrame) {
  Rig rig(retime());
  rig.open({.rate = "0/1"});
  rig.push(40, 0, 0);
  rig.push(40, 0, 80 * GST_MSECOND);
  rig.push(80, 80 * GST_MSECOND, 40 * GST_MSECOND);
  rig.finish();
  EXPECT_THAT(values(rig.frames()), ElementsAre(40, 60, 80, 80));
}

TEST(Repeats, BeforeNewCapsStayAndComeBeforeThem) {
  Rig rig(retime());
  rig.open();
  feed(rig, {0, 40, 40});
  rig.set_caps({.width = 32});
  EXPECT_THAT(values(rig.frames()), ElementsAre(0, 20, 40, 40, 40, 40));
}

TEST(Repeats, AnIdenticalSegmentEndsNoRun) {
  Rig rig(retime());
  rig.open();
  feed(rig, {0, 40, 40});
  rig.segment();
  feed(rig, {80}, 3);
  rig.finish();
  EXPECT_THAT(values(rig.frames()), ElementsAre(0, 20, 40, 50, 60, 70, 80, 80));
}

TEST(Repeats, DownstreamsEndInAFreezeStopsQuietly) {
  Rig rig(retime({{"duplicate-max-run", "2"}}));
  rig.open();
  feed(rig, {0, 40, 40, 40});
  rig.on_frame = [&rig](const Out&) { rig.flow_out = GST_FLOW_EOS; };
  EXPECT_EQ(rig.push(40, 4 * kFrame), GST_FLOW_EOS);
  EXPECT_EQ(rig.push(40, 5 * kFrame), GST_FLOW_EOS);
  EXPECT_THAT(rig.errors(), IsEmpty());
}

TEST(Repeats, EventsKeepTheirPlaceBetweenTheDifferentFrames) {
  Rig rig(retime());
  rig.open();
  feed(rig, {0, 40});
  rig.event(gst_event_new_custom(GST_EVENT_CUSTOM_DOWNSTREAM, gst_structure_new_empty("mark")));
  feed(rig, {40, 80}, 2);
  rig.finish();
  EXPECT_EQ(rig.order(), "stream-start caps segment 3 custom-downstream 5 eos");
}

TEST(Repeats, AddTheLongestRunToTheDelay) {
  for (const auto& [duplicates, frames] : {std::pair{"keep", 1}, {"retime", 3}}) {
    Rig rig(Properties{{"duplicates", duplicates}, {"duplicate-max-run", "2"}});
    rig.open();
    EXPECT_EQ(rig.stat("delay"), frames * kFrame) << duplicates;
  }
}

TEST(Repeats, AreHeldInMemoryOfOurOwnWhenUpstreamWantsItsBack) {
  Rig rig(retime());
  rig.open();
  BufferPtr first = rig.frame(40, 0), second = rig.frame(40, kFrame);
  const BufferPtr kept(gst_buffer_ref(second.get()));
  rig.push(std::move(first));
  rig.push(std::move(second));
  GstQuery* query = gst_query_new_drain();
  gst_pad_peer_query(rig.source(), query);
  gst_query_unref(query);
  EXPECT_EQ(GST_MINI_OBJECT_REFCOUNT_VALUE(kept.get()), 1);
  rig.finish();
  EXPECT_THAT(values(rig.frames()), ElementsAre(40, 40, 40, 40));
}

TEST(Repeats, WhereTheNetworkFailsAllSourceFramesGoOutBeforeTheError) {
  Rig rig(retime({{"model-location", model_file("fail=pop\nat=2")}}));
  rig.open();
  feed(rig, {0, 40, 40});
  EXPECT_EQ(rig.push(80, 3 * kFrame), GST_FLOW_ERROR);
  EXPECT_EQ(rig.errors().size(), 1u);
  EXPECT_EQ(values(rig.frames()).back(), 80);
}

}  // namespace
}  // namespace videoenhance::testing
