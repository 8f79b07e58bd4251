#include "core/torch/flashvsr/window_order.h"

#include <ATen/ops/angle.h>
#include <ATen/ops/arange.h>

#include <array>
#include <cmath>

#include "core/torch/flashvsr/rotary.h"
#include "tests/torch/flashvsr_networks.h"

namespace videoenhance {
namespace {

TEST(WindowOrder, PutsTheTokensOfAWindowTogether) {
  constexpr std::int64_t kFrames = 4, kRows = 16, kColumns = 24;
  const auto place = at::arange(kFrames * kRows * kColumns, at::kLong).view({kFrames, kRows, kColumns, 1});
  const auto windows = to_windows(place).view({2, 2, 3, 2, 8, 8});  // unit, row, column; then inside
  for (const auto& [unit, row, column, dt, dy, dx] :
       std::vector<std::array<std::int64_t, 6>>{{0, 0, 0, 0, 0, 0},
                                                {0, 0, 0, 0, 0, 1},
                                                {0, 0, 0, 1, 0, 0},
                                                {0, 0, 1, 0, 0, 0},
                                                {1, 1, 2, 1, 7, 5}}) {
    const std::int64_t expected = ((2 * unit + dt) * kRows + 8 * row + dy) * kColumns + 8 * column + dx;
    EXPECT_EQ(windows[unit][row][column][dt][dy][dx].item<std::int64_t>(), expected);
  }
}

TEST(WindowOrder, IsUndone) {
  const auto x = drawn(1, {6, 16, 24, 5});
  EXPECT_TRUE(from_windows(to_windows(x), 6, 16, 24).equal(x));
}

TEST(Rotations, TurnByTimeRowAndColumnEachInItsChannels) {
  const auto by = rotations(7, 2, 8, 8, c10::kCPU);
  ASSERT_EQ(by.sizes(), (at::IntArrayRef{2, 8, 8, 64}));
  const auto angle = at::angle(by);
  // The fastest pair of each axis turns by one radian per step; angles come back between -pi and pi.
  EXPECT_NEAR(angle[1][3][2][0].item<double>(), 8 - 2 * M_PI, 1e-5);
  EXPECT_NEAR(angle[1][3][2][22].item<double>(), 3, 1e-5);
  EXPECT_NEAR(angle[1][3][2][43].item<double>(), 2, 1e-5);
  EXPECT_NEAR(angle[1][3][2][23].item<double>(), 3 * std::pow(10000.0, -2.0 / 42), 1e-5);
}

TEST(Rotations, KeepProductsThatDependOnDifferencesOfPositionsOnly) {
  const auto q = drawn(1, {1, 128}), k = drawn(2, {1, 128});
  const auto product = [&](std::int64_t from) {
    const auto by = rotations(from, 2, 1, 1, c10::kCPU).view({2, 64});
    return (rotate(q, by[0].unsqueeze(0)) * rotate(k, by[1].unsqueeze(0))).sum().item<double>();
  };
  for (const std::int64_t far : {1023, 1024, 5'000'000}) EXPECT_NEAR(product(far), product(0), 1e-4) << far;
}

TEST(Rotate, TurnsNeighbouringChannelsOfEveryHead) {
  const auto by = rotations(0, 1, 1, 2, c10::kCPU).view({2, 64});
  auto x = at::zeros({2, 256});
  x[1][128 + 86] = 1;  // pair 43, the fastest of the columns, of the second head
  const auto turned = rotate(x, by);
  EXPECT_NEAR(turned[1][128 + 86].item<double>(), std::cos(1.0), 1e-6);
  EXPECT_NEAR(turned[1][128 + 87].item<double>(), std::sin(1.0), 1e-6);
  EXPECT_NEAR(turned.abs().sum().item<double>(), std::cos(1.0) + std::sin(1.0), 1e-6);
}

}  // namespace
}  // namespace videoenhance
