#include "core/torch/interpolation/film_architecture.h"

#include <gtest/gtest.h>

namespace videoenhance {
namespace {

using Layout = FilmArchitecture::Layout;

// Section B.1 of the interpolation notes.
FilmArchitecture published(Layout layout) {
  return {layout, {64, 128, 256, 512}, {32, 64, 128, 256}, {64, 128, 256, 512}};
}

class FilmLayouts : public testing::TestWithParam<Layout> {
 protected:
  ShapesByKey shapes_ = published(GetParam()).expected_shapes();
};

TEST_P(FilmLayouts, HaveThePublishedNumberOfParameters) {
  std::int64_t parameters = 0;
  for (const auto& [key, shape] : shapes_) {
    std::int64_t count = 1;
    for (const auto size : shape) count *= size;
    parameters += count;
  }
  EXPECT_EQ(parameters, 34436667);
  EXPECT_EQ(shapes_.size(), 82u);
}

TEST_P(FilmLayouts, AreRecognisedByKeysAndShapesAlone) {
  const auto arch = FilmArchitecture::read(shapes_, "file");
  ASSERT_TRUE(arch) << arch.error().message;
  EXPECT_EQ(arch->layout, GetParam());
  EXPECT_EQ(arch->expected_shapes(), shapes_);
}

TEST_P(FilmLayouts, AreRecognisedBesideOtherTensors) {
  shapes_["optimizer.step"] = {};
  EXPECT_TRUE(FilmArchitecture::read(shapes_, "file"));
}

TEST_P(FilmLayouts, AreRefusedWithoutAKeyThatTellsAWidth) {
  for (const auto& key : {published(GetParam()).stage_layer(2, 0), published(GetParam()).flow_layer(3, 0),
                          published(GetParam()).flow_layer(0, 0), published(GetParam()).fusion_layer(1, 0)}) {
    auto shapes = shapes_;
    shapes.erase(key + ".weight");
    const auto arch = FilmArchitecture::read(shapes, "some.pt");
    ASSERT_FALSE(arch) << key;
    EXPECT_EQ(arch.error().kind, ErrorKind::kBadModel);
    for (const auto& word : {std::string("some.pt"), std::string("FILM"), key})
      EXPECT_NE(arch.error().message.find(word), std::string::npos) << arch.error().message;
  }
}

TEST_P(FilmLayouts, AreRefusedWithAbsurdSizesAndNotComputedWith) {
  const std::string key = published(GetParam()).fusion_layer(0, 0) + ".weight";
  for (const Shape& shape : {Shape{0, 128, 2, 2}, Shape{-1, 128, 2, 2},
                             Shape{std::int64_t{1} << 62, 128, 2, 2}, Shape{64}, Shape{}}) {
    auto shapes = shapes_;
    shapes[key] = shape;
    EXPECT_FALSE(FilmArchitecture::read(shapes, "file"));
  }
}

TEST_P(FilmLayouts, ThatDoNotFitTogetherShowAsWrongShapes) {
  shapes_[published(GetParam()).flow_layer(1, 0) + ".weight"] = {48, 384, 3, 3};
  const auto arch = FilmArchitecture::read(shapes_, "file");
  ASSERT_TRUE(arch);
  EXPECT_NE(arch->expected_shapes(), shapes_);
}

INSTANTIATE_TEST_SUITE_P(Published, FilmLayouts, testing::Values(Layout::kNested, Layout::kBare),
                         [](const auto& info) { return info.param == Layout::kBare ? "bare" : "nested"; });

TEST(FilmArchitecture, NamesAreThePublishedOnes) {
  const auto nested = published(Layout::kNested).expected_shapes();
  EXPECT_EQ(nested.at("predict_flow._predictor._convs.0.0.weight"), (Shape{256, 1920, 3, 3}));
  EXPECT_EQ(nested.at("predict_flow._predictors.0._convs.0.0.weight"), (Shape{128, 896, 3, 3}));
  EXPECT_EQ(nested.at("predict_flow._predictors.2._convs.4.0.weight"), (Shape{2, 16, 1, 1}));
  EXPECT_EQ(nested.at("fuse.convs.0.0.0.weight"), (Shape{512, 1930, 2, 2}));
  EXPECT_EQ(nested.at("fuse.convs.3.1.0.weight"), (Shape{64, 202, 3, 3}));
  const auto bare = published(Layout::kBare).expected_shapes();
  EXPECT_EQ(bare.at("predict_flow._predictors.2._convs.4.weight"), (Shape{2, 16, 1, 1}));
  EXPECT_EQ(bare.at("fuse.convs.0.0.weight"), (Shape{512, 1930, 2, 2}));
}

TEST(FilmArchitecture, AStateDictOfSomethingElseIsRefused) {
  for (const ShapesByKey& shapes : {ShapesByKey{}, ShapesByKey{{"block0.conv0.0.0.weight", {96, 7, 3, 3}}}}) {
    EXPECT_FALSE(FilmArchitecture::resembles(shapes));
    const auto arch = FilmArchitecture::read(shapes, "some.pt");
    ASSERT_FALSE(arch);
    EXPECT_NE(arch.error().message.find("FILM"), std::string::npos);
  }
}

}  // namespace
}  // namespace videoenhance
