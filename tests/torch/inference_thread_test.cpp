#include "core/torch/runtime/inference_thread.h"

#include <c10/util/Exception.h>
#include <gtest/gtest.h>

#include <atomic>

#include "core/torch/runtime/describe_error.h"

namespace videoenhance {
namespace {

TEST(InferenceThread, IsOneForAllCallersAndNotTheirs) {
  std::thread::id first, second;
  InferenceThread::of(c10::kCPU).run(0, [&] { first = std::this_thread::get_id(); });
  std::thread([&] {
    InferenceThread::of(c10::kCPU).run(0, [&] { second = std::this_thread::get_id(); });
  }).join();
  EXPECT_EQ(first, second);
  EXPECT_NE(first, std::this_thread::get_id());
}

TEST(InferenceThread, WorksInInferenceModeWithTheWantedThreads) {
  for (const unsigned threads : {1u, 2u, 1u}) {
    bool inference = false;
    int used = 0;
    EngineRunner(c10::kCPU, threads).run([&] {
      inference = c10::InferenceMode::is_enabled();
      used = at::get_num_threads();
    });
    EXPECT_TRUE(inference);
    EXPECT_EQ(used, static_cast<int>(threads));
  }
}

TEST(InferenceThread, TasksOfManyCallersTakeTurns) {
  std::atomic<int> inside = 0, done = 0, overlaps = 0;
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 4; ++caller) {
    callers.emplace_back([&] {
      for (int k = 0; k < 50; ++k) {
        InferenceThread::of(c10::kCPU).run(1, [&] {
          if (++inside > 1) ++overlaps;
          ++done;
          --inside;
        });
      }
    });
  }
  for (auto& caller : callers) caller.join();
  EXPECT_EQ(done, 200);
  EXPECT_EQ(overlaps, 0);
}

Error thrown_by(void (*action)()) {
  EngineRunner runner(c10::kCPU, 1);
  const auto status = guarded(runner, &describe_torch_exception, [&]() -> Status {
    action();
    return {};
  });
  return status ? Error{ErrorKind::kNotFound, "nothing was thrown"} : status.error();
}

TEST(ExceptionBarrier, ALibTorchErrorBecomesASentenceWithItsTextAsDetail) {
  const auto error = thrown_by([] { TORCH_CHECK(false, "sizes 3 and 4 differ"); });
  EXPECT_EQ(error.kind, ErrorKind::kFailed);
  EXPECT_EQ(error.message.find("sizes"), std::string::npos);
  EXPECT_NE(error.detail.find("sizes 3 and 4 differ"), std::string::npos);
}

TEST(ExceptionBarrier, ExhaustedMemoryIsToldApart) {
  EXPECT_EQ(thrown_by([] { TORCH_CHECK_WITH(OutOfMemoryError, false, "CUDA out of memory"); }).kind,
            ErrorKind::kNoMemory);
  EXPECT_EQ(thrown_by([] { throw std::bad_alloc(); }).kind, ErrorKind::kNoMemory);
  EXPECT_EQ(thrown_by([] { at::empty({std::int64_t{1} << 46}); }).kind, ErrorKind::kNoMemory);
}

TEST(ExceptionBarrier, AnIntOrAStandardExceptionDoesNotEscape) {
  EXPECT_EQ(thrown_by([] { throw 1; }).kind, ErrorKind::kFailed);
  EXPECT_EQ(thrown_by([] { throw std::runtime_error("odd"); }).detail, "odd");
}

}  // namespace
}  // namespace videoenhance
