// `models` and `doctor`.
#include <gmock/gmock.h>
#include <gst/gst.h>
#include <gtest/gtest.h>

#include "tests/video-enhance/program.h"

namespace videoenhance {
namespace {

using testing::HasSubstr;

TEST(Doctor, SaysThatThePluginWorksOrWhatIsWrong) {
  const Desk desk;
  const Ran ran = desk.run({"doctor"});
  EXPECT_THAT(ran.out, HasSubstr("libgstvideoenhance.so"));
  EXPECT_THAT(ran.out, HasSubstr("GStreamer's elements"));
}

TEST(Doctor, NamesAModuleThatCannotBeOpened) {
  const Desk desk;
  g_setenv("VIDEOENHANCE_TORCH_MODULE", "/nowhere/module.so", TRUE);
  const Ran ran = desk.run({"doctor"});
  g_setenv("VIDEOENHANCE_TORCH_MODULE", FAKE_MODULE, TRUE);
  EXPECT_EQ(ran.code, 5);
  EXPECT_THAT(ran.out, HasSubstr("/nowhere/module.so"));
}

TEST(Models, AreListedWithTheirChecksum) {
  const Desk desk;
  desk.write("some.pkl", "no weights");
  g_setenv("VIDEOENHANCE_MODEL_PATH", desk.path("").c_str(), TRUE);
  const Ran ran = desk.run({"models", "--json"});
  g_unsetenv("VIDEOENHANCE_MODEL_PATH");
  EXPECT_EQ(ran.code, 0);
  EXPECT_THAT(ran.out, HasSubstr("\"name\":\"some.pkl\""));
  EXPECT_THAT(ran.out, HasSubstr("\"sha256\":\"c814b209"));
  EXPECT_THAT(ran.out, HasSubstr("\"problem\""));
}

}  // namespace
}  // namespace videoenhance
