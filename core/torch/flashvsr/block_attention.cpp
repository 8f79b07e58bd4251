#include "core/torch/flashvsr/block_attention.h"

#include <ATen/ops/matmul.h>
#include <ATen/ops/scaled_dot_product_attention.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros_like.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>

#include "core/torch/kernels/attention_tile.h"
#include "core/torch/runtime/stage.h"

namespace videoenhance {
namespace {

constexpr std::int64_t kTile = AttentionTile::kSize;
const double kScale = 1 / std::sqrt(static_cast<double>(kTile));

bool wants_gradient(const at::Tensor& queries, const std::vector<KeyUnit>& units) {
  if (!c10::GradMode::is_enabled()) return false;
  bool wanted = queries.requires_grad();
  for (const auto& unit : units) wanted = wanted || unit.keys.requires_grad() || unit.values.requires_grad();
  return wanted;
}

// [n,128,dim] -> [heads,n,128,128].
at::Tensor by_head(const at::Tensor& windows) {
  return windows.unflatten(2, {-1, kTile}).permute({2, 0, 1, 3});
}

// [heads,n,128,128] -> [n,128,dim].
at::Tensor from_heads(const at::Tensor& x) {
  return x.permute({1, 2, 0, 3}).flatten(2);
}

at::Tensor all_keys(const std::vector<KeyUnit>& units) {
  std::vector<at::Tensor> keys;
  for (const auto& unit : units) keys.push_back(unit.keys);
  return at::cat(keys);
}

at::Tensor all_values(const std::vector<KeyUnit>& units) {
  std::vector<at::Tensor> values;
  for (const auto& unit : units) values.push_back(unit.values);
  return at::cat(values);
}

// --------------------------------------------------------------------------------------------------------
// tile by tile, on the CPU

template <typename Scalar>
struct TileWork {
  struct Unit {
    const Scalar *keys, *values;
  };

  const Scalar* queries;
  std::vector<Unit> units;
  const bool* chosen;
  Scalar* out;
  std::int64_t dim, windows, query_windows, key_windows;  // windows: of a unit

  // Tasks are numbered head by head: neighbours share their keys.
  std::int64_t tasks() const { return dim / kTile * query_windows; }

