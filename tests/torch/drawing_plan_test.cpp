// The orders in which frames between two others are drawn.
#include "core/torch/interpolation/drawing_plan.h"

#include <gtest/gtest.h>

#include <cmath>

namespace videoenhance {
namespace {

// 1/(count+1), 2/(count+1) …
std::vector<double> grid(int count) {
  std::vector<double> phases;
  for (int k = 1; k <= count; ++k) phases.push_back(static_cast<double>(k) / (count + 1));
  return phases;
}

// Neighbours by number on the grid: {left, right} of frames 1 to count.
std::vector<std::pair<int, int>> neighbours(const DrawingPlan& plan, int count) {
  std::vector<std::pair<int, int>> numbers;
  const auto number = [&](double position) { return static_cast<int>(std::lround(position * (count + 1))); };
  for (const auto& [position, from] : plan.frames) numbers.push_back({number(from.left), number(from.right)});
  return numbers;
}

using Numbers = std::vector<std::pair<int, int>>;

TEST(DirectPlan, DrawsEachFrameFromTheSourceFrames) {
  const auto plan = direct_plan(grid(4));
  EXPECT_EQ(plan.shown, grid(4));
  EXPECT_EQ(neighbours(plan, 4), (Numbers{{0, 5}, {0, 5}, {0, 5}, {0, 5}}));
}

// Of the published tool (section B.5 of the interpolation notes). Where candidates are equal, as with 2, 4
// and 5 frames, its rounding decides; here the earliest is taken, as the oracle does.
TEST(AdaptivePlan, HasTheOrdersOfTheOracle) {
  EXPECT_EQ(neighbours(adaptive_plan(grid(1)), 1), (Numbers{{0, 2}}));
  EXPECT_EQ(neighbours(adaptive_plan(grid(2)), 2), (Numbers{{0, 3}, {1, 3}}));
  EXPECT_EQ(neighbours(adaptive_plan(grid(3)), 3), (Numbers{{0, 2}, {0, 4}, {2, 4}}));
  EXPECT_EQ(neighbours(adaptive_plan(grid(4)), 4), (Numbers{{0, 2}, {0, 5}, {2, 5}, {3, 5}}));
  EXPECT_EQ(neighbours(adaptive_plan(grid(5)), 5), (Numbers{{0, 3}, {1, 3}, {0, 6}, {3, 6}, {4, 6}}));
  EXPECT_EQ(neighbours(adaptive_plan(grid(7)), 7),
            (Numbers{{0, 2}, {0, 4}, {2, 4}, {0, 8}, {4, 6}, {4, 8}, {6, 8}}));
}

TEST(AdaptivePlan, TellsTheTimeAsTheNeighboursSeeIt) {
  const auto plan = adaptive_plan(grid(4));
  EXPECT_NEAR(plan.frames.at(2 / 5.0).time(2 / 5.0), 0.4, 1e-12);
  EXPECT_NEAR(plan.frames.at(3 / 5.0).time(3 / 5.0), 1 / 3.0, 1e-12);
}

TEST(AdaptivePlan, TakesTheEarliestOfEqualsHoweverPhasesAreRounded) {
  for (const double nudge : {0.0, 1e-16, -1e-16}) {
    const std::vector<double> phases = {1 / 3.0 + nudge, 2 / 3.0 - nudge};
    EXPECT_EQ(neighbours(adaptive_plan(phases), 2), (Numbers{{0, 3}, {1, 3}}));
  }
}

TEST(AdaptivePlan, TakesPhasesOfAnyRate) {
  const std::vector<double> phases = {0.4, 0.8};  // 24 to 60 frames per second
  const auto plan = adaptive_plan(phases);
  EXPECT_EQ(plan.shown, phases);
  EXPECT_EQ(plan.frames.at(0.4), (DrawnFrom{0, 1}));
  EXPECT_EQ(plan.frames.at(0.8), (DrawnFrom{0.4, 1}));
}

TEST(AdaptivePlan, OfNothingIsNothing) {
  EXPECT_TRUE(adaptive_plan({}).frames.empty());
  EXPECT_TRUE(adaptive_plan({}).shown.empty());
}

TEST(HalvingPlan, DrawsNothingButTheMiddle) {
  for (const auto& [position, from] : halving_plan(grid(9)).frames) EXPECT_EQ(from.time(position), 0.5);
}

TEST(HalvingPlan, ComesWithinAHundredthInSevenHalvings) {
  for (int k = 1; k < 1000; ++k) {
    const std::vector<double> phase = {k / 1000.0};
    const auto plan = halving_plan(phase);
    EXPECT_LE(std::abs(plan.shown.at(0) - phase[0]), 0.01 + 1e-12);
    EXPECT_LE(plan.frames.size(), 7u);
  }
}

TEST(HalvingPlan, SharesTheFramesOnTheWay) {
  const std::vector<double> phases = {0.25, 0.5, 0.75};
  const auto plan = halving_plan(phases);
  EXPECT_EQ(plan.shown, phases);
  EXPECT_EQ(plan.frames.size(), 3u);
}

TEST(HalvingPlan, ShowsTheSourceFrameWhereThatIsNearEnough) {
  const std::vector<double> phases = {1e-300, 0.005, 0.995, std::nextafter(1.0, 0.0)};
  const auto plan = halving_plan(phases);
  EXPECT_EQ(plan.shown, (std::vector<double>{0, 0, 1, 1}));
  EXPECT_TRUE(plan.frames.empty());
}

}  // namespace
}  // namespace videoenhance
