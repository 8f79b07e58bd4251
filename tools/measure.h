// What programs that measure have in common.
#pragma once

#include <sys/resource.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "core/engine/engine.h"

namespace videoenhance {

// 0 of no values.
inline double median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// Of this process, since its start.
inline double peak_rss_mib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

// For options named --precision.
inline const std::map<std::string, Precision> kPrecisionNames = {{"auto", Precision::kAuto},
                                                                 {"float32", Precision::kFloat32},
                                                                 {"bfloat16", Precision::kBFloat16},
                                                                 {"float16", Precision::kFloat16}};

}  // namespace videoenhance
