// flashvsr: latency and allocation.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/gst/rig.h"

namespace videoenhance::testing {
namespace {

// ---- latency

struct Latency {
  gboolean live = FALSE;
  GstClockTime min = 0;
  GstClockTime max = 0;
};

Latency latency_of(const Rig& rig) {
  GstQuery* query = gst_query_new_latency();
  EXPECT_TRUE(gst_pad_peer_query(rig.sink(), query));
  Latency latency;
  gst_query_parse_latency(query, &latency.live, &latency.min, &latency.max);
  gst_query_unref(query);
  return latency;
}

struct LatencyCase {
  const char* start;
  const char* rate;
  bool live;
  GstClockTime min, max;
  GstClockTime own;
};

class UpscaleLatency : public ::testing::TestWithParam<LatencyCase> {};

TEST_P(UpscaleLatency, IsTheDelayInFramesOnTopOfUpstreams) {
  const LatencyCase& c = GetParam();
  UpscaleRig rig(Properties{{"start", c.start}});
  rig.live = c.live;
  rig.latency_min = c.min;
  rig.latency_max = c.max;
  rig.open({.rate = c.rate});
  rig.feed(0, 1);
  const Latency latency = latency_of(rig);
  EXPECT_EQ(latency.live, c.live);
  EXPECT_EQ(latency.min, c.min + c.own);
  EXPECT_EQ(latency.max, c.max == GST_CLOCK_TIME_NONE ? c.max : c.max + c.own);
}

INSTANTIATE_TEST_SUITE_P(
    Table, UpscaleLatency,
    ::testing::Values(LatencyCase{"primed", "25/1", false, 0, GST_CLOCK_TIME_NONE, 440 * GST_MSECOND},
                      LatencyCase{"primed", "50/1", true, 100 * GST_MSECOND, 300 * GST_MSECOND,
                                  220 * GST_MSECOND},
                      LatencyCase{"primed", "30000/1001", true, 0, GST_SECOND, 367033333},
                      LatencyCase{"primed", "0/1", true, 0, GST_CLOCK_TIME_NONE, 440 * GST_MSECOND},
                      LatencyCase{"reference", "25/1", true, 0, GST_CLOCK_TIME_NONE, 960 * GST_MSECOND}));

TEST(UpscaleLatencyMessage, IsPostedOnceForAChangeAndNeverWithoutOne) {
  UpscaleRig rig;
  rig.open({.rate = "30/1"});
  rig.feed(0, 1);
  EXPECT_EQ(rig.latency_messages(), 1u);
  rig.set_caps({.width = 32, .rate = "30/1"});
  rig.feed(1, 2);
  EXPECT_EQ(rig.latency_messages(), 0u);
  rig.set_caps({.width = 32, .rate = "50/1"});
  rig.feed(2, 3);
  EXPECT_EQ(rig.latency_messages(), 1u);
}

// ---- allocation

TEST(UpscaleAllocation, OffersVideoMetaAndNoCropAndOneFrameForNoneIsHeld) {
  UpscaleRig rig;
  rig.open();
  GstQuery* query = gst_query_new_allocation(caps_of().get(), TRUE);
  ASSERT_TRUE(gst_pad_peer_query(rig.source(), query));
  EXPECT_TRUE(gst_query_find_allocation_meta(query, GST_VIDEO_META_API_TYPE, nullptr));
  EXPECT_FALSE(gst_query_find_allocation_meta(query, GST_VIDEO_CROP_META_API_TYPE, nullptr));
  guint min = 0;
  ASSERT_GT(gst_query_get_n_allocation_pools(query), 0u);
  gst_query_parse_nth_allocation_pool(query, 0, nullptr, nullptr, &min, nullptr);
  EXPECT_EQ(min, 1u);
  gst_query_unref(query);
}

TEST(UpscaleAllocation, UpstreamsPoolHasEachBufferBackAtOnce) {
  UpscaleRig rig;
  rig.open();
  GstBufferPool* pool = gst_buffer_pool_new();
  GstStructure* config = gst_buffer_pool_get_config(pool);
  gst_buffer_pool_config_set_params(config, caps_of().get(), 16 * 16 * 3, 1, 1);
  gst_buffer_pool_set_config(pool, config);
  gst_buffer_pool_set_active(pool, TRUE);
  GstBufferPoolAcquireParams impatient = {};
  impatient.flags = GST_BUFFER_POOL_ACQUIRE_FLAG_DONTWAIT;
  for (int k = 0; k < 12; ++k) {
    GstBuffer* buffer = nullptr;
    ASSERT_EQ(gst_buffer_pool_acquire_buffer(pool, &buffer, &impatient), GST_FLOW_OK) << k;
    // A copy of another frame that shares its memory, as tee and queue make them.
    GstBuffer* child = gst_buffer_copy(buffer);
    gst_buffer_add_parent_buffer_meta(child, buffer);
    gst_buffer_unref(buffer);
    GST_BUFFER_PTS(child) = k * 40 * GST_MSECOND;
    ASSERT_EQ(rig.push(BufferPtr(child)), GST_FLOW_OK);
  }
  rig.finish();
  EXPECT_EQ(rig.frames().size(), 12u);
  rig.clear();
  gst_buffer_pool_set_active(pool, FALSE);
  gst_object_unref(pool);
}

// A downstream pool of `most` frames with borders on all sides.
bool offer_padded_pool(GstQuery* query, guint most) {
  GstCaps* caps = nullptr;
  gst_query_parse_allocation(query, &caps, nullptr);
  GstVideoInfo info;
  gst_video_info_from_caps(&info, caps);
  GstBufferPool* pool = gst_video_buffer_pool_new();
  GstStructure* config = gst_buffer_pool_get_config(pool);
  gst_buffer_pool_config_set_params(config, caps, GST_VIDEO_INFO_SIZE(&info), 1, most);
  gst_buffer_pool_config_add_option(config, GST_BUFFER_POOL_OPTION_VIDEO_META);
  gst_buffer_pool_config_add_option(config, GST_BUFFER_POOL_OPTION_VIDEO_ALIGNMENT);
  GstVideoAlignment align;
  gst_video_alignment_reset(&align);
  align.padding_left = align.padding_right = align.padding_top = align.padding_bottom = 8;
  gst_buffer_pool_config_set_video_alignment(config, &align);
  gst_buffer_pool_set_config(pool, config);
  gst_query_add_allocation_pool(query, pool, GST_VIDEO_INFO_SIZE(&info), 1, most);
  gst_query_add_allocation_meta(query, GST_VIDEO_META_API_TYPE, nullptr);
  gst_object_unref(pool);
  return true;
}

TEST(UpscaleAllocation, FramesRespectTheStridesOfADownstreamPool) {
  for (const char* format : {"RGB", "I420", "GRAY8"}) {
    UpscaleRig rig;
    rig.allocation = [](GstQuery* query) { return offer_padded_pool(query, 0); };
    rig.open({.format = format, .width = 18, .height = 18});
    rig.push(100, 0);
    rig.finish();
    const Out frame = rig.frames().at(0);
    ASSERT_NE(gst_buffer_get_video_meta(frame.buffer), nullptr);
    EXPECT_GT(gst_buffer_get_video_meta(frame.buffer)->stride[0], 72);
    EXPECT_EQ(frame.value, 100) << format;
  }
}

TEST(UpscaleAllocation, ADownstreamPoolOfOneFrameIsEnough) {
  UpscaleRig rig;
  rig.allocation = [](GstQuery* query) { return offer_padded_pool(query, 1); };
  const auto probe = gst_pad_add_probe(  // downstream keeps none
      rig.sink(), GST_PAD_PROBE_TYPE_BUFFER,
      [](GstPad*, GstPadProbeInfo*, gpointer count) {
        ++*static_cast<int*>(count);
        return GST_PAD_PROBE_DROP;
      },
      new int(0),
      [](gpointer count) {
        EXPECT_EQ(*static_cast<int*>(count), 20);
        delete static_cast<int*>(count);
      });
  rig.open();
  EXPECT_EQ(rig.feed(0, 20), GST_FLOW_OK);
  rig.finish();
  gst_pad_remove_probe(rig.sink(), probe);
}

}  // namespace
}  // namespace videoenhance::testing
