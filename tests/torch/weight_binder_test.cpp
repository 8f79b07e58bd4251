#include "core/torch/binding/weight_binder.h"

#include <gtest/gtest.h>

#include <limits>

#include "tools/golden_folder.h"

namespace videoenhance {
namespace {

namespace fs = std::filesystem;

// One float32 tensor "module.layer.weight" [2,3] in a file.
class Binder : public testing::Test {
 protected:
  void write(std::vector<float> values) {
    path_ = fs::path(testing::TempDir()) / "videoenhance-binder-test.safetensors";
    ASSERT_TRUE(write_values(path_, "module.layer.weight", {{2, 3}, std::move(values)}));
    file_ = WeightFile::open(path_).value();
  }
  void TearDown() override { fs::remove(path_); }

  Result<TensorsByKey> take(const ShapesByKey& wanted) {
    return WeightBinder(*file_, "module.").take(wanted, c10::kCPU);
  }

  void expect_refused(const ShapesByKey& wanted, const std::string& word) {
    const auto tensors = take(wanted);
    ASSERT_FALSE(tensors);
    EXPECT_EQ(tensors.error().kind, ErrorKind::kBadModel);
    for (const auto& part : {path_.filename().string(), wanted.begin()->first, word})
      EXPECT_NE(tensors.error().message.find(part), std::string::npos) << tensors.error().message;
  }

  fs::path path_;
  std::optional<WeightFile> file_;
};

TEST_F(Binder, FindsATensorWithoutItsPrefix) {
  write({1, 2, 3, 4, 5, 6});
  const auto tensors = take({{"layer.weight", {2, 3}}});
  ASSERT_TRUE(tensors);
  EXPECT_TRUE(tensors->at("layer.weight").equal(at::linspace(1, 6, 6).view({2, 3})));
}

TEST_F(Binder, IgnoresWhatIsNotWanted) {
  write({1, 2, 3, 4, 5, 6});
  EXPECT_TRUE(take({}));
}

TEST_F(Binder, NamesAMissingKey) {
  write({1, 2, 3, 4, 5, 6});
  expect_refused({{"layer.bias", {3}}}, "missing");
}

TEST_F(Binder, NamesAWrongShapeAndTheRightOne) {
  write({1, 2, 3, 4, 5, 6});
  expect_refused({{"layer.weight", {3, 2}}}, "[2, 3] instead of [3, 2]");
}

TEST_F(Binder, NamesAKeyThatIsNotFinite) {
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::infinity()}) {
    write({1, 2, 3, bad, 5, 6});
    expect_refused({{"layer.weight", {2, 3}}}, "NaN or infinity");
  }
}

}  // namespace
}  // namespace videoenhance
