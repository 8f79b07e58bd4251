#include "core/torch/runtime/model_registry.h"

#include <gtest/gtest.h>

#include <fstream>

namespace videoenhance {
namespace {

namespace fs = std::filesystem;

struct FakeModel : Model {
  std::uint64_t bytes() const override { return 1; }
};

class Registry : public testing::Test {
 protected:
  void SetUp() override {
    file_ = fs::path(testing::TempDir()) / "videoenhance-registry-test";
    write("weights");
  }
  void TearDown() override { fs::remove(file_); }

  void write(const std::string& text) { std::ofstream(file_) << text; }

  Result<std::shared_ptr<const Model>> acquire(const ModelKey& key, std::uint64_t needed = 0) {
    return registry_.acquire(key, needed, [this]() -> Result<std::shared_ptr<const Model>> {
      ++loads_;
      return std::make_shared<FakeModel>();
    });
  }

  ModelKey key(c10::ScalarType precision = c10::kFloat) {
    return {{FileIdentity::of(file_).value()}, c10::kCPU, precision};
  }

  fs::path file_;
  ModelRegistry registry_;
  int loads_ = 0;
};

TEST_F(Registry, TheSameFileIsLoadedOnce) {
  const auto one = acquire(key()), other = acquire(key());
  EXPECT_EQ(*one, *other);
  EXPECT_EQ(loads_, 1);
}

TEST_F(Registry, AnotherPrecisionIsAnotherModel) {
  const auto one = acquire(key()), other = acquire(key(c10::kBFloat16));
  EXPECT_NE(*one, *other);
}

TEST_F(Registry, AFileThatChangedIsLoadedAgain) {
  const auto before = acquire(key());
  write("other weights");
  const auto after = acquire(key());
  EXPECT_NE(*before, *after);
}

TEST_F(Registry, ALinkToTheSameFileSharesItsModel) {
  const fs::path link = file_.string() + "-link";
  fs::create_symlink(file_, link);
  const auto one = acquire(key()),
             other = acquire({{FileIdentity::of(link).value()}, c10::kCPU, c10::kFloat});
  fs::remove(link);
  EXPECT_EQ(*one, *other);
}

TEST_F(Registry, IdleModelsGoAndUsedOnesStay) {
  auto used = acquire(key());
  { const auto idle = acquire(key(c10::kBFloat16)); }
  registry_.release_idle();
  EXPECT_EQ(registry_.size(), 1u);
  used = nullptr;
  registry_.release_idle();
  EXPECT_EQ(registry_.size(), 0u);
}

TEST_F(Registry, IdleModelsMakeRoomWhereMemoryIsShort) {
  { const auto idle = acquire(key(c10::kBFloat16)); }
  const auto wanted = acquire(key(), UINT64_MAX);
  EXPECT_TRUE(wanted);
  EXPECT_EQ(registry_.size(), 1u);
}

TEST_F(Registry, ALoaderThatFailsLeavesNothingBehind) {
  const auto failed = registry_.acquire(key(), 0, []() -> Result<std::shared_ptr<const Model>> {
    return fail(ErrorKind::kBadModel, "broken");
  });
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().message, "broken");
  EXPECT_EQ(registry_.size(), 0u);
  EXPECT_TRUE(acquire(key()));
}

TEST_F(Registry, AMissingFileHasNoKey) {
  const auto key = FileIdentity::of("/nonexistent/model.pkl");
  ASSERT_FALSE(key);
  EXPECT_EQ(key.error().kind, ErrorKind::kNotFound);
  EXPECT_NE(key.error().message.find("/nonexistent/model.pkl"), std::string::npos);
}

}  // namespace
}  // namespace videoenhance
