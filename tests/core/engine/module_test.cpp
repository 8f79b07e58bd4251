// Opening the module: what is wrong is said in words, and a later try may succeed.
#include "core/engine/module.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace videoenhance {
namespace {

Result<const EngineModule*> open(const std::string& path) {
  setenv("VIDEOENHANCE_TORCH_MODULE", path.c_str(), 1);
  auto module = open_engine_module();
  unsetenv("VIDEOENHANCE_TORCH_MODULE");
  return module;
}

void expect_refused(const std::string& path, const std::string& word) {
  const auto module = open(path);
  ASSERT_FALSE(module);
  EXPECT_EQ(module.error().kind, ErrorKind::kBadModule);
  EXPECT_NE(module.error().message.find(word), std::string::npos) << module.error().message;
  EXPECT_EQ(module.error().message.back(), '.');
}

TEST(Module, AMissingFileIsNamed) {
  expect_refused("/nonexistent/module.so", "/nonexistent/module.so");
}

TEST(Module, AFileThatIsNoLibraryIsRefused) {
  const auto path = std::filesystem::path(testing::TempDir()) / "no-library.so";
  std::ofstream(path) << "no library";
  expect_refused(path.string(), "cannot be loaded");
  std::filesystem::remove(path);
}

TEST(Module, ALibraryWithoutTheEntryPointIsRefused) {
  expect_refused(LIBRARY_WITHOUT_ENTRY, "no Torch module");
}

TEST(Module, AnotherInterfaceVersionIsRefusedWithBothNumbers) {
  expect_refused(MODULE_OF_ANOTHER_VERSION, "no Torch module of this version");
  EXPECT_NE(open(MODULE_OF_ANOTHER_VERSION).error().detail.find("999"), std::string::npos);
}

// Last in the file: once open, a module stays.
TEST(ModuleOpened, OpensAfterFailuresAndStaysOpen) {
  const auto module = open(GOOD_MODULE);
  ASSERT_TRUE(module) << module.error().message << module.error().detail;
  EXPECT_EQ((*module)->interface_version, kModuleInterfaceVersion);
  EXPECT_EQ(open("/nonexistent/module.so").value(), *module);
}

TEST(ModuleOpened, IdleThreadsSleepAfterSpinningForAShortTime) {
  ASSERT_TRUE(open(GOOD_MODULE));
  EXPECT_STREQ(std::getenv("OMP_WAIT_POLICY"), "passive");
  EXPECT_STREQ(std::getenv("GOMP_SPINCOUNT"), "3000");
}

}  // namespace
}  // namespace videoenhance
