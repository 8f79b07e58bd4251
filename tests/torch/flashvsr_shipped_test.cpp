// What the model that comes with the project promises.
#include <cmath>

#include "tests/torch/flashvsr_miniature.h"

namespace videoenhance {
namespace {

EngineOptions shipped_options(Precision precision) {
  EngineOptions options = miniature_options();
  options.model_path = shipped_model().string();
  options.precision = precision;
  return options;
}

Frames upscaled(const Clip& clip, int scale, Precision precision) {
  const auto engine = make_flashvsr(shipped_options(precision));
  const int width = scale * clip.width, height = scale * clip.height;
  if (const Status status = engine->configure({clip.width, clip.height, width, height, false}); !status)
    throw std::runtime_error(status.error().message);
  return run_clip(*engine, clip, width, height);
}

// Mean of the difference of two pictures, in gray levels.
double mean_difference(const std::vector<float>& a, const std::vector<float>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += std::abs(a[i] - b[i]);
  return 255 * sum / static_cast<double>(a.size());
}

TEST(ShippedModel, SaysItsVersionSoThatNoWarningAppears) {
  const EngineReport report = make_flashvsr(shipped_options(Precision::kFloat32))->report();
  EXPECT_EQ(report.model, "flashvsr v1.1 tiny");
  EXPECT_EQ(report.notice, "");
}

TEST(ShippedModel, IsNoLargerThanSixMegabytes) {
  EXPECT_LT(std::filesystem::file_size(shipped_model()), 6'000'000u);
}

// Enlarging by what its decoder is made for, and by less.
class ShippedModelAt : public testing::TestWithParam<int> {};

TEST_P(ShippedModelAt, DoesNotFlickerWhereNothingMoves) {
  Clip still = moving_clip(64, 64, 1);
  still.frames.resize(24, still.frames[0]);
  for (const Precision precision : {Precision::kFloat32, Precision::kBFloat16}) {
    const Frames frames = upscaled(still, GetParam(), precision);
    for (std::size_t i = 1; i < frames.size(); ++i)
      EXPECT_LT(mean_difference(frames[i], frames[i - 1]), 0.1) << i;
  }
}

TEST_P(ShippedModelAt, ShowsWhatMoves) {
  const Clip clip = moving_clip(64, 64, 16);
  const Frames frames = upscaled(clip, GetParam(), Precision::kFloat32);
  for (std::size_t i = 1; i < frames.size(); ++i)
    EXPECT_GT(mean_difference(frames[i], frames[i - 1]), 2) << i;
}

INSTANTIATE_TEST_SUITE_P(Scales, ShippedModelAt, testing::Values(2, 4),
                         [](const auto& info) { return std::to_string(info.param); });

}  // namespace
}  // namespace videoenhance
