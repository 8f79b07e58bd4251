// When the allocator's cache is trimmed, and what the user is told of it.
#include "core/torch/runtime/trim_policy.h"

#include <ATen/core/Tensor.h>
#include <gtest/gtest.h>

#include "core/torch/runtime/cpu_allocator.h"

namespace videoenhance {
namespace {

constexpr std::uint64_t kMiB = 1 << 20, kGiB = 1 << 30;

struct Case {
  const char* name;
  std::uint64_t total, reserved, per_step;
  unsigned interval;
  bool tight;
};

class AdaptiveTrim : public testing::TestWithParam<Case> {};

TEST_P(AdaptiveTrim, IsWhatFitsIntoTheUsableMemory) {
  const auto [name, total, reserved, per_step, interval, tight] = GetParam();
  const TrimPlan plan = adaptive_trim(total, reserved, per_step);
  EXPECT_EQ(plan.interval, interval);
  EXPECT_EQ(plan.tight, tight);
}

// Usable are 24 - 4 - 2 = 18 GiB in the first four, and 1 GiB, the least that is counted with, in the others.
INSTANTIATE_TEST_SUITE_P(
    Memory, AdaptiveTrim,
    testing::Values(Case{"whole", 24 * kGiB, 4 * kGiB, 6 * kGiB, 3, false},
                    Case{"truncated", 24 * kGiB, 4 * kGiB, 7 * kGiB, 2, false},
                    Case{"one", 24 * kGiB, 4 * kGiB, 18 * kGiB, 1, false},
                    Case{"at_most_twenty", 24 * kGiB, 4 * kGiB, 100 * kMiB, 20, false},
                    Case{"nothing_left", 8 * kGiB, 8 * kGiB, 200 * kMiB, 5, false},
                    Case{"more_taken_than_there_is", 8 * kGiB, 9 * kGiB, 200 * kMiB, 5, false},
                    Case{"less_than_one", 8 * kGiB, 7 * kGiB, kGiB + 1, 1, true},
                    Case{"published_step", 11 * kGiB, 0, 11 * kGiB, 1, true},
                    Case{"step_of_no_bytes", 8 * kGiB, 7 * kGiB, 0, 20, false},
                    Case{"largest_numbers", UINT64_MAX, UINT64_MAX, UINT64_MAX, 1, true}),
    [](const auto& info) { return info.param.name; });

EngineReport report_of(const TrimPolicy& policy) {
  EngineReport report;
  policy.add_to(report);
  return report;
}

TEST(TrimPolicy, TrimsAfterEveryNStepsAndCountsIt) {
  TrimPolicy policy(c10::kCPU, 3);
  policy.plan(kGiB);
  EXPECT_EQ(report_of(policy).trim_interval, 3u);
  for (const unsigned trims : {0, 0, 1, 1, 1, 2, 2}) {
    policy.finished_one();
    EXPECT_EQ(report_of(policy).trims, trims);
  }
}

TEST(TrimPolicy, NewSizesForgetNoFinishedSteps) {
  TrimPolicy policy(c10::kCPU, 2);
  for (int step = 0; step < 4; ++step) {
    policy.plan(kGiB);
    policy.finished_one();
  }
  EXPECT_EQ(report_of(policy).trims, 2u);
}

TEST(TrimPolicy, TellsWhatIsKeptAndGivesItBack) {
  install_cpu_allocator();
  release_cpu_allocator();
  TrimPolicy policy(c10::kCPU, 1);
  policy.plan(kGiB);
  at::empty({kMiB / 4});
  policy.finished_one();  // it was used since the last trim: it stays
  EXPECT_EQ(report_of(policy).cache_bytes, kMiB);
  policy.finished_one();
  EXPECT_EQ(report_of(policy).cache_bytes, 0u);
}

TEST(TrimPolicy, AdaptiveOnTheProcessorIsTen) {
  TrimPolicy policy(c10::kCPU, 0);
  policy.plan(UINT64_MAX);
  EXPECT_EQ(report_of(policy).trim_interval, 10u);
  EXPECT_EQ(report_of(policy).notice, "");
}

TEST(TrimPolicy, AdaptiveOnADeviceThatDoesNotAnswerIsFiveAndGoesOn) {
  TrimPolicy policy(c10::Device(c10::kCUDA, 99), 0);
  policy.plan(kGiB);
  EXPECT_EQ(report_of(policy).trim_interval, 5u);
  EXPECT_EQ(report_of(policy).cache_bytes, 0u);
  for (int step = 0; step < 5; ++step) policy.finished_one();
  EXPECT_EQ(report_of(policy).trims, 1u);
}

}  // namespace
}  // namespace videoenhance
