// Negotiation, allocation and latency.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/gst/rig.h"

namespace videoenhance::testing {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> output_rates(const Rig& rig) {
  std::vector<std::string> rates;
  for (const Item& item : rig.items()) {
    if (item.name != "caps") continue;
    GstCaps* caps = nullptr;
    gst_event_parse_caps(item.event, &caps);
    gint n = 0, d = 0;
    gst_structure_get_fraction(gst_caps_get_structure(caps, 0), "framerate", &n, &d);
    rates.push_back(std::to_string(n) + "/" + std::to_string(d));
  }
  return rates;
}

bool accepts(const Rig& rig, const CapsFields& fields) {
  return gst_pad_peer_query_accept_caps(rig.source(), caps_of(fields).get());
}

TEST(Caps, ANewSizeComesAfterAllFramesOfTheOldOne) {
  Rig rig;
  rig.open();
  rig.feed(0, 2);
  rig.set_caps({.width = 32});
  rig.feed(2, 4);
  rig.finish();
  EXPECT_EQ(rig.order(), "stream-start caps segment 4 caps 4 eos");
  std::vector<int> widths;
  for (const Out& frame : rig.frames()) widths.push_back(frame.width);
  EXPECT_THAT(widths, ElementsAre(16, 16, 16, 16, 32, 32, 32, 32));
}

TEST(Caps, ARateThatDownstreamChangesComesAfterAllFramesOfTheOldOne) {
  Rig rig;
  rig.accept("video/x-raw,framerate=50/1");
  rig.open();
  rig.feed(0, 2);
  rig.accept("video/x-raw,framerate=75/1");
  rig.feed(2, 4);
  rig.finish();
  EXPECT_EQ(rig.order(), "stream-start caps segment 4 caps 6 eos");
  EXPECT_THAT(output_rates(rig), ElementsAre("50/1", "75/1"));
}

TEST(Caps, TheSameAgainKeepTheHistory) {
  Rig rig;
  rig.open();
  rig.feed(0, 2);
  rig.set_caps({});
  rig.accept("video/x-raw");
  rig.feed(2, 3);
  rig.finish();
  EXPECT_EQ(rig.order(), "stream-start caps segment 6 eos");
  EXPECT_THAT(values(rig.frames()), ElementsAre(0, 5, 10, 15, 20, 20));
}

TEST(Caps, EverythingButTheRateIsKept) {
  const std::string extra =
      ",colorimetry=bt2100-pq,chroma-site=v-cosited,pixel-aspect-ratio=16/"
      "15,content-light-level=(string)1000:400";
  Rig rig;
  rig.open({.format = "P010_10LE", .extra = extra});
  rig.feed(0, 1);
  GstCaps* caps = gst_pad_get_current_caps(rig.sink());
  const CapsPtr wanted = caps_of({.format = "P010_10LE", .rate = "50/1", .extra = extra});
  EXPECT_TRUE(gst_caps_is_subset(caps, wanted.get())) << gst_caps_to_string(caps);
  gst_caps_unref(caps);
}

TEST(Caps, ProgressiveOnly) {
  Rig rig;
  EXPECT_TRUE(accepts(rig, {}));
  EXPECT_TRUE(accepts(rig, {.extra = ",interlace-mode=progressive"}));
  EXPECT_FALSE(accepts(rig, {.extra = ",interlace-mode=interleaved"}));
  EXPECT_FALSE(accepts(rig, {.extra = ",interlace-mode=mixed"}));
}

// Upstream is told that they are not accepted.
TEST(BadCaps, ThatNoOneOfferedAreRefusedWithoutAMessageAndGoodOnesWorkAfterwards) {
  for (const CapsFields& bad :
       {CapsFields{.extra = ",interlace-mode=interleaved"}, CapsFields{.format = "NV24"}}) {
    Rig rig;
    rig.open(bad);
    EXPECT_EQ(rig.feed(0, 1), GST_FLOW_NOT_NEGOTIATED);
    EXPECT_TRUE(rig.errors().empty());
    rig.open();
    EXPECT_EQ(rig.feed(0, 2), GST_FLOW_OK);
    rig.finish();
    EXPECT_EQ(rig.frames().size(), 4u);
  }
}

TEST(BadCaps, ARateTooHighToMultiplyIsOneErrorHoweverOftenItComes) {
  Rig rig;
  rig.open({.rate = "2147483647/1"});
  for (int k = 0; k < 3; ++k) EXPECT_EQ(rig.feed(k, k + 1), GST_FLOW_NOT_NEGOTIATED);
  const std::vector<BusError> errors = rig.errors();
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors[0].domain, GST_CORE_ERROR);
  EXPECT_EQ(errors[0].code, GST_CORE_ERROR_NEGOTIATION);
  EXPECT_NE(errors[0].message.find("multiplier"), std::string::npos);
  rig.open();
  EXPECT_EQ(rig.feed(0, 2), GST_FLOW_OK);
  rig.open({.rate = "2147483647/1"});
  EXPECT_EQ(rig.feed(0, 1), GST_FLOW_NOT_NEGOTIATED);
  EXPECT_EQ(rig.errors().size(), 1u);  // news again
}

TEST(BadCaps, ARateThatDownstreamRefusesIsNotNegotiated) {
  Rig rig;
  rig.accept("video/x-raw,format=I420");
  rig.open({.format = "RGB"});
  EXPECT_EQ(rig.feed(0, 1), GST_FLOW_NOT_NEGOTIATED);
}

TEST(BadCaps, OtherMemoryIsNotAccepted) {
  Rig rig;
  const CapsPtr caps(
      gst_caps_from_string("video/x-raw(memory:Other),format=RGB,width=16,height=16,framerate=25/1"));
  EXPECT_FALSE(gst_pad_peer_query_accept_caps(rig.source(), caps.get()));
}

