#include "core/torch/interpolation/rife_architecture.h"

#include <gtest/gtest.h>

namespace videoenhance {
namespace {

using Body = RifeArchitecture::Body;
using Encoder = RifeArchitecture::Encoder;

// The table of published versions (section A.2 of the interpolation notes) with their numbers of parameters.
struct Published {
  const char* family;
  RifeArchitecture arch;
  std::int64_t parameters;
  std::size_t tensors;
  int padding;
};

void PrintTo(const Published& published, std::ostream* out) {
  *out << published.family;
}

const std::vector<int> kFour = {192, 128, 96, 64}, kLite = {128, 96, 64, 48}, kFive = {192, 128, 96, 64, 32};

const Published kPublished[] = {
    {"4.0|4.1", {kFour, 5, Body::kPRelu}, 5160980, 128, 64},
    {"4.2|4.3|4.4", {kFour, 5, Body::kLeaky}, 5156420, 88, 32},
    {"4.5", {kFour, 5}, 5275520, 120, 32},
    {"4.6", {kFour}, 5306256, 120, 32},
    {"4.7|4.8|4.9", {kFour, 6, Body::kResidual, Encoder::kPair, 16, 4}, 5325012, 124, 32},
    {"4.10|4.11|4.12", {kFour, 6, Body::kResidual, Encoder::kSequence, 32, 8}, 5364312, 128, 32},
    {"4.12.lite|4.13.lite", {kLite, 6, Body::kResidual, Encoder::kSequence, 32, 4}, 2631804, 128, 32},
    {"4.13|4.14|4.15|4.17|4.18|4.19|4.24",
     {kFour, 6, Body::kResidual, Encoder::kHead, 32, 8},
     5364312,
     128,
     32},
    {"4.14.lite", {kFour, 6, Body::kResidual, Encoder::kHead, 32, 8, 2}, 2968152, 128, 32},
    {"4.15.lite|4.16.lite|4.17.lite", {kLite, 6, Body::kResidual, Encoder::kHead, 16, 4}, 2616476, 128, 32},
    {"4.20", {{384, 192, 96, 48}, 6, Body::kResidual, Encoder::kHead, 32, 8}, 15376512, 128, 32},
    {"4.21|4.22|4.23", {{256, 192, 96, 48}, 13, Body::kResidual, Encoder::kHead, 32, 8}, 9322416, 128, 32},
    {"4.22.lite", {{192, 128, 64, 32}, 13, Body::kResidual, Encoder::kHead, 16, 4}, 4866052, 128, 32},
    {"4.25|4.26", {kFive, 13, Body::kResidual, Encoder::kHead, 16, 4}, 5664776, 158, 64},
    {"4.25.lite", {{192, 128, 96, 64, 24}, 13, Body::kResidual, Encoder::kHead, 16, 4}, 5622700, 158, 128},
    {"4.25.heavy", {{384, 256, 192, 128, 64}, 13, Body::kResidual, Encoder::kHead, 16, 4}, 21663528, 158, 64},
    {"4.26.heavy", {kFive, 13, Body::kResidual, Encoder::kHead, 16, 16}, 5723156, 158, 64},
};

ShapesByKey shapes_of(const Published& published) {
  return published.arch.expected_shapes();
}

class RifeVersions : public testing::TestWithParam<Published> {};

TEST_P(RifeVersions, HaveThePublishedNumberOfParameters) {
  std::int64_t parameters = 0;
  const auto shapes = shapes_of(GetParam());
  for (const auto& [key, shape] : shapes) {
    std::int64_t count = 1;
    for (const auto size : shape) count *= size;
    parameters += count;
  }
  EXPECT_EQ(parameters, GetParam().parameters);
  EXPECT_EQ(shapes.size(), GetParam().tensors);
}

TEST_P(RifeVersions, AreRecognisedByKeysAndShapesAlone) {
  const auto arch = RifeArchitecture::read(shapes_of(GetParam()), "file");
  ASSERT_TRUE(arch) << arch.error().message;
  EXPECT_EQ(arch->family(), GetParam().family);
  EXPECT_EQ(arch->expected_shapes(), shapes_of(GetParam()));
  EXPECT_EQ(arch->padding_multiple(1.0), GetParam().padding);
  EXPECT_EQ(arch->padding_multiple(4.0), GetParam().padding);
  EXPECT_EQ(arch->padding_multiple(0.25), 4 * GetParam().padding);
}

TEST_P(RifeVersions, AreRecognisedBesideLeftoversOfTraining) {
  auto shapes = shapes_of(GetParam());
  shapes["teacher.conv0.0.0.weight"] = {32, 31, 3, 3};
  shapes["caltime.0.weight"] = {32, 17, 3, 3};
  shapes["unet.down0.conv1.0.weight"] = {32, 17, 3, 3};
  const auto arch = RifeArchitecture::read(shapes, "file");
  ASSERT_TRUE(arch);
  EXPECT_EQ(arch->family(), GetParam().family);
}

TEST_P(RifeVersions, AreRefusedWithoutTheirFirstBlock) {
  auto shapes = shapes_of(GetParam());
  std::erase_if(shapes, [](const auto& entry) { return entry.first.starts_with("block0."); });
  const auto arch = RifeArchitecture::read(shapes, "some.pkl");
  ASSERT_FALSE(arch);
  EXPECT_EQ(arch.error().kind, ErrorKind::kBadModel);
  EXPECT_NE(arch.error().message.find("some.pkl"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Published, RifeVersions, testing::ValuesIn(kPublished), [](const auto& info) {
  std::string name = info.param.family;
  for (char& c : name) c = std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
  return "v" + name;
});

TEST(RifeArchitecture, OlderGenerationsAreRefusedByName) {
  auto shapes = RifeArchitecture{kFour}.expected_shapes();
  shapes["block0.conv0.0.0.weight"] = {96, 6, 3, 3};
  const auto arch = RifeArchitecture::read(shapes, "old.pkl");
  ASSERT_FALSE(arch);
  EXPECT_NE(arch.error().message.find("2.x"), std::string::npos);
}

TEST(RifeArchitecture, AStateDictOfSomethingElseIsRefused) {
  EXPECT_FALSE(RifeArchitecture::read({}, "file"));
  EXPECT_FALSE(RifeArchitecture::read({{"a", {2}}}, "file"));
  EXPECT_FALSE(RifeArchitecture::read(
      {{"block0.x", {2}}, {"block1.x", {2}}, {"block2.x", {}}, {"block3.x", {}}}, "f"));
}

TEST(RifeArchitecture, AbsurdSizesAreRefusedAndNotComputedWith) {
  for (const Shape& shape :
       {Shape{0, 24, 4, 4}, Shape{-1, 24, 4, 4}, Shape{std::int64_t{1} << 62, 24, 4, 4}, Shape{}}) {
    auto shapes = RifeArchitecture{kFour}.expected_shapes();
    shapes["block2.lastconv.0.weight"] = shape;
    EXPECT_FALSE(RifeArchitecture::read(shapes, "file"));
  }
}

TEST(RifeArchitecture, BlocksThatDoNotFitEachOtherShowAsWrongShapes) {
  auto shapes = RifeArchitecture{kFour}.expected_shapes();
  shapes["block1.lastconv.0.weight"] = {99, 24, 4, 4};
  const auto arch = RifeArchitecture::read(shapes, "file");
  ASSERT_TRUE(arch);
  EXPECT_NE(arch->expected_shapes(), shapes);
}

TEST(RifeArchitecture, GroupsWhereNoVersionHasThemShowAsWrongShapes) {
  RifeArchitecture leaky{kFour};
  leaky.body = RifeArchitecture::Body::kLeaky;
  leaky.outputs = 5;
  auto shapes = leaky.expected_shapes();
  shapes["block0.convblock.0.0.weight"][1] /= 2;
  const auto arch = RifeArchitecture::read(shapes, "file");
  ASSERT_TRUE(arch);
  EXPECT_NE(arch->expected_shapes(), shapes);
}

}  // namespace
}  // namespace videoenhance
