#include "core/torch/flashvsr/block_attention.h"

#include <ATen/ops/_flash_attention_forward.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros_like.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <map>
#include <mutex>
#include <tuple>

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

constexpr std::int64_t kPairsAtOnce = 2048,
                       kPackedAtOnce = 16384;    // each has 64 KiB of keys and values, or twice
constexpr std::int64_t kWindow = kTile * kTile;  // values of a head

// [n,128,dim] -> [heads*n,128*128], as numbers that are copied 8 bytes at a time.
at::Tensor rows_of(const at::Tensor& windows) {
  return by_head(windows).contiguous().view({-1, kWindow}).view(c10::kDouble);
}

// Windows of all heads, which are rows of rows_of(), [n] -> [n,128,128].
at::Tensor windows_at(const at::Tensor& rows, const at::Tensor& places, c10::ScalarType type) {
  return rows.index_select(0, places).view(type).view({-1, kTile, kTile});
}

// Rows of `chosen` by how many keys they have, most first, since those that are computed together should have
// about as many.
struct Choice {
  at::Tensor rows;                   // [rows]
  std::vector<std::int64_t> counts;  // of keys
  at::Tensor is_key, places;         // [rows,nk]: keys first, and where these lie among all heads'

  static Choice of(const at::Tensor& chosen);
};

Choice Choice::of(const at::Tensor& chosen) {
  const at::Tensor all = chosen.flatten(0, 1);
  const auto [counts, rows] = all.sum(1).sort(/*stable=*/true, /*dim=*/0, /*descending=*/true);
  const auto [is_key, key] = all.index_select(0, rows).sort(/*stable=*/true, /*dim=*/1, /*descending=*/true);
  const at::Tensor head = rows.floor_divide(chosen.size(1)), known = counts.cpu();
  const auto* first = known.const_data_ptr<std::int64_t>();
  return {rows, {first, first + known.numel()}, is_key, key + (head * chosen.size(2)).unsqueeze(1)};
}

// queries: [n,128,128]; places, is_key: [n,m], a key in each row. All rows get as many keys: one that has
// fewer sees its first one again, without weight. Sums by pair would be made in the order in which a GPU
// comes to them, another one each time.
at::Tensor attend_padded(const at::Tensor& queries, const at::Tensor& places, const at::Tensor& is_key,
                         const at::Tensor& keys, const at::Tensor& values) {
  const auto type = queries.scalar_type();
  const at::Tensor all = at::where(is_key, places, places.narrow(1, 0, 1)).flatten();
  const auto of_rows = [&](const at::Tensor& x) {
    return windows_at(x, all, type).view({queries.size(0), -1, kTile});
  };
  const at::Tensor hidden = is_key.logical_not().repeat_interleave(kTile, 1).unsqueeze(1);
  const at::Tensor scores = at::matmul(queries, of_rows(keys).transpose(1, 2)).to(c10::kFloat).mul_(kScale);
  scores.masked_fill_(hidden, -std::numeric_limits<float>::infinity());
  return at::matmul(scores.softmax(-1).to(type), of_rows(values));
}

// queries: [n,128,128]; places: [p], those of one row after the other; ends: int64 [n+1], where each row's
// begin among all, and the last one's end. Rows have keys of any number, at most `most`.
at::Tensor attend_packed(const at::Tensor& queries, const at::Tensor& places, const at::Tensor& ends,
                         std::int64_t most, const at::Tensor& keys, const at::Tensor& values) {
  const auto type = queries.scalar_type();
  const auto tokens = [](const at::Tensor& windows) { return windows.view({-1, 1, kTile}); };
  const at::Tensor key_ends = ((ends - ends.narrow(0, 0, 1)) * kTile).to(c10::kInt);
  const at::Tensor query_ends = at::arange(queries.size(0) + 1, key_ends.options()) * kTile;
  return std::get<0>(at::_flash_attention_forward(
                         tokens(queries), tokens(windows_at(keys, places, type)),
                         tokens(windows_at(values, places, type)), query_ends, key_ends, kTile, most * kTile,
                         /*dropout_p=*/0, /*is_causal=*/false, /*return_debug_mask=*/false, kScale))
      .view(queries.sizes());
}

