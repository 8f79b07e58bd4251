// flashvsr: what an upscaled frame carries of its source frame.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/gst/rig.h"

namespace videoenhance::testing {
namespace {

using ::testing::ElementsAre;

GstClockTime at(int k) {
  return k * 40 * GST_MSECOND;
}

// `count` frames of 64x48, decorated, all delivered at size.
template <typename Decorate>
void play(Rig& rig, int count, Decorate decorate, const char* size = "width=256,height=192") {
  rig.accept(std::string("video/x-raw,") + size);
  rig.open({.width = 64, .height = 48});
  for (int k = 0; k < count; ++k) {
    BufferPtr frame = rig.frame(k, at(k));
    decorate(frame.get(), k);
    ASSERT_EQ(rig.push(std::move(frame)), GST_FLOW_OK);
  }
  rig.finish();
  ASSERT_EQ(rig.frames().size(), static_cast<std::size_t>(count));
}

TEST(ScaledMetas, RegionsAreScaledAndStayOnTheirFrame) {
  for (const auto& [size, across, down] :
       {std::tuple{"width=256,height=192", 4.0, 4.0}, std::tuple{"width=160,height=72", 2.5, 1.5}}) {
    UpscaleRig rig;
    play(
        rig, 14,
        [](GstBuffer* frame, int k) {
          gst_buffer_add_video_region_of_interest_meta(frame, "face", k, 4, 20, 10)->id = 10 * k;
          gst_buffer_add_video_region_of_interest_meta(frame, "hand", 30, 8, 16, 12)->id = 10 * k + 1;
        },
        size);
    for (int k = 0; k < 14; ++k) {
      GstBuffer* frame = rig.frames()[k].buffer;
      ASSERT_EQ(gst_buffer_get_n_meta(frame, GST_VIDEO_REGION_OF_INTEREST_META_API_TYPE), 2u);
      const auto* face = gst_buffer_get_video_region_of_interest_meta_id(frame, 10 * k);
      ASSERT_NE(face, nullptr);
      EXPECT_NEAR(face->x, k * across, 1);
      EXPECT_NEAR(face->y, 4 * down, 1);
      EXPECT_NEAR(face->w, 20 * across, 1);
      EXPECT_NEAR(face->h, 10 * down, 1);
    }
  }
}

TEST(ScaledMetas, CaptionsTimecodesAndReferenceTimesStayOnTheirOwnFrameOnce) {
  UpscaleRig rig;
  const CapsPtr clock(gst_caps_new_empty_simple("timestamp/x-ntp"));
  play(rig, 23, [&](GstBuffer* frame, int k) {
    const guint8 data[] = {static_cast<guint8>(k), 0, 0xfc};
    gst_buffer_add_video_caption_meta(frame, GST_VIDEO_CAPTION_TYPE_CEA708_RAW, data, sizeof data);
    gst_buffer_add_video_time_code_meta_full(frame, 25, 1, nullptr, GST_VIDEO_TIME_CODE_FLAGS_NONE, 1, 2, 3,
                                             k, 0);
    gst_buffer_add_reference_timestamp_meta(frame, clock.get(), 1000 + k, GST_CLOCK_TIME_NONE);
  });
  for (int k = 0; k < 23; ++k) {
    GstBuffer* frame = rig.frames()[k].buffer;
    ASSERT_EQ(gst_buffer_get_n_meta(frame, GST_VIDEO_CAPTION_META_API_TYPE), 1u);
    EXPECT_EQ(gst_buffer_get_video_caption_meta(frame)->data[0], k);
    ASSERT_EQ(gst_buffer_get_n_meta(frame, GST_VIDEO_TIME_CODE_META_API_TYPE), 1u);
    EXPECT_EQ(gst_buffer_get_video_time_code_meta(frame)->tc.frames, static_cast<guint>(k));
    ASSERT_EQ(gst_buffer_get_n_meta(frame, GST_REFERENCE_TIMESTAMP_META_API_TYPE), 1u);
    EXPECT_EQ(gst_buffer_get_reference_timestamp_meta(frame, clock.get())->timestamp, 1000u + k);
  }
}

TEST(ScaledMetas, OverlaysAreScaled) {
  UpscaleRig rig;
  play(
      rig, 1,
      [](GstBuffer* frame, int) {
        GstBuffer* pixels = gst_buffer_new_allocate(nullptr, 8 * 4 * 4, nullptr);
        gst_buffer_memset(pixels, 0, 0, 8 * 4 * 4);
        gst_buffer_add_video_meta(pixels, GST_VIDEO_FRAME_FLAG_NONE, GST_VIDEO_OVERLAY_COMPOSITION_FORMAT_RGB,
                                  8, 4);
        GstVideoOverlayRectangle* rectangle =
            gst_video_overlay_rectangle_new_raw(pixels, -2, 6, 8, 4, GST_VIDEO_OVERLAY_FORMAT_FLAG_NONE);
        GstVideoOverlayComposition* overlay = gst_video_overlay_composition_new(rectangle);
        gst_buffer_add_video_overlay_composition_meta(frame, overlay);
        gst_video_overlay_composition_unref(overlay);
        gst_video_overlay_rectangle_unref(rectangle);
        gst_buffer_unref(pixels);
      },
      "width=160,height=72");
  auto* meta = gst_buffer_get_video_overlay_composition_meta(rig.frames()[0].buffer);
  ASSERT_NE(meta, nullptr);
  gint x = 0, y = 0;
  guint width = 0, height = 0;
  ASSERT_TRUE(gst_video_overlay_rectangle_get_render_rectangle(
      gst_video_overlay_composition_get_rectangle(meta->overlay, 0), &x, &y, &width, &height));
  EXPECT_EQ(x, -5);
  EXPECT_EQ(y, 9);
  EXPECT_EQ(width, 20u);
  EXPECT_EQ(height, 6u);
}

TEST(ScaledMetas, ACropOfPixelsThatWereNotCroppedIsDropped) {
  UpscaleRig rig;
  play(rig, 1, [](GstBuffer* frame, int) {
    GstVideoCropMeta* crop = gst_buffer_add_video_crop_meta(frame);
    crop->x = 8;
    crop->y = 4;
    crop->width = 32;
    crop->height = 24;
  });
  EXPECT_EQ(gst_buffer_get_video_crop_meta(rig.frames()[0].buffer), nullptr);
}

TEST(ScaledMetas, WhatSpeaksOfTheOldMemoryIsLeftOut) {
  UpscaleRig rig;
  BufferPtr parent(gst_buffer_new());
  play(rig, 2, [&](GstBuffer* frame, int) {
    gst_buffer_add_parent_buffer_meta(frame, parent.get());
    gst_buffer_add_video_meta(frame, GST_VIDEO_FRAME_FLAG_NONE, GST_VIDEO_FORMAT_RGB, 64, 48);
  });
  for (const Out& frame : rig.frames()) {
    EXPECT_EQ(gst_buffer_get_n_meta(frame.buffer, GST_PARENT_BUFFER_META_API_TYPE), 0u);
    const GstVideoMeta* layout = gst_buffer_get_video_meta(frame.buffer);
    EXPECT_TRUE(!layout || layout->width == 256u);
  }
  EXPECT_EQ(GST_MINI_OBJECT_REFCOUNT_VALUE(parent.get()), 1);
}

TEST(ScaledMetas, OfFramesThatAFlushDropsDoNotReappear) {
  UpscaleRig rig;
  rig.open({.width = 64, .height = 48});
  for (int k = 0; k < 5; ++k) {
    BufferPtr frame = rig.frame(k, at(k));
    const guint8 data[] = {static_cast<guint8>(k), 0, 0xfc};
    gst_buffer_add_video_caption_meta(frame.get(), GST_VIDEO_CAPTION_TYPE_CEA708_RAW, data, sizeof data);
    rig.push(std::move(frame));
  }
  rig.flush();
  rig.segment();
  rig.feed(0, 3);
  rig.finish();
  ASSERT_EQ(rig.frames().size(), 3u);
  for (const Out& frame : rig.frames()) {
    EXPECT_EQ(gst_buffer_get_n_meta(frame.buffer, GST_VIDEO_CAPTION_META_API_TYPE), 0u);
  }
}

TEST(ScaledFlags, StayOnTheirFrameButGapIsGone) {
  UpscaleRig rig;
  play(rig, 14, [](GstBuffer* frame, int k) {
    if (k == 3) GST_BUFFER_FLAG_SET(frame, GST_BUFFER_FLAG_CORRUPTED);
    if (k == 7) GST_BUFFER_FLAG_SET(frame, GST_BUFFER_FLAG_MARKER);
    if (k == 9) GST_BUFFER_FLAG_SET(frame, GST_BUFFER_FLAG_GAP);
  });
  for (int k = 0; k < 14; ++k) {
    GstBuffer* frame = rig.frames()[k].buffer;
    EXPECT_EQ(GST_BUFFER_FLAG_IS_SET(frame, GST_BUFFER_FLAG_CORRUPTED), k == 3) << k;
    EXPECT_EQ(GST_BUFFER_FLAG_IS_SET(frame, GST_BUFFER_FLAG_MARKER), k == 7) << k;
    EXPECT_FALSE(GST_BUFFER_FLAG_IS_SET(frame, GST_BUFFER_FLAG_GAP)) << k;
  }
}

TEST(ScaledFrames, AnInputThatOthersHoldIsNotWrittenTo) {
  UpscaleRig rig;
  rig.open();
  BufferPtr frame = rig.frame(10, 0);
  GST_BUFFER_OFFSET(frame.get()) = 77;
  GST_BUFFER_FLAG_SET(frame.get(), GST_BUFFER_FLAG_GAP);
  rig.push(BufferPtr(gst_buffer_ref(frame.get())));
  rig.finish();
  EXPECT_EQ(GST_BUFFER_OFFSET(frame.get()), 77u);
  EXPECT_TRUE(GST_BUFFER_FLAG_IS_SET(frame.get(), GST_BUFFER_FLAG_GAP));
  EXPECT_FALSE(GST_BUFFER_IS_DISCONT(frame.get()));
}

}  // namespace
}  // namespace videoenhance::testing
