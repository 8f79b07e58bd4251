// flashvsr: whatever fails is one ERROR message with the right code, and no frame that is ready is lost.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/gst/rig.h"

namespace videoenhance::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

void expect_error(Rig& rig, GQuark domain, gint code) {
  const std::vector<BusError> errors = rig.errors();
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors[0].domain, domain);
  EXPECT_EQ(errors[0].code, code);
  EXPECT_EQ(errors[0].message.back(), '.');
  EXPECT_GT(std::count(errors[0].message.begin(), errors[0].message.end(), ' '), 2) << errors[0].message;
}

Properties with_model(const std::string& lines) {
  return {{"model-location", model_file(lines)}};
}

// ---- start

struct StartCase {
  const char* name;
  const char* lines;  // of the model file; null: the file is missing
  std::pair<std::string, std::string> property;
  GQuark (*domain)();
  gint code;
};

class UpscaleStart : public ::testing::TestWithParam<StartCase> {};

TEST_P(UpscaleStart, ThatFailsIsOneMessageAndTheSameElementStartsOnceRepaired) {
  const StartCase& c = GetParam();
  UpscaleRig rig({{"model-location", c.lines ? model_file(c.lines) : "/nonexistent/file"}, c.property});
  EXPECT_FALSE(rig.started());
  expect_error(rig, c.domain(), c.code);
  EXPECT_EQ(fake_counts().engines_alive, 0u);

  gst_element_set_state(rig.element(), GST_STATE_NULL);
  g_object_set(rig.element(), "model-location", model_file().c_str(), "device", "auto", "memory-limit",
               guint64{0}, nullptr);
  EXPECT_EQ(gst_element_set_state(rig.element(), GST_STATE_PLAYING), GST_STATE_CHANGE_SUCCESS);
}

const std::pair<std::string, std::string> kNoProperty = {"threads", "0"};