bool try_to_pack(const at::TensorOptions& options) {
  const at::Tensor window = at::zeros({kTile, 1, kTile}, options);
  const at::Tensor ends = at::arange(2, options.dtype(c10::kInt)) * kTile;
  try {
    at::_flash_attention_forward(window, window, window, ends, ends, kTile, kTile, 0, false, false, kScale);
    return true;
  } catch (const c10::OutOfMemoryError&) {
    throw;
  } catch (const c10::Error&) {
    return false;
  }
}

// Whether attention of rows of unequal lengths is there. GPUs before Ampere do not have it, and how old one
// is LibTorch tells nobody who has none of CUDA's headers: it is tried once on each.
bool packs(const at::Tensor& queries) {
  const auto type = queries.scalar_type();
  if (!queries.is_cuda() || (type != c10::kHalf && type != c10::kBFloat16)) return false;
  static std::mutex mutex;
  static std::map<c10::DeviceIndex, bool> known;
  const std::lock_guard lock(mutex);
  const auto device = queries.device().index();
  const auto found = known.find(device);
  if (found != known.end()) return found->second;
  return known[device] = try_to_pack(queries.options());
}

}  // namespace

at::Tensor paired_block_attention(const at::Tensor& queries, const std::vector<KeyUnit>& units,
                                  const at::Tensor& chosen) {
  const at::Tensor keys = rows_of(all_keys(units)), values = rows_of(all_values(units));
  const auto [rows, counts, is_key, places] = Choice::of(chosen);
  const at::Tensor all_queries = by_head(queries).flatten(0, 1).index_select(0, rows);
  const auto count = static_cast<std::int64_t>(counts.size());
  const bool is_packed = packs(queries);
  at::Tensor packed, ends;  // keys of all rows, and where each row's end
  if (is_packed) {
    packed = places.masked_select(is_key);
    ends = at::cat({at::zeros({1}, rows.options()), is_key.sum(1).cumsum(0)});
  }

  at::Tensor made = at::zeros_like(all_queries);  // as rows without keys stay
  std::int64_t first = 0, pairs = 0;
  while (first < count && counts[first] > 0) {
    const std::int64_t most = counts[first];
    std::int64_t last = first, own = 0;
    const auto has_room = [&] {
      return is_packed ? own + counts[last] <= kPackedAtOnce : (last - first + 1) * most <= kPairsAtOnce;
    };
    while (last < count && counts[last] > 0 && (last == first || has_room())) own += counts[last++];
    const auto part = [&](const at::Tensor& x) { return x.narrow(0, first, last - first); };
    part(made).copy_(is_packed ? attend_packed(part(all_queries), packed.narrow(0, pairs, own),
                                               ends.narrow(0, first, last - first + 1), most, keys, values)
                               : attend_padded(part(all_queries), part(places).narrow(1, 0, most),
                                               part(is_key).narrow(1, 0, most), keys, values));
    first = last;
    pairs += own;
  }
  const at::Tensor out = at::empty_like(made).index_copy_(0, rows, made);
  return from_heads(out.view({chosen.size(0), chosen.size(1), kTile, kTile}));
}

// Keys and values of all pairs that are computed together; where they are padded, scores and weights too.
std::uint64_t block_attention_work_bytes(const at::Tensor& weight, std::uint64_t tokens,
                                         std::uint64_t heads) {
  if (weight.is_cpu()) return static_cast<std::uint64_t>(at::get_num_threads()) * sizeof(AttentionTile);
  const bool is_packed = weight.scalar_type() != c10::kFloat;
  const std::uint64_t windows = tokens / kTile, pairs = heads * windows * windows,
                      at_once = std::min<std::uint64_t>(pairs, is_packed ? kPackedAtOnce : kPairsAtOnce);
  constexpr std::uint64_t kCopies = 2 * 2 + 3;  // of all keys and values, and of queries and results
  return (kCopies * tokens * heads * kTile + (is_packed ? 2 : 4) * at_once * kWindow) * weight.element_size();
}

}  // namespace videoenhance