TEST(BadCaps, InMidStreamLoseNoFrameOfTheOldOnes) {
  Rig rig;
  rig.open();
  rig.feed(0, 2);
  rig.set_caps({.extra = ",interlace-mode=interleaved"});
  EXPECT_NE(rig.feed(2, 3), GST_FLOW_OK);
  rig.finish();
  EXPECT_EQ(rig.frames().size(), 4u);
}

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
  const char* rate;
  bool live;
  GstClockTime min, max;
  GstClockTime own;
};

class LatencyQuery : public ::testing::TestWithParam<LatencyCase> {};

TEST_P(LatencyQuery, AddsOneSourceFrame) {
  const LatencyCase& c = GetParam();
  Rig rig;
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
    Table, LatencyQuery,
    ::testing::Values(LatencyCase{"25/1", false, 0, GST_CLOCK_TIME_NONE, 40 * GST_MSECOND},
                      LatencyCase{"25/1", true, 100 * GST_MSECOND, GST_CLOCK_TIME_NONE, 40 * GST_MSECOND},
                      LatencyCase{"50/1", true, 100 * GST_MSECOND, 300 * GST_MSECOND, 20 * GST_MSECOND},
                      LatencyCase{"30000/1001", true, 0, GST_SECOND, 33366666},
                      LatencyCase{"0/1", true, 0, GST_CLOCK_TIME_NONE, 40 * GST_MSECOND}));

TEST(LatencyMessage, IsPostedOnceForAChangeAndNeverWithoutOne) {
  Rig rig;
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

struct Offer {
  bool layouts = false;
  bool crop = false;
  guint least = 0;
};

// What upstream is offered. The pool's own configuration must agree.
Offer offer_of(const Rig& rig) {
  GstQuery* query = gst_query_new_allocation(caps_of().get(), TRUE);
  EXPECT_TRUE(gst_pad_peer_query(rig.source(), query));
  Offer offer;
  offer.layouts = gst_query_find_allocation_meta(query, GST_VIDEO_META_API_TYPE, nullptr);
  offer.crop = gst_query_find_allocation_meta(query, GST_VIDEO_CROP_META_API_TYPE, nullptr);
  GstBufferPool* pool = nullptr;
  EXPECT_GT(gst_query_get_n_allocation_pools(query), 0u);
  gst_query_parse_nth_allocation_pool(query, 0, &pool, nullptr, &offer.least, nullptr);
  GstStructure* config = gst_buffer_pool_get_config(pool);
  guint least = 0;
  gst_buffer_pool_config_get_params(config, nullptr, nullptr, &least, nullptr);
  EXPECT_EQ(least, offer.least);
  gst_structure_free(config);
  gst_object_unref(pool);
  gst_query_unref(query);
  return offer;
}

// Layouts that downstream cannot read are copied: a decoder must know only that they are understood here.
TEST(Allocation, OffersAFrameMoreThanIsHeldAndLayoutsAndNoCrop) {
  Rig rig;
  rig.open();
  const Offer offer = offer_of(rig);
  EXPECT_TRUE(offer.layouts);
  EXPECT_FALSE(offer.crop);
  EXPECT_EQ(offer.least, 2u);
}

TEST(Allocation, OffersTheFramesThatDownstreamHolds) {
  Rig rig;
  rig.allocation = [](GstQuery* query) {
    gst_query_add_allocation_pool(query, nullptr, 16 * 16 * 3, 5, 0);
    return takes_layouts(query);
  };
  rig.open();
  EXPECT_EQ(offer_of(rig).least, 7u);
}

// A downstream pool whose frames have borders on all sides.
bool offer_padded_pool(GstQuery* query) {
  GstCaps* caps = nullptr;
  gst_query_parse_allocation(query, &caps, nullptr);
  GstVideoInfo info;
  gst_video_info_from_caps(&info, caps);
  GstBufferPool* pool = gst_video_buffer_pool_new();
  GstStructure* config = gst_buffer_pool_get_config(pool);
  gst_buffer_pool_config_set_params(config, caps, GST_VIDEO_INFO_SIZE(&info), 2, 0);
  gst_buffer_pool_config_add_option(config, GST_BUFFER_POOL_OPTION_VIDEO_META);
  gst_buffer_pool_config_add_option(config, GST_BUFFER_POOL_OPTION_VIDEO_ALIGNMENT);
  GstVideoAlignment align;
  gst_video_alignment_reset(&align);
  align.padding_left = align.padding_right = align.padding_top = align.padding_bottom = 8;
  gst_buffer_pool_config_set_video_alignment(config, &align);
  gst_buffer_pool_set_config(pool, config);
  gst_query_add_allocation_pool(query, pool, GST_VIDEO_INFO_SIZE(&info), 2, 0);
  gst_query_add_allocation_meta(query, GST_VIDEO_META_API_TYPE, nullptr);
  gst_object_unref(pool);
  return true;
}

TEST(Allocation, DrawnFramesRespectTheStridesOfADownstreamPool) {
  for (const char* format : {"RGB", "I420", "GRAY8"}) {
    Rig rig;
    rig.allocation = offer_padded_pool;
    rig.open({.format = format, .width = 18, .height = 18});
    rig.push(80, 0);
    rig.push(120, 40 * GST_MSECOND);
    const Out drawn = rig.frames()[1];
    ASSERT_NE(gst_buffer_get_video_meta(drawn.buffer), nullptr);
    EXPECT_GT(gst_buffer_get_video_meta(drawn.buffer)->stride[0], 18);
    EXPECT_NEAR(drawn.value, 100, 1) << format;
  }
}

}  // namespace
}  // namespace videoenhance::testing
