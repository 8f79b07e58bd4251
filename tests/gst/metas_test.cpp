// Memory and metas of source frames, of frames shown again and of drawn frames.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

#include "tests/gst/rig.h"

namespace videoenhance::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<int> captions_of(GstBuffer* buffer) {
  std::vector<int> found;
  gpointer state = nullptr;
  while (GstMeta* meta = gst_buffer_iterate_meta_filtered(buffer, &state, GST_VIDEO_CAPTION_META_API_TYPE)) {
    found.push_back(reinterpret_cast<GstVideoCaptionMeta*>(meta)->data[0]);
  }
  return found;
}

std::vector<std::vector<int>> captions_of(const std::vector<Out>& frames) {
  std::vector<std::vector<int>> found;
  for (const Out& frame : frames) found.push_back(captions_of(frame.buffer));
  return found;
}

// Frames with their number as caption, at 25 per second.
void feed_captions(Rig& rig, int count) {
  for (int k = 0; k < count; ++k) {
    BufferPtr frame = rig.frame(k, k * 40 * GST_MSECOND);
    const guint8 data[] = {static_cast<guint8>(k), 0, 0xfc};
    gst_buffer_add_video_caption_meta(frame.get(), GST_VIDEO_CAPTION_TYPE_CEA708_RAW, data, sizeof data);
    rig.push(std::move(frame));
  }
  rig.finish();
}

using Captions = std::vector<std::vector<int>>;

TEST(Captions, StayOnTheFirstShowingOfTheirFrame) {
  Rig rig(Properties{{"multiplier", "3/1"}});
  rig.open();
  feed_captions(rig, 2);
  EXPECT_EQ(captions_of(rig.frames()), (Captions{{0}, {}, {}, {1}, {}, {}}));
}

TEST(Captions, OfAFrameThatIsNotShownRideOnTheNext) {
  Rig rig(Properties{{"multiplier", "5/2"}});
  rig.open();
  feed_captions(rig, 3);
  const Captions found = captions_of(rig.frames());
  ASSERT_GE(found.size(), 6u);
  EXPECT_THAT(found[3], ElementsAre(1));
  EXPECT_THAT(found[5], ElementsAre(2));
}

// Off the output grid, where a frame would not be shown but for what stands in for a drawn one.
TEST(Captions, OfAFrameThatStandsInForADrawnOneComeOnce) {
  for (const Properties& more :
       {Properties{{"skip-pairs", "0,1,2"}},
        Properties{{"scene-change", "mark"}, {"scene-action", "nearest"}},
        Properties{{"late-policy", "degrade"}}, Properties{{"late-policy", "skip-generated"}}}) {
    Properties all{{"multiplier", "5/2"}};
    all.insert(all.end(), more.begin(), more.end());
    Rig rig(all);
    rig.open();
    rig.on_frame = [&rig](const Out& out) {
      rig.upstream(gst_event_new_qos(GST_QOS_TYPE_UNDERFLOW, 2.0, GST_SECOND, out.pts));
      rig.event(gst_video_event_new_downstream_force_key_unit(GST_CLOCK_TIME_NONE, GST_CLOCK_TIME_NONE,
                                                              GST_CLOCK_TIME_NONE, FALSE, 1));
    };
    feed_captions(rig, 5);
    std::vector<int> found;
    for (const auto& of_frame : captions_of(rig.frames()))
      found.insert(found.end(), of_frame.begin(), of_frame.end());
    EXPECT_THAT(found, ElementsAre(0, 1, 2, 3, 4)) << more[0].first << " " << more[0].second;
  }
}

TEST(Captions, OfDroppedFramesComeInOrderBeforeTheOwnOfTheNext) {
  Rig rig(Properties{{"multiplier", "1/2"}});
  rig.open();
  feed_captions(rig, 4);
  EXPECT_EQ(captions_of(rig.frames()), (Captions{{0}, {1, 2}}));
}

TEST(Captions, OfALastFrameThatIsNotShownRideOnTheNextPart) {
  Rig rig(Properties{{"multiplier", "1/2"}});
  rig.open();
  feed_captions(rig, 4);  // the fourth has no slot
  EXPECT_EQ(captions_of(rig.frames()), (Captions{{0}, {1, 2}}));
  rig.event(gst_event_new_stream_start("next"));
  rig.segment(5);
  rig.feed(0, 1);
  rig.finish();
  EXPECT_EQ(captions_of(rig.frames()), (Captions{{0}, {1, 2}, {3}}));
}