INSTANTIATE_TEST_SUITE_P(
    Table, UpscaleStart,
    ::testing::Values(
        StartCase{"MissingFile", nullptr, kNoProperty, gst_resource_error_quark,
                  GST_RESOURCE_ERROR_NOT_FOUND},
        StartCase{"StrangeFile", "model=other", kNoProperty, gst_library_error_quark, GST_LIBRARY_ERROR_INIT},
        StartCase{
            "MissingDevice", "", {"device", "cuda:9"}, gst_library_error_quark, GST_LIBRARY_ERROR_SETTINGS},
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

// The fake module cannot read it, and says so: it was found.
TEST(UpscaleStart, WithoutALocationTakesTheModelThatComesAlong) {
  UpscaleRig rig({}, GST_STATE_NULL);
  g_object_set(rig.element(), "model-location", nullptr, nullptr);
  EXPECT_EQ(gst_element_set_state(rig.element(), GST_STATE_PAUSED), GST_STATE_CHANGE_FAILURE);
  const std::vector<BusError> errors = rig.errors();
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors[0].domain, GST_LIBRARY_ERROR);
  EXPECT_EQ(errors[0].code, GST_LIBRARY_ERROR_INIT);
}

TEST(UpscaleStart, WithAMissingFileNamesIt) {
  UpscaleRig rig(Properties{{"model-location", "/nonexistent/file"}});
  EXPECT_THAT(rig.errors().at(0).message, HasSubstr("/nonexistent/file"));
}

// ---- configure

class UpscaleConfigure : public ::testing::TestWithParam<const char*> {};

TEST_P(UpscaleConfigure, ThatFailsRefusesTheCapsWithOneMessageHoweverOftenTheyCome) {
  UpscaleRig rig(with_model(std::string("fail=configure\nkind=memory\n") + GetParam()));
  ASSERT_TRUE(rig.started());
  rig.open();
  for (int k = 0; k < 3; ++k) EXPECT_EQ(rig.feed(k, k + 1), GST_FLOW_NOT_NEGOTIATED);
  if (std::string(GetParam()).empty()) {
    expect_error(rig, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NO_SPACE_LEFT);
  } else {
    expect_error(rig, GST_STREAM_ERROR, GST_STREAM_ERROR_FAILED);
  }
}

TEST_P(UpscaleConfigure, ThatFailsInMidStreamDeliversTheOldFramesFirst) {
  UpscaleRig rig(with_model(std::string("fail=configure\nat=2\n") + GetParam()));
  rig.open();
  rig.feed(0, 7);
  rig.set_caps({.width = 32});
  EXPECT_EQ(rig.feed(7, 8), GST_FLOW_NOT_NEGOTIATED);
  EXPECT_EQ(rig.frames().size(), 7u);
  EXPECT_EQ(rig.errors().size(), 1u);
  rig.set_caps({.width = 48});  // other caps get their chance
  EXPECT_EQ(rig.feed(8, 9), GST_FLOW_OK);
}

TEST_P(UpscaleConfigure, ThatFailsForOneOutputSizeGivesAnotherItsChance) {
  UpscaleRig rig(with_model(std::string("fail=configure\n") + GetParam()));
  rig.accept("video/x-raw,width=4096,height=4096");
  rig.open();
  EXPECT_EQ(rig.feed(0, 1), GST_FLOW_NOT_NEGOTIATED);
  EXPECT_EQ(rig.errors().size(), 1u);
  rig.accept("video/x-raw,width=64,height=64");
  EXPECT_EQ(rig.feed(1, 2), GST_FLOW_OK);
  rig.finish();
  EXPECT_THAT(values(rig.frames()), ElementsAre(10));
}

INSTANTIATE_TEST_SUITE_P(Table, UpscaleConfigure, ::testing::Values("", "throw=int\n", "throw=std\n"));

// ---- in mid-stream

struct StreamCase {
  const char* lines;
  int delivered;  // of 30 frames and EOS, before the message
};

class UpscaleStream : public ::testing::TestWithParam<StreamCase> {};

TEST_P(UpscaleStream, ThatFailsDeliversWhatIsReadyThenOneMessage) {
  {
    UpscaleRig rig(with_model(GetParam().lines));
    rig.open();
    EXPECT_EQ(rig.feed(0, 30), GST_FLOW_ERROR);
    EXPECT_EQ(rig.frames().size(), static_cast<std::size_t>(GetParam().delivered));
    expect_error(rig, GST_STREAM_ERROR, GST_STREAM_ERROR_FAILED);
    rig.finish();
    EXPECT_EQ(rig.frames().size(), static_cast<std::size_t>(GetParam().delivered));
    EXPECT_TRUE(rig.errors().empty());
    EXPECT_EQ(rig.items().back().name, "eos");
  }
  EXPECT_EQ(fake_counts().engines_alive, 0u);
}

INSTANTIATE_TEST_SUITE_P(Table, UpscaleStream,
                         ::testing::Values(StreamCase{"fail=push", 0}, StreamCase{"fail=push\nat=9", 0},
                                           StreamCase{"fail=push\nat=12", 5}, StreamCase{"fail=pop", 0},
                                           StreamCase{"fail=pop\nat=3", 2}, StreamCase{"fail=pop\nat=6", 5},
                                           StreamCase{"fail=push\nat=20\nthrow=int", 13},
                                           StreamCase{"fail=pop\nat=7\nthrow=int", 6},
                                           StreamCase{"fail=pop\nat=7\nthrow=std", 6}));

class UpscaleDrain : public ::testing::TestWithParam<const char*> {};

TEST_P(UpscaleDrain, ThatFailsIsOneMessageAndTheEndStillGoesOn) {
  UpscaleRig rig(with_model(std::string("fail=drain\n") + GetParam()));
  rig.open();
  rig.feed(0, 10);
  rig.finish();
  EXPECT_EQ(rig.order(), "stream-start caps segment 5 eos");
  expect_error(rig, GST_STREAM_ERROR, GST_STREAM_ERROR_FAILED);
}

INSTANTIATE_TEST_SUITE_P(Table, UpscaleDrain, ::testing::Values("", "throw=int\n", "throw=std\n"));

TEST(UpscaleDrain, InWhichAFrameFailsDeliversThoseBeforeIt) {
  UpscaleRig rig(with_model("fail=pop\nat=4"));
  rig.open();
  rig.feed(0, 8);
  rig.finish();
  EXPECT_THAT(values(rig.frames()), ElementsAre(0, 10, 20));
  expect_error(rig, GST_STREAM_ERROR, GST_STREAM_ERROR_FAILED);
}

TEST(UpscaleDrain, ThatFailsAtADiscontRefusesTheFrame) {
  UpscaleRig rig(with_model("fail=drain"));
  rig.open();
  rig.feed(0, 3);
  BufferPtr frame = rig.frame(90, 120 * GST_MSECOND);
  GST_BUFFER_FLAG_SET(frame.get(), GST_BUFFER_FLAG_DISCONT);
  EXPECT_EQ(rig.push(std::move(frame)), GST_FLOW_ERROR);
  EXPECT_EQ(rig.errors().size(), 1u);
}

TEST(UpscaleErrors, TheCodeFollowsTheKind) {
  UpscaleRig rig(with_model("fail=pop\nkind=memory"));
  rig.open();
  EXPECT_EQ(rig.feed(0, 9), GST_FLOW_ERROR);
  expect_error(rig, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NO_SPACE_LEFT);
}

TEST(UpscaleErrors, AfterOneTheStreamCanGoOn) {
  for (const char* lines : {"fail=pop", "fail=push\nat=9"}) {
    UpscaleRig rig(with_model(lines));
    rig.open();
    EXPECT_EQ(rig.feed(0, 9), GST_FLOW_ERROR);
    rig.clear();
    EXPECT_EQ(rig.feed(9, 12), GST_FLOW_OK);
    rig.finish();
    EXPECT_THAT(values(rig.frames()), ElementsAre(90, 100, 110));
    EXPECT_TRUE(rig.frames()[0].discont);
  }
}

TEST(UpscaleErrors, AFrameWithoutTheAnnouncedSizeLosesNoneBeforeIt) {
  UpscaleRig rig;
  rig.open();
  rig.feed(0, 3);
  BufferPtr small(gst_buffer_new_allocate(nullptr, 16, nullptr));
  GST_BUFFER_PTS(small.get()) = 120 * GST_MSECOND;
  EXPECT_EQ(rig.push(std::move(small)), GST_FLOW_ERROR);
  EXPECT_THAT(values(rig.frames()), ElementsAre(0, 10, 20));
  expect_error(rig, GST_STREAM_ERROR, GST_STREAM_ERROR_FAILED);
  rig.feed(4, 5);
  rig.finish();
  EXPECT_THAT(values(rig.frames()), ElementsAre(0, 10, 20, 40));
}

TEST(UpscaleErrors, ABadFrameWhileTheDrainFailsIsStillOneMessage) {
  UpscaleRig rig(with_model("fail=drain"));
  rig.open();
  rig.feed(0, 3);
  BufferPtr small(gst_buffer_new_allocate(nullptr, 16, nullptr));
  GST_BUFFER_PTS(small.get()) = 120 * GST_MSECOND;
  EXPECT_EQ(rig.push(std::move(small)), GST_FLOW_ERROR);
  EXPECT_EQ(rig.errors().size(), 1u);
}

TEST(UpscaleErrors, FramesInAnotherOrderAreNotGivenWrongTimes) {
  UpscaleRig rig(with_model("order=wrong"));
  rig.open();
  EXPECT_EQ(rig.feed(0, 9), GST_FLOW_ERROR);
  EXPECT_THAT(rig.frames(), IsEmpty());
  expect_error(rig, GST_STREAM_ERROR, GST_STREAM_ERROR_FAILED);
}

}  // namespace
}  // namespace videoenhance::testing
