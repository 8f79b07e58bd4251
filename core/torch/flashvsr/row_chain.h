// Layers of few channels after one another, computed row by row: each layer keeps the few rows that the next
// one reads, which stay in the cache, and no map between the first and the last one is ever whole.
#pragma once

#include <optional>

#include "core/torch/flashvsr/row_layer.h"

namespace videoenhance {

class RowChain {
 public:
  struct Step {
    RowLayer layer;
    bool relu = true;
    // Whose result is added before that: the source's (0) or that of a step (1 for the first one). Its planes
    // are those of the layer, and no layer after it enlarges.
    std::optional<std::size_t> added = std::nullopt;
  };

  // One step or more, all of one type.
  explicit RowChain(std::vector<Step> steps);

  // Zeros lie around the source and around each layer's result. On several threads, each of which computes
  // the rows that it needs of its neighbours' again.
  Planes run(const Planes& source) const;

  // The same, but the last layer, which must not enlarge, gives float32: its outputs in their order, each
  // written to H * W values at an address, or where that is null, nowhere.
  void draw(const Planes& source, const std::vector<float*>& outputs) const;

  // Of the weights.
  std::uint64_t bytes() const;
  // Of run()'s result for a source of this size, and of what all threads need until it is there.
  std::uint64_t result_bytes(std::int64_t height, std::int64_t width) const;
  std::uint64_t work_bytes(std::int64_t height, std::int64_t width) const;

 private:
  class Worker;

  // The source's size, and what a thread keeps of each step's result.
  struct MapSize {
    std::int64_t planes, rows, height, width;
  };
  std::vector<MapSize> sizes(std::int64_t height, std::int64_t width) const;
  std::int64_t rows_kept(std::size_t map) const;
  std::int64_t lines() const;

  double products(const Planes& source) const;  // rows that are computed again do not count
  void on_all_threads(const Planes& source, const Planes& result, const std::vector<float*>* outputs) const;

  std::vector<Step> steps_;
};

}  // namespace videoenhance
