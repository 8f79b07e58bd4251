#include "core/torch/flashvsr/projector_input.h"

#include <ATen/ops/rand.h>
#include <ATen/ops/randn.h>
#include <gtest/gtest.h>

#include "core/torch/flashvsr/picture_range.h"
#include "tests/torch/flashvsr_pictures.h"

namespace videoenhance {
namespace {

class ProjectorInput : public testing::TestWithParam<at::ScalarType> {};

TEST_P(ProjectorInput, PatchesAreThoseOfThePlainForm) {
  for (const auto& [height, width] : {std::pair{16, 16}, std::pair{16, 80}, std::pair{48, 32}}) {
    const auto frames = at::rand({4, 3, height, width}) * 2 - 1;
    const auto patches = patches_of(frames, GetParam());
    EXPECT_TRUE(patches.equal(patches_of_reference(frames, GetParam()))) << height << "x" << width;
    EXPECT_TRUE(patches.is_contiguous());
  }
}

TEST_P(ProjectorInput, PatchesOfAPartOfAClipAreThoseOfItsCopy) {
  const auto clip = at::rand({3, 5, 48, 64});
  for (const auto& part : {clip.narrow(1, 1, 4).narrow(2, 16, 32).narrow(3, 16, 32).transpose(0, 1),
                           clip.narrow(1, 0, 1).narrow(2, 0, 16).transpose(0, 1)}) {
    EXPECT_TRUE(patches_of(part, GetParam()).equal(patches_of(part.contiguous(), GetParam())));
  }
}

TEST_P(ProjectorInput, PatchesOfLevelsAreThoseOfTheirValues) {
  for (const auto& levels : levels_of({4, 3, 32, 48})) {
    EXPECT_TRUE(patches_of(levels, GetParam()).equal(patches_of(network_values(levels), GetParam())));
    const auto scattered = levels.transpose(2, 3).contiguous().transpose(2, 3);
    EXPECT_TRUE(patches_of(scattered, GetParam()).equal(patches_of(levels, GetParam())));
  }
}

TEST_P(ProjectorInput, FramesWhoseRowsLieScatteredAreReadAllTheSame) {
  const auto frames = at::rand({1, 3, 32, 16}).transpose(2, 3);
  EXPECT_TRUE(patches_of(frames, GetParam()).equal(patches_of_reference(frames, GetParam())));
}

TEST_P(ProjectorInput, PairsAreThoseOfThePlainForm) {
  for (const std::int64_t frames : {2, 4, 10}) {
    for (const auto& [height, width] : {std::pair{1, 1}, std::pair{1, 5}, std::pair{7, 3}}) {
      const auto maps = at::randn({frames, height, width, 5}).to(GetParam());
      const auto pairs = bordered_pairs(maps);
      EXPECT_TRUE(pairs.equal(bordered_pairs_reference(maps))) << frames << " " << height << "x" << width;
      EXPECT_TRUE(pairs.is_contiguous(at::MemoryFormat::ChannelsLast));
    }
  }
}

TEST_P(ProjectorInput, PairsOfRepeatedFramesAreReadAllTheSame) {
  const auto maps = at::randn({1, 3, 4, 6}).to(GetParam()).expand({4, -1, -1, -1});
  EXPECT_TRUE(bordered_pairs(maps).equal(bordered_pairs(maps.contiguous())));
}

INSTANTIATE_TEST_SUITE_P(Types, ProjectorInput, testing::Values(at::kFloat, at::kBFloat16),
                         [](const auto& info) { return std::string(at::toString(info.param)); });

TEST(ProjectorInputSizes, ThatDoNotFitAreRefused) {
  for (const std::int64_t frames : {0, 1, 3, 5})
    EXPECT_THROW(bordered_pairs(at::zeros({frames, 2, 2, 3})), c10::Error) << frames;
  EXPECT_THROW(patches_of(at::zeros({1, 3, 16, 24}), at::kFloat), c10::Error);
  EXPECT_THROW(patches_of(at::zeros({1, 4, 16, 16}), at::kFloat), c10::Error);
}

TEST(ProjectorInputGradients, PassWherePixelsHaveSome) {
  const auto frames = at::rand({4, 3, 16, 16}).requires_grad_();
  EXPECT_TRUE(bordered_pairs(patches_of(frames, at::kFloat)).requires_grad());
}

}  // namespace
}  // namespace videoenhance
