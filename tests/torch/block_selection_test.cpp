#include "core/torch/flashvsr/block_selection.h"

#include <ATen/ops/zeros.h>

#include <cmath>
#include <limits>

#include "tests/torch/flashvsr_networks.h"

namespace videoenhance {
namespace {

struct Choice {
  std::string name;
  std::uint64_t seed;
  std::int64_t heads, rows, columns, query_units, key_units;
  double ratio;
  int local_range;
};

void PrintTo(const Choice& c, std::ostream* out) {
  *out << c.name;
}

std::vector<Choice> choices() {
  std::vector<Choice> choices;
  const auto manifest = networks_manifest();
  for (const auto& c : manifest["choices"])
    choices.push_back({c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7], c[8]});
  return choices;
}

class BlockChoice : public testing::TestWithParam<Choice> {};

TEST_P(BlockChoice, EqualsTheOracle) {
  const auto& c = GetParam();
  const std::int64_t ws = c.rows * c.columns, dim = 128 * c.heads;
  const auto chosen = choose_blocks(
      drawn(c.seed, {c.query_units * ws, dim}) * 2, drawn(c.seed + 1, {c.key_units * ws, dim}) * 2,
      local_windows(c.rows, c.columns, c.local_range, c10::kCPU), *blocks_to_keep(ws, c.ratio));
  EXPECT_TRUE(chosen.to(c10::kByte).equal(read_golden("networks-choices", c.name)));
}

INSTANTIATE_TEST_SUITE_P(Oracle, BlockChoice, testing::ValuesIn(choices()), [](const auto& info) {
  std::string name = info.param.name;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

// Means of one head whose scores of query 0, 1, … are the rows of `scores`, one column for each key.
at::Tensor chosen_by_scores(const std::vector<std::vector<float>>& scores, std::int64_t count) {
  const auto nq = static_cast<std::int64_t>(scores.size()), nk = static_cast<std::int64_t>(scores[0].size());
  at::Tensor queries = at::zeros({nq, 128}), keys = at::zeros({nk, 128});
  for (std::int64_t key = 0; key < nk; ++key) keys[key][key] = std::sqrt(128.0);
  for (std::int64_t query = 0; query < nq; ++query) {
    for (std::int64_t key = 0; key < nk; ++key) queries[query][key] = scores[query][key];
  }
  return choose_blocks(queries, keys, at::full({nq, nq}, true, at::kBool), count)[0];
}

at::Tensor flags(const std::vector<std::vector<int>>& rows) {
  at::Tensor flags =
      at::zeros({static_cast<std::int64_t>(rows.size()), static_cast<std::int64_t>(rows[0].size())});
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (std::size_t j = 0; j < rows[i].size(); ++j)
      flags[static_cast<std::int64_t>(i)][static_cast<std::int64_t>(j)] = rows[i][j];
  }
  return flags.to(at::kBool);
}

TEST(ChooseBlocks, KeepsTheLargestOfAllRowsTogether) {
  EXPECT_TRUE(chosen_by_scores({{5, 0}, {3, 0.5}}, 2).equal(flags({{1, 0}, {1, 0}})));
}

TEST(ChooseBlocks, LeavesAQueryWithoutAnyWhereOthersAreSurer) {
  // Probabilities of the first row are 1/4 each, of the others nearly 1 for one key.
  const auto chosen = chosen_by_scores({{1, 1, 1, 1}, {9, 0, 0, 0}, {0, 9, 0, 0}, {0, 0, 9, 0}}, 3);
  EXPECT_TRUE(chosen.equal(flags({{0, 0, 0, 0}, {1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}})));
}

TEST(ChooseBlocks, DropsAllThatTieAtTheThreshold) {
  // Of four equal probabilities none is strictly above the second largest.
  EXPECT_FALSE(chosen_by_scores({{1, 1}, {1, 1}}, 1).any().item<bool>());
  // The second and third largest are equal, and one of them would have been due.
  EXPECT_TRUE(
      chosen_by_scores({{6, 0, 0}, {4, 0, 0}, {4, 0, 0}}, 2).equal(flags({{1, 0, 0}, {0, 0, 0}, {0, 0, 0}})));
}

TEST(ChooseBlocks, AlwaysDropsTheSmallest) {
  EXPECT_TRUE(chosen_by_scores({{2, 0}, {1, 0}}, 1000).equal(flags({{1, 0}, {1, 1}})));
}

TEST(ChooseBlocks, KeepsNothingForACountOfNone) {
  EXPECT_FALSE(chosen_by_scores({{5, 0}, {3, 0.5}}, 0).any().item<bool>());
}

TEST(ChooseBlocks, OfManyKeepsAllThatAreAllowedAndNoneThatIsNot) {
  const auto local = local_windows(4, 5, 3, c10::kCPU);
  const auto chosen = choose_blocks(drawn(1, {20, 256}), drawn(2, {40, 256}), local, 1'000'000);
  EXPECT_TRUE(chosen.equal(local.repeat({1, 2}).unsqueeze(0).expand({2, 20, 40})));
}

// Units of queries are thresholded apart: what one chooses does not depend on another.
TEST(ChooseBlocks, TreatsEachUnitOfQueriesAlone) {
  const auto local = local_windows(3, 4, 3, c10::kCPU);
  const auto queries = drawn(1, {24, 128}), keys = drawn(2, {36, 128});
  const auto together = choose_blocks(queries, keys, local, 20);
  EXPECT_TRUE(together.narrow(1, 0, 12).equal(choose_blocks(queries.narrow(0, 0, 12), keys, local, 20)));
}

TEST(LocalWindows, ReachHalfTheRangeWithoutBeingMovedAtBorders) {
  const auto local = local_windows(3, 6, 3, c10::kCPU);
  const std::int64_t corner = 0, middle = 6 + 3;
  EXPECT_EQ(local[corner].sum().item<std::int64_t>(), 4);
  EXPECT_EQ(local[middle].sum().item<std::int64_t>(), 9);
  EXPECT_FALSE(local[middle][6 + 5].item<bool>());
}

TEST(LocalWindows, OfAnEvenRangeReachOneMoreUpAndLeft) {
  const auto local = local_windows(1, 8, 4, c10::kCPU)[4];
  EXPECT_TRUE(local.equal(flags({{0, 0, 1, 1, 1, 1, 0, 0}})[0]));
}

TEST(LocalWindows, DependOnTheAspectNotOnTheNumberOfWindows) {
  EXPECT_FALSE(local_windows(2, 6, 3, c10::kCPU).equal(local_windows(3, 4, 3, c10::kCPU)));
}

TEST(BlocksToKeep, TruncatesTheDoubleProduct) {
  struct Row {
    double sparse_ratio;
    std::int64_t height, width, kept;
  };
  // 60 * sparse_ratio * windows - 1 in exact arithmetic; the second is one less.
  for (const auto& [sparse_ratio, height, width, kept] :
       {Row{2.0, 768, 1408, 7919}, Row{1.5, 768, 1664, 7018}, Row{2.0, 1024, 1920, 14399},
        Row{2.0, 128, 128, 119}}) {
    const double ratio = sparse_ratio * 768 * 1280 / static_cast<double>(height * width);
    EXPECT_EQ(blocks_to_keep(height * width / 16384, ratio), kept) << height << "x" << width;
  }
}

TEST(BlocksToKeep, OfNoBlockAtAllIsAnError) {
  for (const double ratio : {0.0, 0.02, -1.0, std::numeric_limits<double>::quiet_NaN()}) {
    const auto kept = blocks_to_keep(6, ratio);
    ASSERT_FALSE(kept) << ratio;
    EXPECT_EQ(kept.error().kind, ErrorKind::kBadSettings);
    EXPECT_NE(kept.error().message.find("sparse-ratio"), std::string::npos);
  }
  EXPECT_EQ(blocks_to_keep(6, 1.0 / 36), 0);
}

TEST(BlocksToKeep, OfAnEndlessRatioIsJustMany) {
  EXPECT_GT(blocks_to_keep(6, std::numeric_limits<double>::infinity()).value(), 1'000'000);
}

}  // namespace
}  // namespace videoenhance
