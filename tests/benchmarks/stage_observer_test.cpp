#include "benchmarks/stage_observer.h"

#include <ATen/ops/linear.h>
#include <ATen/ops/randn.h>

#include <thread>

#include "core/torch/kernels/convolution.h"
#include "core/torch/runtime/stage.h"
#include "tests/torch/rife_miniature.h"

namespace videoenhance {
namespace {

class Observed : public testing::Test {
 protected:
  // The rows of what `task` does.
  template <typename Task>
  std::vector<StageRow> rows(const Task& task) {
    const StageObserver observer(log_);
    task();
    error_ = observer.error();
    return log_.take(0);
  }

  template <typename Task>
  Work work(const Task& task) {
    return rows(task).back().work;
  }

  c10::InferenceMode inference_;
  StageLog log_;
  std::optional<std::string> error_;
};

at::Tensor picture(std::int64_t channels, std::int64_t height, std::int64_t width) {
  return at::randn({1, channels, height, width}).contiguous(at::MemoryFormat::ChannelsLast);
}

TEST_F(Observed, ConvolutionsCountOnceWhicheverWayTheyTake) {
  const auto x = picture(8, 6, 10), weight = at::randn({16, 8, 3, 3}), square = at::randn({8, 8, 3, 3});
  const auto up = at::randn({8, 3, 4, 4});
  const double plain = 2.0 * 16 * 8 * 9 * 60, smaller = plain / 4, added = plain / 2;
  const auto count = [&](const auto& task) { return work(task).operations.at(at::kFloat); };
  EXPECT_EQ(count([&] { at::conv2d(x, weight, {}, 1, 1); }), plain);
  EXPECT_EQ(count([&] { convolve_relu(x, weight, {}); }), plain);
  EXPECT_EQ(count([&] { convolve_relu(x, weight, {}, 2); }), smaller);
  EXPECT_EQ(count([&] { convolve_add_relu(x, square, {}, x); }), added);
  EXPECT_EQ(count([&] { deconvolve(x, up, {}); }), 2.0 * 8 * 3 * 16 * 60);
  EXPECT_EQ(count([&] { at::linear(at::randn({5, 7}), at::randn({3, 7})); }), 2.0 * 5 * 7 * 3);
}

TEST_F(Observed, OfOperatorsThatCallOthersTheOutermostCounts) {
  const auto x = at::zeros({4, 6}), flat = at::zeros({24});
  EXPECT_EQ(work([&] { at::stack({x, x}); }).bytes, 4 * 96);
  EXPECT_EQ(work([&] { x.transpose(0, 1).contiguous(); }).bytes, 2 * 96);
  EXPECT_EQ(work([&] { flat.view({2, 12}).narrow(0, 1, 1); }).bytes, 0);
}

TEST_F(Observed, KernelsOfOursCountWithWhatTheyTouchAndNotWhatTheyCall) {
  const auto x = at::zeros({4, 6});
  const auto task = [&] {
    const StageScope stage("stage");
    const KernelScope kernel("kernel", {x, 4});
    x.clone();
  };
  const auto seen = rows(task);
  EXPECT_EQ(seen[0].name, "stage");
  EXPECT_EQ(seen[0].work.bytes, 100);
}

TEST_F(Observed, OtherThreadsAreNotSeen) {
  EXPECT_EQ(rows([] {
              std::thread([] {
                const StageScope stage("elsewhere");
                at::zeros({4});
              }).join();
            }).size(),
            1u);
}

TEST_F(Observed, WhatCannotBeCountedIsKeptAsAnError) {
  rows([] { const KernelScope kernel("block_attention", {}); });
  ASSERT_TRUE(error_);
  EXPECT_NE(error_->find("block_attention"), std::string::npos);
}

TEST_F(Observed, RifeHasItsStagesWithTheirWork) {
  const auto network = load_miniature("carried.safetensors");
  const auto frame = at::full({1, 3, 64, 64}, 0.5);
  const auto seen = rows([&] {
    const auto left = network->prepare(frame, {}), right = network->prepare(frame, {});
    ASSERT_TRUE(network->between(left, right, 0.5, {}));
  });
  std::vector<std::string> names;
  for (const auto& row : seen) {
    names.push_back(row.name);
    const bool convolves = row.name == "encoder" || row.name.starts_with("convolutions");
    EXPECT_EQ(row.work.operations.size(), convolves ? 1u : 0u) << row.name;
  }
  EXPECT_EQ(names, (std::vector<std::string>{"encoder", "block inputs", "convolutions of block0",
                                             "block results", "convolutions of block1",
                                             "convolutions of block2", "convolutions of block3",
                                             "convolutions of block4", "last blend", "other"}));
  EXPECT_FALSE(error_);
}

}  // namespace
}  // namespace videoenhance
