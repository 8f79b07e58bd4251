// The engine module that cannot be opened. Its own program: a module that was opened once stays open.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/gst/rig.h"

namespace videoenhance::testing {
namespace {

using ::testing::HasSubstr;

void expect_refused(const char* path) {
  setenv("VIDEOENHANCE_TORCH_MODULE", path, 1);
  Rig rig({}, GST_STATE_NULL);
  EXPECT_EQ(gst_element_set_state(rig.element(), GST_STATE_READY), GST_STATE_CHANGE_FAILURE);
  const std::vector<BusError> errors = rig.errors();
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors[0].domain, GST_LIBRARY_ERROR);
  EXPECT_EQ(errors[0].code, GST_LIBRARY_ERROR_INIT);
  EXPECT_THAT(errors[0].message, HasSubstr(path));
}

TEST(Module, MakingAnElementNeedsNone) {
  setenv("VIDEOENHANCE_TORCH_MODULE", "/nonexistent/module.so", 1);
  Rig rig({}, GST_STATE_NULL);
  EXPECT_TRUE(rig.errors().empty());
}

TEST(Module, ThatIsMissingIsOneErrorThatNamesIt) {
  expect_refused("/nonexistent/module.so");
}

TEST(Module, ThatIsNoLibraryIsOneErrorThatNamesIt) {
  expect_refused(model_file().c_str());
}

TEST(Module, OfAnotherVersionIsOneErrorThatNamesIt) {
  expect_refused(STALE_MODULE);
}

TEST(Module, ThatIsPutInPlaceLaterWorksAtTheNextTry) {
  expect_refused("/nonexistent/module.so");
  setenv("VIDEOENHANCE_TORCH_MODULE", FAKE_MODULE, 1);
  Rig rig;
  EXPECT_TRUE(rig.started());
  EXPECT_TRUE(rig.errors().empty());
}

}  // namespace
}  // namespace videoenhance::testing
