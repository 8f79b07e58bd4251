#include "benchmarks/processor_limits.h"

#include <ATen/ops/mm.h>
#include <ATen/ops/randn.h>

#include <algorithm>
#include <chrono>
#include <limits>

namespace videoenhance {
namespace {

constexpr std::int64_t kSize = 2048;                     // of square matrices
constexpr std::int64_t kFloats = std::int64_t{1} << 26;  // 256 MiB, beyond any cache

template <typename Task>
double best_seconds(const Task& task) {
  constexpr int kRepeats = 7;
  double best = std::numeric_limits<double>::max();
  for (int i = 0; i < kRepeats; ++i) {
    const auto start = std::chrono::steady_clock::now();
    task();
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    best = std::min(best, seconds.count());
  }
  return best;
}

double product_rate(c10::ScalarType type) {
  const at::Tensor a = at::randn({kSize, kSize}).to(type), b = at::randn({kSize, kSize}).to(type);
  return 2.0 * kSize * kSize * kSize / best_seconds([&] { at::mm(a, b); });
}

double copy_rate() {
  // Not of one value: pages that are alike may be one page.
  const at::Tensor from = at::linspace(0, 1, kFloats), to = at::zeros({kFloats});
  return 2.0 * sizeof(float) * kFloats / best_seconds([&] { to.copy_(from); });
}

}  // namespace

ProcessorLimits ProcessorLimits::measure(const Work& work) {
  ProcessorLimits limits;
  for (const auto& [type, count] : work.operations) limits.operations_per_second[type] = product_rate(type);
  limits.bytes_per_second = copy_rate();
  return limits;
}

double ProcessorLimits::bound(const Work& work) const {
  double seconds = work.bytes / bytes_per_second;
  for (const auto& [type, count] : work.operations) {
    const auto rate = operations_per_second.find(type);
    TORCH_CHECK(rate != operations_per_second.end(), "the speed of products in ", type, " was not measured");
    seconds += count / rate->second;
  }
  return seconds;
}

}  // namespace videoenhance