TEST(Captions, ThatWaitAreForgottenAtAFlush) {
  Rig rig(Properties{{"multiplier", "1/2"}});
  rig.open();
  for (int k = 0; k < 3; ++k) {
    BufferPtr frame = rig.frame(k, k * 40 * GST_MSECOND);
    const guint8 data[] = {static_cast<guint8>(k), 0, 0xfc};
    gst_buffer_add_video_caption_meta(frame.get(), GST_VIDEO_CAPTION_TYPE_CEA708_RAW, data, sizeof data);
    rig.push(std::move(frame));
  }
  rig.flush();
  rig.clear();
  rig.segment();
  rig.feed(0, 2);
  rig.finish();
  EXPECT_EQ(captions_of(rig.frames()), (Captions{{}}));
}

// ---- other metas

struct MetaCase {
  const char* name;
  void (*add)(GstBuffer*);
  GType (*api)();
};

class OtherMetas : public ::testing::TestWithParam<MetaCase> {};

TEST_P(OtherMetas, StayOnSourceFramesAndAreNeitherDoubledNorDrawn) {
  Rig rig;
  rig.open();
  for (int k = 0; k < 2; ++k) {
    BufferPtr frame = rig.frame(k, k * 40 * GST_MSECOND);
    GetParam().add(frame.get());
    rig.push(std::move(frame));
  }
  rig.finish();
  std::vector<guint> counts;
  for (const Out& frame : rig.frames())
    counts.push_back(gst_buffer_get_n_meta(frame.buffer, GetParam().api()));
  EXPECT_THAT(counts, ElementsAre(1, 0, 1, 0));
}

INSTANTIATE_TEST_SUITE_P(
    Table, OtherMetas,
    ::testing::Values(MetaCase{"Regions",
                               [](GstBuffer* b) {
                                 gst_buffer_add_video_region_of_interest_meta(b, "face", 1, 2, 3, 4);
                               },
                               gst_video_region_of_interest_meta_api_get_type},
                      MetaCase{"Timecodes",
                               [](GstBuffer* b) {
                                 gst_buffer_add_video_time_code_meta_full(
                                     b, 25, 1, nullptr, GST_VIDEO_TIME_CODE_FLAGS_NONE, 1, 2, 3, 4, 0);
                               },
                               gst_video_time_code_meta_api_get_type},
                      MetaCase{"ReferenceTimestamps",
                               [](GstBuffer* b) {
                                 const CapsPtr clock(gst_caps_new_empty_simple("timestamp/x-ntp"));
                                 gst_buffer_add_reference_timestamp_meta(b, clock.get(), 7,
                                                                         GST_CLOCK_TIME_NONE);
                               },
                               gst_reference_timestamp_meta_api_get_type}),
    [](const auto& info) { return info.param.name; });

TEST(OtherMetas, ACropIsIgnoredOnSourceFramesAsOnDrawnOnes) {
  Rig rig;
  rig.open();
  for (int k = 0; k < 2; ++k) {
    BufferPtr frame = rig.frame(k, k * 40 * GST_MSECOND);
    gst_buffer_add_video_crop_meta(frame.get())->width = 8;
    rig.push(std::move(frame));
  }
  rig.finish();
  ASSERT_EQ(rig.frames().size(), 4u);
  for (const Out& frame : rig.frames()) EXPECT_EQ(gst_buffer_get_video_crop_meta(frame.buffer), nullptr);
}

// ---- memory

TEST(Memory, SourceFramesGoOutAsTheSameMemoryAlsoWhenShownAgain) {
  for (const char* format : {"RGB", "I420", "P010_10LE"}) {
    Rig rig;
    rig.open({.format = format});
    BufferPtr first = rig.frame(10, 0), second = rig.frame(20, 40 * GST_MSECOND);
    GstMemory* memories[] = {gst_buffer_peek_memory(first.get(), 0), gst_buffer_peek_memory(second.get(), 0)};
    rig.push(std::move(first));
    rig.push(std::move(second));
    rig.finish();
    const std::vector<Out> frames = rig.frames();
    ASSERT_EQ(frames.size(), 4u);
    EXPECT_EQ(gst_buffer_peek_memory(frames[0].buffer, 0), memories[0]);
    EXPECT_EQ(gst_buffer_peek_memory(frames[2].buffer, 0), memories[1]);
    EXPECT_EQ(gst_buffer_peek_memory(frames[3].buffer, 0), memories[1]);
  }
}

