#include "core/torch/runtime/memory_budget.h"

#include <gtest/gtest.h>

namespace videoenhance {
namespace {

constexpr std::uint64_t kMiB = 1 << 20;

TEST(MemoryBudget, WhatFitsPasses) {
  EXPECT_TRUE(check_memory({.weights = 20 * kMiB, .work = 500 * kMiB, .limit = 0, .free = 501 * kMiB}, ""));
  EXPECT_TRUE(
      check_memory({.weights = 20 * kMiB, .work = 500 * kMiB, .limit = 520 * kMiB, .free = 501 * kMiB}, ""));
}

TEST(MemoryBudget, AboveTheLimitIsRefusedWithNumbersAndARemedy) {
  const auto status = check_memory(
      {.weights = 21 * kMiB, .work = 500 * kMiB, .limit = 520 * kMiB, .free = 9000 * kMiB}, "lower the size");
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind, ErrorKind::kNoMemory);
  EXPECT_NE(status.error().message.find("521 MiB"), std::string::npos);
  EXPECT_NE(status.error().message.find("520 MiB"), std::string::npos);
  EXPECT_NE(status.error().message.find("lower the size"), std::string::npos);
}

TEST(MemoryBudget, MoreThanTheDeviceHasIsRefusedWithNumbers) {
  const auto status =
      check_memory({.weights = 1, .work = 500 * kMiB, .limit = 0, .free = 499 * kMiB}, "lower the size");
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind, ErrorKind::kNoMemory);
  EXPECT_NE(status.error().message.find("499 MiB"), std::string::npos);
}

TEST(MemoryBudget, ALimitOfOneByteIsRefusedAndNotMistakenForNone) {
  EXPECT_FALSE(check_memory({.weights = 1, .work = 1, .limit = 1, .free = kMiB}, ""));
}

}  // namespace
}  // namespace videoenhance
