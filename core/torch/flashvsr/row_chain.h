// Layers of few channels after one another, computed row by row: each layer keeps the few rows that the next
// one reads, which stay in the cache, and no map between the first and the last one is ever whole.
#pragma once

#include <functional>

#include "core/torch/flashvsr/row_layer.h"

namespace videoenhance {

class RowChain {
 public:
  struct Step {
    RowLayer layer;
    bool relu = true;
    // Whose result is added before that: the source's (0) or that of a step (1 for the first one).
    std::optional<std::size_t> added = std::nullopt;
  };

  // All of one type.
  explicit RowChain(std::vector<Step> steps) : steps_(std::move(steps)) {}

  // Zeros lie around the source and around each layer's result. On several threads, each of which computes
  // the rows that it needs of its neighbours' again.
  Planes run(const Planes& source) const;

  // The same, but the last layer's outputs stay float32: written to planes of H * W values each, or where
  // there is none, nowhere.
  void draw(const Planes& source, const std::vector<float*>& planes) const;

  std::uint64_t bytes() const;

 private:
  class Worker;

  std::int64_t scale() const;                   // of the result to the source
  double products(const Planes& source) const;  // that one thread computes
  void on_all_threads(const Planes& source, const Planes& result, const std::vector<float*>* planes) const;

  std::vector<Step> steps_;
};

}  // namespace videoenhance
