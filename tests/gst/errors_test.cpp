// Whatever fails is one ERROR message with the right code, and no frame that can be delivered is lost.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/gst/rig.h"

namespace videoenhance::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

void expect_error(Rig& rig, GQuark domain, gint code) {
  const std::vector<BusError> errors = rig.errors();
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors[0].domain, domain);
  EXPECT_EQ(errors[0].code, code);
  EXPECT_EQ(errors[0].message.back(), '.');
  EXPECT_GT(std::count(errors[0].message.begin(), errors[0].message.end(), ' '), 2) << errors[0].message;
}

// ---- start

struct StartCase {
  const char* name;
  const char* lines;  // of the model file; null: the file is missing
  std::pair<std::string, std::string> property;
  GQuark (*domain)();
  gint code;
};

class StartErrors : public ::testing::TestWithParam<StartCase> {};

TEST_P(StartErrors, AreOneMessageAndTheSameElementStartsOnceRepaired) {
  const StartCase& c = GetParam();
  Rig rig({{"model-location", c.lines ? model_file(c.lines) : "/nonexistent/file"}, c.property});
  EXPECT_FALSE(rig.started());
  expect_error(rig, c.domain(), c.code);
  EXPECT_EQ(fake_counts().engines_alive, 0u);

  gst_element_set_state(rig.element(), GST_STATE_NULL);
  g_object_set(rig.element(), "model-location", model_file().c_str(), "device", "auto", "memory-limit",
               guint64{0}, "flow-scale", 1.0, "ensemble", FALSE, nullptr);
  EXPECT_EQ(gst_element_set_state(rig.element(), GST_STATE_PLAYING), GST_STATE_CHANGE_SUCCESS);
}

const std::pair<std::string, std::string> kNoProperty = {"threads", "0"};

INSTANTIATE_TEST_SUITE_P(
    Table, StartErrors,
    ::testing::Values(
        StartCase{"MissingFile", nullptr, kNoProperty, gst_resource_error_quark,
                  GST_RESOURCE_ERROR_NOT_FOUND},
        StartCase{"StrangeFile", "model=other", kNoProperty, gst_library_error_quark, GST_LIBRARY_ERROR_INIT},
        StartCase{
            "MissingDevice", "", {"device", "cuda:9"}, gst_library_error_quark, GST_LIBRARY_ERROR_SETTINGS},
        StartCase{
            "UnknownDevice", "", {"device", "quantum"}, gst_library_error_quark, GST_LIBRARY_ERROR_SETTINGS},
        StartCase{
            "OddFlowScale", "", {"flow-scale", "0.7"}, gst_library_error_quark, GST_LIBRARY_ERROR_SETTINGS},
        StartCase{"NoEnsemble",
                  "ensemble=no",
                  {"ensemble", "true"},
                  gst_library_error_quark,
                  GST_LIBRARY_ERROR_SETTINGS},
        StartCase{"TooLittleMemory",
                  "",
                  {"memory-limit", "1"},
                  gst_resource_error_quark,
                  GST_RESOURCE_ERROR_NO_SPACE_LEFT},
        StartCase{"Fails", "fail=create", kNoProperty, gst_stream_error_quark, GST_STREAM_ERROR_FAILED},
        StartCase{"ThrowsInt", "fail=create\nthrow=int", kNoProperty, gst_stream_error_quark,
                  GST_STREAM_ERROR_FAILED},
        StartCase{"ThrowsStd", "fail=create\nthrow=std", kNoProperty, gst_stream_error_quark,
                  GST_STREAM_ERROR_FAILED}),
    [](const auto& info) { return info.param.name; });

TEST(StartErrors, AMissingFileIsNamed) {
  Rig rig(Properties{{"model-location", "/nonexistent/file"}});
  EXPECT_THAT(rig.errors().at(0).message, HasSubstr("/nonexistent/file"));
}

// ---- configure

class ConfigureErrors : public ::testing::TestWithParam<const char*> {};

TEST_P(ConfigureErrors, RefuseTheCapsWithOneMessageHoweverOftenTheyCome) {
  Rig rig(
      Properties{{"model-location", model_file(std::string("fail=configure\nkind=memory\n") + GetParam())}});
  ASSERT_TRUE(rig.started());
  rig.open();
  for (int k = 0; k < 3; ++k) EXPECT_EQ(rig.feed(k, k + 1), GST_FLOW_NOT_NEGOTIATED);
  if (std::string(GetParam()).empty()) {
    expect_error(rig, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NO_SPACE_LEFT);
  } else {
    expect_error(rig, GST_STREAM_ERROR, GST_STREAM_ERROR_FAILED);
  }
}

