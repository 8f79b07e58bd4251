// Which key windows each query window attends (section B.5 of the FlashVSR notes).
#pragma once

#include "core/engine/result.h"
#include "core/torch/pch/aten.h"

namespace videoenhance {

// Blocks that each head keeps for the queries of one temporal unit of `windows` windows; topk_ratio as in
// AttentionSettings. Errors: kBadSettings where not even none would be kept.
Result<std::int64_t> blocks_to_keep(std::int64_t windows, double topk_ratio);

// bool [rows*columns, rows*columns]: whether a query window may see a key window of the same temporal unit,
// which is at most local_range / 2 rows and columns away (for an even range, one less below and to the
// right).
at::Tensor local_windows(std::int64_t rows, std::int64_t columns, int local_range, c10::Device device);

// query_means [units*ws,dim] and key_means [nk,dim], float32, are means over the windows' tokens; local as
// above. Gives bool [heads,units*ws,nk]. All entries of a head and a unit of queries compete: those with a
// probability strictly above the (count + 1)-th largest stay, so ties at that value go and a query window may
// keep none.
at::Tensor choose_blocks(const at::Tensor& query_means, const at::Tensor& key_means, const at::Tensor& local,
                         std::int64_t count);

}  // namespace videoenhance
