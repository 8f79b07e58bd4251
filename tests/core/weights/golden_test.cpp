// Files that PyTorch wrote: tests/golden/make_weights.py states what is in them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <string>

#include "core/weights/weight_file.h"
#include "tests/core/weights/tensor_elements.h"

namespace videoenhance {
namespace {

using Shape = std::vector<std::int64_t>;

std::filesystem::path golden(const std::string& name) {
  return std::filesystem::path(WEIGHTS_GOLDEN_DIR) / name;
}

const std::map<std::string, Shape>& plain_shapes() {
  static const std::map<std::string, Shape> shapes = {{"block0.conv.weight", {4, 3, 3, 3}},
                                                      {"block0.conv.bias", {4}},
                                                      {"encode.0.weight", {2, 5}},
                                                      {"scale", {}},
                                                      {"empty", {0, 3}}};
  return shapes;
}

std::vector<double> expected(const std::string& name, const Shape& shape,
                             DataType type = DataType::kFloat32) {
  std::size_t count = 1;
  for (const std::int64_t size : shape) count *= static_cast<std::size_t>(size);
  std::size_t sum = 0;
  for (const char byte : name) sum += static_cast<unsigned char>(byte);
  std::vector<double> values;
  for (std::size_t k = 0; k < count; ++k) {
    const auto remainder = static_cast<double>((7 * k + sum) % 61);
    const bool floating = type == DataType::kFloat32 || type == DataType::kFloat64 ||
                          type == DataType::kFloat16 || type == DataType::kBFloat16;
    const double whole = type == DataType::kBool ? static_cast<double>((7 * k + sum) % 61 % 2) : remainder;
    values.push_back(floating ? (remainder - 30) / 8 : whole);
  }
  return values;
}

void expect_tensor(const WeightFile& file, const std::string& key, const std::string& name,
                   const Shape& shape, DataType type = DataType::kFloat32) {
  SCOPED_TRACE(key);
  const auto found = file.tensors().find(key);
  ASSERT_NE(found, file.tensors().end());
  EXPECT_EQ(found->second.type, type);
  EXPECT_EQ(found->second.shape, shape);
  EXPECT_EQ(elements_of(found->second), expected(name, shape, type));
}

struct Golden {
  std::string name;
  Container container;
  std::string prefix = {};      // of the plain tensors' names
  std::size_t other_names = 0;  // tensors beside the plain ones
};

void PrintTo(const Golden& golden, std::ostream* out) {
  *out << golden.name;
}

class PlainTensors : public testing::TestWithParam<Golden> {};

TEST_P(PlainTensors, AreReadInEveryWayPyTorchStoresThem) {
  const Golden& wanted = GetParam();
  const auto file = WeightFile::open(golden(wanted.name));
  ASSERT_TRUE(file) << file.error().message << " " << file.error().detail;
  EXPECT_EQ(file->container(), wanted.container);
  EXPECT_EQ(file->tensors().size(), plain_shapes().size() + wanted.other_names);
  for (const auto& [name, shape] : plain_shapes()) expect_tensor(*file, wanted.prefix + name, name, shape);
}

INSTANTIATE_TEST_SUITE_P(Golden, PlainTensors,
                         testing::Values(Golden{"plain.pth", Container::kTorchZip},
                                         Golden{"protocol4.pth", Container::kTorchZip},
                                         Golden{"protocol5.pth", Container::kTorchZip},
                                         Golden{"parameters.pth", Container::kTorchZip},
                                         Golden{"one_storage.pth", Container::kTorchZip, "", 1},
                                         Golden{"nested.ckpt", Container::kTorchZip, "state_dict."},
                                         Golden{"strangers.pth", Container::kTorchZip},
                                         Golden{"legacy.pkl", Container::kTorchLegacy},
                                         Golden{"legacy_protocol4.pkl", Container::kTorchLegacy},
                                         Golden{"legacy_one_storage.pkl", Container::kTorchLegacy, "", 1},
                                         Golden{"scripted.pt", Container::kTorchScript},
                                         Golden{"traced.pt", Container::kTorchScript}));

TEST(GoldenWeights, KeepStridesAndShareOneStorage) {
  for (const char* name : {"one_storage.pth", "legacy_one_storage.pkl"}) {
    SCOPED_TRACE(name);
    const auto file = WeightFile::open(golden(name));
    ASSERT_TRUE(file) << file.error().message;
    expect_tensor(*file, "rows", "rows", {3, 4});
    EXPECT_EQ(file->tensors().at("rows").strides, (Shape{8, 1}));
    EXPECT_EQ(file->tensors().at("encode.0.weight").strides, (Shape{1, 2}));
  }
}

TEST(GoldenWeights, AreReadInEveryType) {
  const auto file = WeightFile::open(golden("mixed_types.pth"));
  ASSERT_TRUE(file) << file.error().message;
  ASSERT_EQ(file->tensors().size(), 10U);
  for (const DataType type :
       {DataType::kFloat32, DataType::kFloat64, DataType::kFloat16, DataType::kBFloat16, DataType::kInt64,
        DataType::kInt32, DataType::kInt16, DataType::kInt8, DataType::kUint8, DataType::kBool}) {
    expect_tensor(*file, name_of(type), name_of(type), {3, 5}, type);
  }
}

TEST(GoldenWeights, OfOneBareTensorHaveNoName) {
  const auto file = WeightFile::open(golden("bare_tensor.pth"));
  ASSERT_TRUE(file) << file.error().message;
  expect_tensor(*file, "", "", {2, 3});
}

TEST(GoldenWeights, NameStrangersInsteadOfMakingThem) {
  const auto file = WeightFile::open(golden("strangers.pth"));
  ASSERT_TRUE(file) << file.error().message;
  const std::map<std::string, std::string> wanted = {{"config", "somebodys_training.Config"},
                                                     {"config.itself", "somebodys_training.Config"},
                                                     {"started", "datetime.datetime"},
                                                     {"arguments", "argparse.Namespace"},
                                                     {"raw", "_codecs.encode"},
                                                     {"size", "torch.Size"},
                                                     {"complex", "torch.ComplexFloatStorage"},
                                                     {"eight", "torch.float8_e4m3fn"},
                                                     {"steps", "__builtin__.set"},
                                                     {"fixed", "__builtin__.frozenset"},
                                                     {"hook", "posix.system"},
                                                     {"sparse", "torch._utils._rebuild_sparse_tensor"}};
  EXPECT_EQ(file->foreign(), wanted);
}

TEST(GoldenWeights, OfNothingButACallAreRefusedByItsName) {
  const auto file = WeightFile::open(golden("system_call.pth"));
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().kind, ErrorKind::kBadModel);
  EXPECT_THAT(file.error().message, testing::HasSubstr("posix.system"));
  EXPECT_THAT(file.error().message, testing::HasSubstr("system_call.pth"));
}

}  // namespace
}  // namespace videoenhance