  void run(AttentionTile& tile, std::int64_t task) const {
    const std::int64_t head = task / query_windows, query = task % query_windows;
    const auto offset = [&](std::int64_t window) { return window * kTile * dim + head * kTile; };
    const bool* row = chosen + task * key_windows;
    tile.start<Scalar>({queries + offset(query), dim});
    for (std::int64_t key = 0; key < key_windows; ++key) {
      if (!row[key]) continue;
      const Unit& unit = units[static_cast<std::size_t>(key / windows)];
      const std::int64_t place = offset(key % windows);
      tile.add<Scalar>({unit.keys + place, dim}, {unit.values + place, dim});
    }
    tile.finish(out + offset(query), dim);
  }
};

// Query windows choose very unequal numbers of blocks, so threads take them one by one.
template <typename Scalar>
at::Tensor tiled_block_attention(const at::Tensor& queries, const std::vector<KeyUnit>& units,
                                 const at::Tensor& chosen) {
  at::Tensor out = at::empty_like(queries);
  TileWork<Scalar> work{queries.const_data_ptr<Scalar>(),
                        {},
                        chosen.const_data_ptr<bool>(),
                        out.mutable_data_ptr<Scalar>(),
                        queries.size(2),
                        units.front().keys.size(0),
                        chosen.size(1),
                        chosen.size(2)};
  for (const auto& unit : units)
    work.units.push_back({unit.keys.const_data_ptr<Scalar>(), unit.values.const_data_ptr<Scalar>()});
  const KernelScope kernel("block_attention", {queries, chosen});
  std::atomic<std::int64_t> next = 0;
  at::parallel_for(0, at::get_num_threads(), 1, [&](std::int64_t, std::int64_t) {
    const auto tile = std::make_unique<AttentionTile>();
    for (std::int64_t task = next++; task < work.tasks(); task = next++) work.run(*tile, task);
  });
  return out;
}

bool can_tile(const at::Tensor& queries, const std::vector<KeyUnit>& units, const at::Tensor& chosen) {
  bool plain = queries.is_contiguous() && chosen.is_contiguous();
  for (const auto& unit : units) plain = plain && unit.keys.is_contiguous() && unit.values.is_contiguous();
  return plain && queries.is_cpu();
}

}  // namespace

at::Tensor block_attention(const at::Tensor& queries, const std::vector<KeyUnit>& units,
                           const at::Tensor& chosen) {
  const StageScope stage("attention");
  if (wants_gradient(queries, units)) return dense_block_attention(queries, units, chosen);
  if (can_tile(queries, units, chosen)) {
    if (queries.scalar_type() == c10::kFloat) return tiled_block_attention<float>(queries, units, chosen);
    if (queries.scalar_type() == c10::kBFloat16)
      return tiled_block_attention<c10::BFloat16>(queries, units, chosen);
  }
  return paired_block_attention(queries, units, chosen);
}

at::Tensor dense_block_attention(const at::Tensor& queries, const std::vector<KeyUnit>& units,
                                 const at::Tensor& chosen) {
  const auto tokens_of = [](const at::Tensor& windows) {
    return by_head(windows).flatten(1, 2).to(c10::kFloat);
  };
  // A softmax over nothing is no number: windows without keys see all of them, and the result is dropped.
  const at::Tensor any = chosen.any(2, /*keepdim=*/true);
  const at::Tensor hidden = chosen.logical_or(any.logical_not())
                                .logical_not()
                                .repeat_interleave(kTile, 1)
                                .repeat_interleave(kTile, 2);
  const at::Tensor scores =
      at::matmul(tokens_of(queries), tokens_of(all_keys(units)).transpose(1, 2)) * kScale;
  const at::Tensor weights = scores.masked_fill(hidden, -std::numeric_limits<float>::infinity()).softmax(-1);
  const at::Tensor mean = at::matmul(weights, tokens_of(all_values(units))).unflatten(1, {-1, kTile});
  return from_heads(mean * any.unsqueeze(3)).to(queries.scalar_type());
}

// --------------------------------------------------------------------------------------------------------
// pairs of windows, on any device

namespace {

constexpr std::int64_t kPairsAtOnce = 2048;  // keys of a pair take up to 64 KiB, and values as much

// Rows of `chosen` [rows,nk] by how many keys they have, most first, and these numbers.
struct RowOrder {
  at::Tensor rows;
  std::vector<std::int64_t> counts;
};

RowOrder by_count(const at::Tensor& chosen) {
  const auto [counts, rows] = chosen.sum(1).sort(/*stable=*/true, /*dim=*/0, /*descending=*/true);
  const at::Tensor known = counts.cpu();
  const auto* first = known.const_data_ptr<std::int64_t>();
  return {rows, {first, first + known.numel()}};
}

// Rows with up to `most` keys each and one at least: queries [n,128,128], chosen [n,nk], heads [n]; keys and
// values [heads,nk,128,128]. Gives [n,128,128]. All rows get as many keys: a row that has fewer sees its
// first one again, without weight. Sums by pair would be made in the order in which a GPU comes to them,
// another one each time.
at::Tensor attend_pairs(const at::Tensor& queries, const at::Tensor& heads, const at::Tensor& chosen,
                        std::int64_t most, const at::Tensor& keys, const at::Tensor& values) {
  const auto [sorted, order] = chosen.sort(/*stable=*/true, /*dim=*/1, /*descending=*/true);
  const at::Tensor is_own = sorted.narrow(1, 0, most), first = order.narrow(1, 0, 1);
  const at::Tensor key = at::where(is_own, order.narrow(1, 0, most), first), head = heads.unsqueeze(1);
  const auto of_rows = [&](const at::Tensor& x) { return x.index({head, key}).flatten(1, 2).unsqueeze(1); };
  const at::Tensor seen = is_own.repeat_interleave(kTile, 1).unsqueeze(1).unsqueeze(1);
  return at::scaled_dot_product_attention(queries.unsqueeze(1), of_rows(keys), of_rows(values),
                                          seen.expand({-1, -1, kTile, -1}))
      .squeeze(1);
}

}  // namespace

at::Tensor paired_block_attention(const at::Tensor& queries, const std::vector<KeyUnit>& units,
                                  const at::Tensor& chosen) {
  const at::Tensor keys = by_head(all_keys(units)), values = by_head(all_values(units));
  const at::Tensor all_rows = by_head(queries).flatten(0, 1), chosen_rows = chosen.flatten(0, 1);
  const auto [order, counts] = by_count(chosen_rows);
  at::Tensor out = at::zeros_like(all_rows);  // as rows without keys stay
  const auto end = static_cast<std::int64_t>(counts.size());
  for (std::int64_t first = 0, last = 0; first < end && counts[first] > 0; first = last) {
    const std::int64_t most = counts[first], room = std::max<std::int64_t>(kPairsAtOnce / most, 1);
    for (last = first; last < end && last < first + room && counts[last] > 0;) ++last;
    const at::Tensor rows = order.narrow(0, first, last - first);
    out.index_copy_(0, rows,
                    attend_pairs(all_rows.index_select(0, rows), rows.floor_divide(chosen.size(1)),
                                 chosen_rows.index_select(0, rows), most, keys, values));
  }
  return from_heads(out.view({chosen.size(0), chosen.size(1), kTile, kTile}));
}

// A pair has keys, values and what LibTorch makes of its mask, in two forms.
std::uint64_t block_attention_work_bytes(const at::Tensor& weight, std::uint64_t tokens,
                                         std::uint64_t heads) {
  if (weight.is_cpu()) return static_cast<std::uint64_t>(at::get_num_threads()) * sizeof(AttentionTile);
  constexpr std::uint64_t kValuesOfPair = 4 * kTile * kTile, kOfToken = 2 * 2;
  const std::uint64_t windows = tokens / kTile, pairs = heads * windows * windows;
  return (kOfToken * tokens * heads * kTile + kValuesOfPair * std::min<std::uint64_t>(pairs, kPairsAtOnce)) *
         weight.element_size();
}

}  // namespace videoenhance
