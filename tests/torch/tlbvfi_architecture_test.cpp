// Reading TLBVFI's structure off names and shapes.
#include "core/torch/interpolation/tlbvfi_architecture.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "core/torch/interpolation/tlbvfi_bridge.h"

namespace videoenhance {
namespace {

// Names and shapes of the published file, without the prefix.
ShapesByKey published() {
  std::ifstream file(std::string(VIDEOENHANCE_GOLDENS) + "/../oracle/tlbvfi_shapes.json");
  return nlohmann::json::parse(file).get<ShapesByKey>();
}

// What the published network never reads.
bool is_unused(const std::string& key) {
  const auto has = [&](const char* part) { return key.find(part) != std::string::npos; };
  const bool same_width = has("encoder.down.0") || has("encoder.down.2") || has("encoder.down.3") ||
                          has("decoder.up.1") || has("decoder.up.2") || has("decoder.up.4");
  return !has(".") || has("num_batches_tracked") || has("out_conv") || (has("nin_shortcut") && same_width);
}

TEST(TlbvfiArchitecture, ExpectsOfThePublishedFileAllThatItReadsAndNothingElse) {
  ShapesByKey used = published();
  std::erase_if(used, [](const auto& entry) { return is_unused(entry.first); });
  const auto arch = TlbvfiArchitecture::read(published(), "vimeo_unet.pth");
  ASSERT_TRUE(arch) << arch.error().message;
  EXPECT_EQ(arch->expected_shapes(), used);
}

TEST(TlbvfiArchitecture, WidthsComeFromTheShapes) {
  const auto arch = TlbvfiArchitecture::read(published(), "");
  ASSERT_TRUE(arch);
  EXPECT_EQ(arch->widths, (std::array<std::int64_t, 6>{64, 64, 128, 128, 128, 256}));
  EXPECT_EQ(arch->flow_widths, (std::array<std::int64_t, 3>{240, 150, 90}));
  EXPECT_EQ(arch->denoiser_width, 32);
  EXPECT_EQ(arch->codes, 8192);
}

TEST(TlbvfiArchitecture, NamesTheKeyThatIsMissing) {
  auto shapes = published();
  shapes.erase("denoise_fn.time_embed.0.weight");
  const auto arch = TlbvfiArchitecture::read(shapes, "cut.pth");
  ASSERT_FALSE(arch);
  EXPECT_EQ(arch.error().kind, ErrorKind::kBadModel);
  EXPECT_NE(arch.error().message.find("denoise_fn.time_embed.0.weight"), std::string::npos);
  EXPECT_NE(arch.error().message.find("cut.pth"), std::string::npos);
}

TEST(TlbvfiArchitecture, RefusesAWidthThatTheGroupsOfANormalisationDoNotDivide) {
  auto shapes = published();
  shapes["denoise_fn.input_blocks.0.0.weight"][0] = 40;
  const auto arch = TlbvfiArchitecture::read(shapes, "");
  ASSERT_FALSE(arch);
  EXPECT_NE(arch.error().message.find("denoise_fn.input_blocks.0.0.weight"), std::string::npos);
}

TEST(TlbvfiArchitecture, RefusesShapesWithoutDimensionsAndAbsurdOnes) {
  for (const Shape& shape : {Shape{}, Shape{0, 3}, Shape{std::int64_t{1} << 40, 3}, Shape{-4, 3}}) {
    auto shapes = published();
    shapes["vqgan.quantize.embedding.weight"] = shape;
    EXPECT_FALSE(TlbvfiArchitecture::read(shapes, ""));
  }
}

TEST(TlbvfiArchitecture, SaysThatTheAutoencoderAloneIsNotEnough) {
  ShapesByKey shapes;
  for (const auto& [key, shape] : published()) {
    if (key.starts_with("vqgan.")) shapes["state_dict." + key.substr(6)] = shape;
  }
  ASSERT_TRUE(TlbvfiArchitecture::recognises(shapes));
  const auto arch = TlbvfiArchitecture::read(shapes, "vimeo_new.ckpt");
  ASSERT_FALSE(arch);
  EXPECT_NE(arch.error().message.find("vimeo_unet.pth"), std::string::npos);
}

TEST(TlbvfiArchitecture, IsNotTakenForAnotherNetwork) {
  EXPECT_TRUE(TlbvfiArchitecture::recognises(published()));
  EXPECT_FALSE(TlbvfiArchitecture::recognises({{"block0.conv0.0.0.weight", {96, 7, 3, 3}}}));
  EXPECT_FALSE(TlbvfiArchitecture::recognises({}));
}

TEST(BridgeTimes, AreThePublishedOnes) {
  EXPECT_EQ(bridge_times(10), (std::vector{999, 874, 749, 624, 499, 374, 249, 124, 1, 0}));
  EXPECT_EQ(bridge_times(6), (std::vector{999, 749, 499, 249, 1, 0}));
  EXPECT_EQ(bridge_times(3), (std::vector{999, 1, 0}));
}

TEST(BridgeTimes, FallForEveryNumberOfSteps) {
  for (unsigned steps = kLeastBridgeSteps; steps <= kMostBridgeSteps; ++steps) {
    const auto times = bridge_times(steps);
    ASSERT_EQ(times.size(), steps);
    EXPECT_TRUE(std::is_sorted(times.rbegin(), times.rend())) << steps;
    EXPECT_EQ(std::adjacent_find(times.begin(), times.end()), times.end()) << steps;
  }
}

}  // namespace
}  // namespace videoenhance
