#include "core/torch/runtime/cpu_allocator.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <gtest/gtest.h>

namespace videoenhance {
namespace {

constexpr std::int64_t kFloats = 1 << 18;  // 1 MiB
constexpr std::size_t kBytes = kFloats * sizeof(float);

class CpuAllocator : public testing::Test {
 protected:
  void SetUp() override {
    install_cpu_allocator();
    empty_cache();
  }

  // The first trim marks what lies in the cache, the second gives it back.
  static void empty_cache() {
    trim_cpu_allocator();
    trim_cpu_allocator();
  }
};

TEST_F(CpuAllocator, AFreedBlockServesTheNextRequestOfItsSize) {
  const void* first = at::empty({kFloats}).data_ptr();
  const void* second = at::empty({kFloats}).data_ptr();
  EXPECT_EQ(first, second);
}

TEST_F(CpuAllocator, CountsUsedAndCachedBytes) {
  const auto before = cpu_allocator_use();
  {
    const auto tensor = at::empty({kFloats});
    EXPECT_EQ(cpu_allocator_use().used, before.used + kBytes);
  }
  EXPECT_EQ(cpu_allocator_use().used, before.used);
  EXPECT_EQ(cpu_allocator_use().cached, before.cached + kBytes);
}

TEST_F(CpuAllocator, TrimmingKeepsWhatEveryFrameUses) {
  for (int frame = 0; frame < 5; ++frame) {
    const auto tensor = at::empty({kFloats});
    EXPECT_GE(cpu_allocator_use().used, kBytes);
    if (frame > 0) trim_cpu_allocator();
  }
  const auto cached = cpu_allocator_use().cached;
  EXPECT_EQ(cached, kBytes);
}

TEST_F(CpuAllocator, TrimmingGivesBackWhatNobodyAskedForSinceTheLastTrim) {
  { const auto large = at::empty({8 * kFloats}); }
  trim_cpu_allocator();  // used since the last trim: stays
  EXPECT_EQ(cpu_allocator_use().cached, 8 * kBytes);
  trim_cpu_allocator();
  EXPECT_EQ(cpu_allocator_use().cached, 0u);
}

TEST_F(CpuAllocator, ReleasingGivesBackWhatWasJustUsedAndNotWhatLives) {
  const auto living = at::empty({kFloats});
  const auto used = cpu_allocator_use().used;
  { const auto large = at::empty({8 * kFloats}); }
  release_cpu_allocator();
  EXPECT_EQ(cpu_allocator_use().cached, 0u);
  EXPECT_EQ(cpu_allocator_use().used, used);
}

TEST_F(CpuAllocator, TheSameWorkAgainAddsNothing) {
  const auto work = [] {
    const auto a = at::empty({kFloats}), b = at::empty({3 * kFloats}), c = at::empty({kFloats});
    const auto d = at::empty({2 * kFloats});
  };
  work();
  const auto after_one = cpu_allocator_use().cached;
  for (int frame = 0; frame < 100; ++frame) work();
  EXPECT_EQ(cpu_allocator_use().cached, after_one);
}

TEST_F(CpuAllocator, BlocksAreAlignedForTheWidestVectors) {
  for (const std::int64_t size : {1, 5, 1000, 100000}) {
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(at::empty({size}).data_ptr()) % 64, 0u) << size;
  }
}

TEST_F(CpuAllocator, ARequestThatNoMachineCanServeThrowsAndCountsNothing) {
  const auto before = cpu_allocator_use();
  EXPECT_ANY_THROW(at::empty({std::int64_t{1} << 46}));
  EXPECT_EQ(cpu_allocator_use().used, before.used);
}

}  // namespace
}  // namespace videoenhance
