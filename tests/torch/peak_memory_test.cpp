#include "core/torch/runtime/peak_memory.h"

#include <gtest/gtest.h>

#include "core/torch/runtime/cpu_allocator.h"

namespace videoenhance {
namespace {

constexpr std::int64_t kBytes = 1 << 20;

at::Tensor block() {
  return at::empty({kBytes}, at::kByte);
}

TEST(PeakMemory, CountsWhatIsHeldAtOnce) {
  install_cpu_allocator();
  const auto one_by_one = peak_memory(c10::kCPU, [] {
    block();
    block();
  });
  const auto together = peak_memory(c10::kCPU, [] { const std::array both = {block(), block()}; });
  EXPECT_NEAR(static_cast<double>(one_by_one), kBytes, 4096);
  EXPECT_NEAR(static_cast<double>(together), 2 * kBytes, 2 * 4096);
}

TEST(PeakMemory, CountsSmallTensorsToo) {
  install_cpu_allocator();
  const auto peak = peak_memory(c10::kCPU, [] {
    std::vector<at::Tensor> many;
    for (int i = 0; i < 1000; ++i) many.push_back(at::empty({1000}, at::kByte));
  });
  EXPECT_GE(peak, 1000u * 1000u);
}

TEST(PeakMemory, IsNoneWhereOnlyOldMemoryIsFreed) {
  install_cpu_allocator();
  at::Tensor old = block();
  EXPECT_EQ(peak_memory(c10::kCPU, [&] { old.reset(); }), 0u);
}

TEST(PeakMemory, LetsExceptionsPassAndMeasuresAfterThem) {
  install_cpu_allocator();
  EXPECT_THROW(peak_memory(c10::kCPU, [] { throw std::runtime_error("no"); }), std::runtime_error);
  EXPECT_GE(peak_memory(c10::kCPU, [] { block(); }), static_cast<std::uint64_t>(kBytes));
}

}  // namespace
}  // namespace videoenhance
