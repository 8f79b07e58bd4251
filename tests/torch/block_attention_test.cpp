#include "core/torch/flashvsr/block_attention.h"

#include <ATen/ops/rand.h>
#include <ATen/ops/zeros.h>

#include <limits>

#include "core/torch/kernels/attention_tile.h"
#include "tests/instruction_sets.h"
#include "tests/torch/flashvsr_networks.h"
#include "tests/torch/test_device.h"

namespace videoenhance {
namespace {

using Path = at::Tensor (*)(const at::Tensor&, const std::vector<KeyUnit>&, const at::Tensor&);

struct Work {
  at::Tensor queries;
  std::vector<KeyUnit> units;
  at::Tensor chosen;
};

// A random choice that leaves query window 1 of head 0 without any key.
Work drawn_work(std::int64_t heads, std::int64_t nq, std::int64_t units, std::int64_t ws, double density,
                c10::ScalarType type = c10::kFloat) {
  Work work;
  work.queries = (drawn(1, {nq, 128, heads * 128}) * 3).to(type);
  for (std::int64_t unit = 0; unit < units; ++unit) {
    const auto seed = static_cast<std::uint64_t>(10 + unit);
    work.units.push_back({drawn(seed, {ws, 128, heads * 128}).to(type),
                          drawn(seed + 50, {ws, 128, heads * 128}).to(type), at::zeros({ws, heads * 128})});
  }
  work.chosen = drawn(90, {heads, nq, units * ws}).lt(2 * density - 1);
  work.chosen[0][1].fill_(false);
  return work;
}

double difference(Path path, const Work& work, const at::Tensor& expected) {
  const auto result = path(work.queries, work.units, work.chosen);
  EXPECT_EQ(result.scalar_type(), work.queries.scalar_type());
  return relative_difference(result, expected.to(c10::kFloat));
}

struct Size {
  std::int64_t heads, nq, units, ws;
  double density;
};

class BlockAttention : public testing::TestWithParam<Size> {
 protected:
  Work work(c10::ScalarType type = c10::kFloat) const {
    const auto& s = GetParam();
    return drawn_work(s.heads, s.nq, s.units, s.ws, s.density, type);
  }
};

// The paths sum up to some thousand products in another order.
constexpr double kFloatTolerance = 1e-5;

TEST_P(BlockAttention, OfEveryPathIsTheSameInFloat32) {
  const auto work = this->work();
  const auto expected = dense_block_attention(work.queries, work.units, work.chosen);
  EXPECT_LT(difference(&block_attention, work, expected), kFloatTolerance);
  EXPECT_LT(difference(&paired_block_attention, work, expected), kFloatTolerance);
}

// Against float32 arithmetic on the same rounded numbers: the tiles round the result alone (2^-9), the pairs
// also scores of up to 8 and weights.
TEST_P(BlockAttention, OfEveryPathIsNearlyTheSameInBFloat16) {
  const auto work = this->work(c10::kBFloat16);
  Work exact{work.queries.to(c10::kFloat), {}, work.chosen};
  for (const auto& unit : work.units)
    exact.units.push_back({unit.keys.to(c10::kFloat), unit.values.to(c10::kFloat), unit.means});
  const auto expected = dense_block_attention(exact.queries, exact.units, exact.chosen);
  EXPECT_LT(difference(&block_attention, work, expected), 4e-3);
  EXPECT_LT(difference(&paired_block_attention, work, expected), 4e-2);
  EXPECT_LT(difference(&dense_block_attention, work, expected), 4e-3);
}

INSTANTIATE_TEST_SUITE_P(Sizes, BlockAttention,
                         testing::Values(Size{1, 2, 1, 2, 0.5}, Size{2, 6, 3, 2, 0.3}, Size{3, 5, 4, 5, 0.1},
                                         Size{1, 4, 4, 4, 1.0}));

constexpr Path kPaths[] = {&block_attention, &dense_block_attention, &paired_block_attention};

TEST(BlockAttentionOfNothing, IsZeroAndNoNaN) {
  auto work = drawn_work(2, 3, 2, 3, 0.5);
  for (const Path path : kPaths) {
    const auto row = path(work.queries, work.units, work.chosen).select(0, 1).narrow(1, 0, 128);
    EXPECT_TRUE(row.equal(at::zeros_like(row)));
  }
  work.chosen.fill_(false);
  for (const Path path : kPaths)
    EXPECT_TRUE(path(work.queries, work.units, work.chosen).equal(at::zeros_like(work.queries)));
}

class BlockAttentionOnCuda : public OnCuda {
 protected:
  static Work there(const Work& work, c10::ScalarType type) {
    const auto moved = [&](const at::Tensor& x) { return x.to(c10::Device(c10::kCUDA, 0), type); };
    Work result{moved(work.queries), {}, work.chosen.to(c10::Device(c10::kCUDA, 0))};
    for (const auto& unit : work.units)
      result.units.push_back({moved(unit.keys), moved(unit.values), unit.means});
    return result;
  }
};

// Halves against float32 arithmetic on the same rounded numbers. The largest has more pairs than are computed
// at once, and rows of very unequal numbers of keys, some without any.
TEST_F(BlockAttentionOnCuda, IsTheProcessorsInEveryType) {
  for (const auto& [heads, nq, units, ws, density] :
       {Size{1, 2, 1, 2, 0.5}, Size{3, 5, 4, 5, 0.1}, Size{2, 70, 3, 70, 0.7}}) {
    for (const auto& [type, tolerance] :
         {std::pair{c10::kFloat, kFloatTolerance}, {c10::kHalf, 2e-3}, {c10::kBFloat16, 1.6e-2}}) {
      const auto work = drawn_work(heads, nq, units, ws, density, type);
      Work exact{work.queries.to(c10::kFloat), {}, work.chosen};
      for (const auto& unit : work.units)
        exact.units.push_back({unit.keys.to(c10::kFloat), unit.values.to(c10::kFloat), unit.means});
      const auto expected = block_attention(exact.queries, exact.units, exact.chosen);
      const auto on_cuda = there(work, type);
      const auto made = block_attention(on_cuda.queries, on_cuda.units, on_cuda.chosen);
      EXPECT_LT(relative_difference(made.cpu(), expected), tolerance) << type << " " << nq;
      EXPECT_TRUE(block_attention(on_cuda.queries, on_cuda.units, on_cuda.chosen).equal(made)) << type;
    }
  }
}

TEST_F(BlockAttentionOnCuda, TouchesChosenBlocksOnly) {
  for (const auto type : {c10::kFloat, c10::kHalf, c10::kBFloat16}) {
    auto work = drawn_work(1, 3, 2, 3, 0.5);
    const std::int64_t hidden = 4;
    work.chosen.select(2, hidden).fill_(false);
    const auto clean = there(work, type);
    work.units[1].keys[hidden - 3].fill_(std::numeric_limits<float>::quiet_NaN());
    work.units[1].values[hidden - 3].fill_(std::numeric_limits<float>::infinity());
    const auto dirty = there(work, type);
    EXPECT_TRUE(block_attention(dirty.queries, dirty.units, dirty.chosen)
                    .equal(block_attention(clean.queries, clean.units, clean.chosen)))
        << type;
  }
}

// What is not chosen is not even looked at.
TEST(BlockAttentionPaths, TouchChosenBlocksOnly) {
  auto work = drawn_work(1, 3, 2, 3, 0.5);
  const std::int64_t hidden = 4;
  work.chosen.select(2, hidden).fill_(false);
  const auto expected = block_attention(work.queries, work.units, work.chosen);
  work.units[1].keys[hidden - 3].fill_(std::numeric_limits<float>::quiet_NaN());
  work.units[1].values[hidden - 3].fill_(std::numeric_limits<float>::infinity());
  for (const Path path : {&block_attention, &paired_block_attention})
    EXPECT_LT(difference(path, work, expected), kFloatTolerance);
}

TEST(BlockAttentionPaths, DoNotCareForTheOrderOfUnits) {
  auto work = drawn_work(2, 3, 3, 2, 0.6);
  const auto expected = block_attention(work.queries, work.units, work.chosen);
  std::swap(work.units[0], work.units[2]);
  work.chosen =
      at::cat({work.chosen.narrow(2, 4, 2), work.chosen.narrow(2, 2, 2), work.chosen.narrow(2, 0, 2)}, 2);
  for (const Path path : kPaths) EXPECT_LT(difference(path, work, expected), kFloatTolerance);
}

// Scores of some thousands overflow exp() unless the peak is taken off, in rising and in falling order.
TEST(BlockAttentionPaths, TakeScoresOfAnySize) {
  for (const float sign : {1.0f, -1.0f}) {
    auto work = drawn_work(1, 2, 3, 2, 1.0);
    for (std::size_t unit = 0; unit < 3; ++unit)
      work.units[unit].keys.mul_(sign * 300 * static_cast<float>(unit + 1));
    const auto expected = dense_block_attention(work.queries, work.units, work.chosen);
    ASSERT_TRUE(std::isfinite(expected.sum().item<float>()));
    // One step of float32 at scores of 1e4 is 1e-3, which the weights show.
    EXPECT_LT(difference(&block_attention, work, expected), 1e-2);
    EXPECT_LT(difference(&paired_block_attention, work, expected), 1e-2);
  }
}

TEST(BlockAttentionPaths, LetANaNThroughToThoseWhoSeeIt) {
  auto work = drawn_work(1, 2, 1, 2, 1.0);
  work.chosen = at::full({1, 2, 2}, true, at::kBool);
  work.chosen[0][0][1] = false;
  work.units[0].values[1].fill_(std::numeric_limits<float>::quiet_NaN());
  const auto result = block_attention(work.queries, work.units, work.chosen);
  EXPECT_TRUE(std::isfinite(result[0].sum().item<float>()));
  EXPECT_TRUE(std::isnan(result[1].sum().item<float>()));
}

TEST(BlockAttentionPaths, LetANaNThroughThatMakesAllScoresNaN) {
  on_each_instruction_set([] {
    auto work = drawn_work(1, 2, 1, 2, 1.0);
    work.chosen = at::full({1, 2, 2}, true, at::kBool);
    work.queries[1][5].fill_(std::numeric_limits<float>::quiet_NaN());
    const auto result = block_attention(work.queries, work.units, work.chosen);
    EXPECT_TRUE(std::isfinite(result[0].sum().item<float>()));
    EXPECT_TRUE(std::isnan(result[1][5].sum().item<float>()));
  });
}

TEST(BlockAttentionPaths, TakeStridedTensors) {
  auto work = drawn_work(2, 3, 2, 2, 0.6);
  const auto expected = block_attention(work.queries, work.units, work.chosen);
  work.queries = work.queries.transpose(0, 1).contiguous().transpose(0, 1);
  work.units[1].values = work.units[1].values.transpose(0, 2).contiguous().transpose(0, 2);
  for (const Path path : kPaths) EXPECT_LT(difference(path, work, expected), kFloatTolerance);
}

TEST(BlockAttentionPaths, GiveTheSameInFloat16) {
  const auto work = drawn_work(2, 3, 2, 2, 0.6, c10::kHalf);
  const auto expected = dense_block_attention(work.queries, work.units, work.chosen);
  EXPECT_LT(difference(&block_attention, work, expected), 5e-3);
}

// Every instruction set that this processor has, not only the one that would be chosen.
TEST(AttentionTile, IsTheSameWithEveryInstructionSet) {
  const auto work = drawn_work(1, 2, 1, 3, 1.0);
  const auto expected = dense_block_attention(work.queries, work.units, work.chosen)[0];
  on_each_instruction_set([&] {
    AttentionTile tile;
    const auto rows = [](const at::Tensor& window) {
      return AttentionTile::View<float>{window.const_data_ptr<float>(), 128};
    };
    tile.start(rows(work.queries[0]));
    for (std::int64_t key = 0; key < 3; ++key)
      tile.add(rows(work.units[0].keys[key]), rows(work.units[0].values[key]));
    at::Tensor result = at::empty({128, 128});
    tile.finish(result.mutable_data_ptr<float>(), 128);
    EXPECT_LT(relative_difference(result, expected), kFloatTolerance);
  });
}

TEST(BlockAttentionGradient, IsFiniteThoughARowHasNoKeys) {
  auto work = drawn_work(2, 3, 2, 2, 0.6);
  work.queries.requires_grad_();
  work.units[0].keys.requires_grad_();
  work.units[1].values.requires_grad_();
  block_attention(work.queries, work.units, work.chosen).square().sum().backward();
  for (const auto& tensor : {work.queries, work.units[0].keys, work.units[1].values}) {
    const double size = tensor.grad().abs().sum().item<double>();
    EXPECT_TRUE(std::isfinite(size) && size > 0);
  }
}

// Enough pairs for several groups (2048 each).
TEST(PairedBlockAttention, InSeveralGroupsIsTheSame) {
  const auto work = drawn_work(8, 10, 4, 10, 0.8);
  const auto expected = block_attention(work.queries, work.units, work.chosen);
  EXPECT_LT(difference(&paired_block_attention, work, expected), kFloatTolerance);
}

}  // namespace
}  // namespace videoenhance
