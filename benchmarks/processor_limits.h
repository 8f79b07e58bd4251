// How fast this processor is at most, as measured.
#pragma once

#include "benchmarks/operator_work.h"

namespace videoenhance {

struct ProcessorLimits {
  std::map<c10::ScalarType, double> operations_per_second;  // of a large matrix product
  double bytes_per_second = 0;                              // read and written by a large copy

  // For products in the types of `work`, with as many threads as LibTorch uses now.
  static ProcessorLimits measure(const Work& work);

  // Seconds that the work takes at least. c10::Error if the speed of its type is not known.
  double bound(const Work& work) const;
};

}  // namespace videoenhance