TEST(Memory, AFrameThatOthersHoldIsNotWrittenTo) {
  Rig rig;
  rig.open();
  BufferPtr frame = rig.frame(10, 0);
  GST_BUFFER_OFFSET(frame.get()) = 77;
  rig.push(BufferPtr(gst_buffer_ref(frame.get())));
  rig.feed(1, 2);
  rig.finish();
  EXPECT_EQ(GST_BUFFER_OFFSET(frame.get()), 77u);
  EXPECT_EQ(GST_BUFFER_DURATION(frame.get()), 40 * GST_MSECOND);
  EXPECT_FALSE(GST_BUFFER_IS_DISCONT(frame.get()));
}

// A gray frame whose rows lie far apart, which only its GstVideoMeta tells.
constexpr gsize kOffset = 64;
constexpr gint kStride = 48;

BufferPtr padded_frame(GstClockTime pts) {
  BufferPtr frame(gst_buffer_new_allocate(nullptr, kOffset + 16 * kStride, nullptr));
  gst_buffer_memset(frame.get(), 0, 7, kOffset + 16 * kStride);
  for (gsize row = 0; row < 16; ++row) gst_buffer_memset(frame.get(), kOffset + row * kStride, 99, 16);
  GST_BUFFER_PTS(frame.get()) = pts;
  gsize offsets[] = {kOffset, 0, 0, 0};
  gint strides[] = {kStride, 0, 0, 0};
  gst_buffer_add_video_meta_full(frame.get(), GST_VIDEO_FRAME_FLAG_NONE, GST_VIDEO_FORMAT_GRAY8, 16, 16, 1,
                                 offsets, strides);
  const guint8 data[] = {5, 0, 0xfc};
  gst_buffer_add_video_caption_meta(frame.get(), GST_VIDEO_CAPTION_TYPE_CEA708_RAW, data, sizeof data);
  return frame;
}

TEST(Memory, TheLayoutOfAFrameIsKeptWhereDownstreamReadsIt) {
  Rig rig;
  rig.allocation = takes_layouts;
  rig.open({.format = "GRAY8"});
  rig.push(padded_frame(0));
  rig.finish();
  const std::vector<Out> frames = rig.frames();
  ASSERT_EQ(frames.size(), 2u);
  for (const Out& out : frames) {
    ASSERT_EQ(gst_buffer_get_n_meta(out.buffer, GST_VIDEO_META_API_TYPE), 1u);
    EXPECT_EQ(gst_buffer_get_video_meta(out.buffer)->offset[0], kOffset);
    EXPECT_EQ(gst_buffer_get_video_meta(out.buffer)->stride[0], kStride);
  }
}

void expect_plain(GstBuffer* frame) {
  ASSERT_EQ(gst_buffer_get_size(frame), 16u * 16u);
  const std::vector<guint8> pixels(16 * 16, 99);
  EXPECT_EQ(gst_buffer_memcmp(frame, 0, pixels.data(), pixels.size()), 0);
}

TEST(Memory, ALayoutThatDownstreamDoesNotReadIsMadePlainAndTheMetasStay) {
  for (const double rate : {1.0, -1.0}) {
    Rig rig;
    rig.event(gst_event_new_stream_start("padded"));
    rig.set_caps({.format = "GRAY8"});
    rig.segment(0, rate);
    rig.push(padded_frame(0));
    rig.finish();
    const std::vector<Out> frames = rig.frames();
    ASSERT_EQ(frames.size(), rate > 0 ? 2u : 1u);
    for (const Out& out : frames) expect_plain(out.buffer);
    EXPECT_EQ(frames[0].pts, 0u);
    EXPECT_THAT(captions_of(frames[0].buffer), ElementsAre(5));
  }
}

TEST(Memory, OfAFrameThatContradictsItsCapsIsOneErrorWhereItWouldHaveToBeCopied) {
  Rig rig;
  rig.open({.format = "GRAY8", .width = 32});
  rig.push(padded_frame(0));  // 16 wide
  EXPECT_EQ(rig.push(0, 40 * GST_MSECOND), GST_FLOW_ERROR);
  EXPECT_EQ(rig.errors().size(), 1u);
}

}  // namespace
}  // namespace videoenhance::testing
