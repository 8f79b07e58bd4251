// Frames drawn from frames that were drawn before, with a network that records what it is asked.
#include "core/torch/interpolation/pair_drawing.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/torch/recorder_network.h"

namespace videoenhance {
namespace {

at::Tensor pixel(double position) {
  return at::full({1, 1, 1, 1}, position, at::kDouble);
}

PairDrawing begin(const Recorder& network, const std::vector<double>& phases) {
  PairDrawing drawing(network, {}, network.prepare(pixel(0), {}), network.prepare(pixel(1), {}), phases);
  network.prepared.clear();
  return drawing;
}

std::vector<double> shown(PairDrawing& drawing, std::size_t count) {
  std::vector<double> positions;
  for (std::size_t i = 0; i < count; ++i) positions.push_back(drawing.next()->item<double>());
  return positions;
}

TEST(PairDrawing, ShowsWhatWasAskedForInItsOrder) {
  const Recorder network(adaptive_plan);
  const std::vector<double> phases = {0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875};
  auto drawing = begin(network, phases);
  EXPECT_EQ(shown(drawing, phases.size()), phases);
}

TEST(PairDrawing, DrawsAndPreparesEachFrameOnce) {
  const Recorder network(adaptive_plan);
  auto drawing = begin(network, {0.25, 0.5, 0.75});
  shown(drawing, 3);
  EXPECT_EQ(network.drawn, (std::vector<double>{0.5, 0.25, 0.75}));
  EXPECT_EQ(network.prepared, (std::vector<double>{0.5}));
}

TEST(PairDrawing, DrawsNoMoreThanTheNextFrameNeeds) {
  const Recorder network(adaptive_plan);
  auto drawing = begin(network, {0.25, 0.5, 0.75});
  EXPECT_TRUE(network.drawn.empty());
  shown(drawing, 2);
  EXPECT_EQ(network.drawn.size(), 2u);
}

TEST(PairDrawing, PreparesNothingForASingleFrame) {
  const Recorder network(adaptive_plan);
  auto drawing = begin(network, {0.3});
  EXPECT_EQ(shown(drawing, 1), (std::vector<double>{0.3}));
  EXPECT_TRUE(network.prepared.empty());
}

// `count` frames as evenly as an output rate lays them, the first at `start` of the distance between two.
std::vector<double> evenly(int count, double start) {
  std::vector<double> phases;
  for (int k = 0; k < count; ++k) phases.push_back((k + start) / (count - 1 + start + 0.5));
  return phases;
}

struct Bound {
  const char* name;
  Recorder::Plan plan;
  std::size_t (*on_the_way)(std::size_t count);  // of `count` frames: drawn frames, beside the result
};

class Alive : public testing::TestWithParam<Bound> {};

TEST_P(Alive, AreTheSourceFramesTheResultAndTheFewDrawnFramesThatOthersNeed) {
  for (const int count : {1, 2, 3, 4, 5, 7, 8, 15, 16, 31, 63, 99}) {
    for (const double start : {0.1, 0.5, 1.0}) {
      const Recorder network(GetParam().plan);
      auto drawing = begin(network, evenly(count, start));
      shown(drawing, static_cast<std::size_t>(count));
      const std::size_t on_the_way = GetParam().on_the_way(static_cast<std::size_t>(count));
      EXPECT_LE(network.most_features(), 2 + on_the_way) << count << " from " << start;
      EXPECT_LE(network.most_pictures(), 1 + on_the_way) << count << " from " << start;
      EXPECT_EQ(network.features_alive(), 0u);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Plans, Alive,
    testing::Values(Bound{"direct", direct_plan, [](std::size_t) -> std::size_t { return 0; }},
                    Bound{"adaptive", adaptive_plan,
                          [](std::size_t count) { return static_cast<std::size_t>(std::log2(count)); }},
                    Bound{"halving", halving_plan, [](std::size_t) -> std::size_t { return 6; }}),
    [](const auto& info) { return info.param.name; });

TEST(PairDrawing, LetsFeaturesGoBeforeTheirPictureIsShown) {
  const Recorder network(halving_plan);
  auto drawing = begin(network, {0.375, 0.5});
  drawing.next();
  EXPECT_EQ(network.features_alive(), 0u);
  EXPECT_EQ(shown(drawing, 1), (std::vector<double>{0.5}));
}

TEST(PairDrawing, ShowsASourceFrameWithoutDrawing) {
  const Recorder network(halving_plan);
  auto drawing = begin(network, {0.002, 0.999});
  EXPECT_EQ(shown(drawing, 2), (std::vector<double>{0, 1}));
  EXPECT_TRUE(network.drawn.empty());
}

TEST(PairDrawing, CanBeAskedAgainAfterAFailure) {
  Recorder network(adaptive_plan);
  auto drawing = begin(network, {0.25, 0.5});
  network.failing = true;
  EXPECT_THROW(drawing.next(), std::runtime_error);
  network.failing = false;
  EXPECT_EQ(shown(drawing, 2), (std::vector<double>{0.25, 0.5}));
}

}  // namespace
}  // namespace videoenhance
