#include "core/engine/guarded_engine.h"

#include <gtest/gtest.h>

#include <functional>
#include <stdexcept>

namespace videoenhance {
namespace {

struct InlineRunner : TaskRunner {
  explicit InlineRunner(int& tasks) : tasks(tasks) {}
  void run(const std::function<void()>& task) noexcept override {
    ++tasks;
    task();
  }
  int& tasks;
};

struct Log {
  int tasks = 0;
  int flushes = 0;
  bool destroyed = false;
  std::function<Status()> push;
};

class ScriptedEngine : public TemporalEngine {
 public:
  explicit ScriptedEngine(Log& log) : log_(log) {}
  ~ScriptedEngine() override { log_.destroyed = true; }
  Status configure(const StreamFormat&) override { return {}; }
  Status push(const FrameView&, FrameId, std::span<const double>) override { return log_.push(); }
  std::size_t ready() const noexcept override { return 0; }
  Result<ResultFrame> pop(const FrameSpan&) override { throw std::runtime_error("in pop"); }
  Status drain() override { throw 1; }
  void flush() noexcept override { ++log_.flushes; }
  unsigned delay() const noexcept override { return 3; }
  EngineReport report() const override {
    EngineReport report;
    report.model = "scripted";
    return report;
  }

 private:
  Log& log_;
};

class Guarded : public testing::Test {
 protected:
  Log log_{.push = [] { return Status{}; }};
  std::unique_ptr<TemporalEngine> engine_ =
      std::make_unique<GuardedEngine>(std::make_unique<ScriptedEngine>(log_),
                                      std::make_unique<InlineRunner>(log_.tasks), &describe_exception);
};

TEST_F(Guarded, PassesCallsOnByTheRunner) {
  EXPECT_TRUE(engine_->configure({}));
  EXPECT_TRUE(engine_->push({}, 0, {}));
  EXPECT_EQ(log_.tasks, 2);
  EXPECT_EQ(engine_->delay(), 3u);
  EXPECT_EQ(engine_->report().model, "scripted");
  EXPECT_EQ(log_.flushes, 0);
}

TEST_F(Guarded, AnErrorValueIsPassedOnAndTheHistoryForgotten) {
  log_.push = [] { return Status(fail(ErrorKind::kNoMemory, "too large")); };
  const auto status = engine_->push({}, 0, {});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().message, "too large");
  EXPECT_EQ(log_.flushes, 1);
}

TEST_F(Guarded, AStandardExceptionBecomesAnErrorWithItsTextAsDetail) {
  const auto result = engine_->pop({});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::kFailed);
  EXPECT_EQ(result.error().detail, "in pop");
  EXPECT_EQ(log_.flushes, 1);
}

TEST_F(Guarded, AThrownIntDoesNotEscape) {
  const auto status = engine_->drain();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind, ErrorKind::kFailed);
  EXPECT_FALSE(status.error().message.empty());
}

TEST_F(Guarded, ExhaustedMemoryIsToldApart) {
  log_.push = []() -> Status { throw std::bad_alloc(); };
  EXPECT_EQ(engine_->push({}, 0, {}).error().kind, ErrorKind::kNoMemory);
}

TEST_F(Guarded, WorksAgainAfterAFailure) {
  EXPECT_FALSE(engine_->drain());
  EXPECT_TRUE(engine_->push({}, 0, {}));
}

TEST_F(Guarded, TheRunnerDestroysTheEngine) {
  const int before = log_.tasks;
  engine_.reset();
  EXPECT_TRUE(log_.destroyed);
  EXPECT_EQ(log_.tasks, before + 1);
}

}  // namespace
}  // namespace videoenhance