TEST_P(ConfigureErrors, InMidStreamDeliverTheOldFramesFirst) {
  Rig rig(Properties{{"model-location", model_file(std::string("fail=configure\nat=2\n") + GetParam())}});
  rig.open();
  rig.feed(0, 2);
  rig.set_caps({.width = 32});
  EXPECT_EQ(rig.feed(2, 3), GST_FLOW_NOT_NEGOTIATED);
  EXPECT_EQ(rig.frames().size(), 4u);
  EXPECT_EQ(rig.errors().size(), 1u);
  rig.set_caps({.width = 48});  // other caps get their chance
  EXPECT_EQ(rig.feed(3, 4), GST_FLOW_OK);
}

INSTANTIATE_TEST_SUITE_P(Table, ConfigureErrors, ::testing::Values("", "throw=int\n", "throw=std\n"));

// ---- in mid-stream

struct StreamCase {
  const char* lines;
  std::vector<int> delivered;  // of frames 0, 10, 20 at four times the rate
};

class StreamErrors : public ::testing::TestWithParam<StreamCase> {};

TEST_P(StreamErrors, DeliverEverySourceFrameThenOneMessage) {
  {
    Rig rig(Properties{{"multiplier", "4/1"}, {"model-location", model_file(GetParam().lines)}});
    rig.open();
    EXPECT_EQ(rig.feed(0, 3), GST_FLOW_ERROR);
    EXPECT_EQ(values(rig.frames()), GetParam().delivered);
    const std::vector<GstClockTime> found = times(rig.frames());
    EXPECT_TRUE(std::is_sorted(found.begin(), found.end()));
    expect_error(rig, GST_STREAM_ERROR, GST_STREAM_ERROR_FAILED);
    rig.finish();
    EXPECT_EQ(values(rig.frames()), GetParam().delivered);
  }
  EXPECT_EQ(fake_counts().engines_alive, 0u);
}

const std::vector<int> kFirstPairFails = {0, 10, 10, 10, 10};

INSTANTIATE_TEST_SUITE_P(Table, StreamErrors,
                         ::testing::Values(StreamCase{"fail=push", kFirstPairFails},
                                           StreamCase{"fail=push\nat=2", kFirstPairFails},
                                           StreamCase{"fail=push\nat=3", {0, 3, 5, 8, 10, 20, 20, 20, 20}},
                                           StreamCase{"fail=pop", kFirstPairFails},
                                           StreamCase{"fail=pop\nat=2", {0, 3, 10, 10, 10, 10}},
                                           StreamCase{"fail=pop\nat=5", {0, 3, 5, 8, 10, 13, 20, 20, 20, 20}},
                                           StreamCase{"fail=push\nthrow=int", kFirstPairFails},
                                           StreamCase{"fail=pop\nthrow=int", kFirstPairFails},
                                           StreamCase{"fail=pop\nthrow=std", kFirstPairFails}));

TEST(StreamErrors, TheCodeFollowsTheKind) {
  Rig rig(Properties{{"model-location", model_file("fail=pop\nkind=memory")}});
  rig.open();
  EXPECT_EQ(rig.feed(0, 2), GST_FLOW_ERROR);
  expect_error(rig, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NO_SPACE_LEFT);
}

TEST(StreamErrors, AfterOneTheStreamCanGoOn) {
  Rig rig(Properties{{"model-location", model_file("fail=pop")}});
  rig.open();
  EXPECT_EQ(rig.feed(0, 2), GST_FLOW_ERROR);
  rig.clear();
  EXPECT_EQ(rig.feed(2, 4), GST_FLOW_OK);
  rig.finish();
  EXPECT_THAT(values(rig.frames()), ElementsAre(20, 25, 30, 30));
  EXPECT_TRUE(rig.frames()[0].discont);
}

TEST(StreamErrors, AFrameWithoutTheAnnouncedSizeIsOneMessage) {
  Rig rig;
  rig.open();
  rig.feed(0, 1);
  BufferPtr small(gst_buffer_new_allocate(nullptr, 16, nullptr));
  GST_BUFFER_PTS(small.get()) = 40 * GST_MSECOND;
  EXPECT_EQ(rig.push(std::move(small)), GST_FLOW_ERROR);
  expect_error(rig, GST_STREAM_ERROR, GST_STREAM_ERROR_FAILED);
}

}  // namespace
}  // namespace videoenhance::testing
