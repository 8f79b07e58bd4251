// The one exception barrier. A module wraps every engine it gives away in a GuardedEngine: each call that
// works runs on the module's inference thread, and whatever is thrown there becomes an Error. What only asks
// (ready, delay, report) or leaves word (adjust) is answered at once.
#pragma once

#include <exception>
#include <functional>
#include <memory>

#include "core/engine/engine.h"

namespace videoenhance {

// Runs a task to its end, on whichever thread it sees fit. The task does not throw.
class TaskRunner {
 public:
  virtual ~TaskRunner() = default;
  virtual void run(const std::function<void()>& task) noexcept = 0;
};

// Turns an exception into words. Must not throw.
using ExceptionTranslator = Error (*)(std::exception_ptr) noexcept;

// Plain translation for code without LibTorch: bad_alloc, std::exception, anything else (`throw 1` included).
Error describe_exception(std::exception_ptr exception) noexcept;

// Runs `work` (returning Status or Result<T>) by `runner`; an exception becomes an Error.
template <typename Work>
auto guarded(TaskRunner& runner, ExceptionTranslator translate, Work&& work) noexcept -> decltype(work()) {
  decltype(work()) result = fail(ErrorKind::kFailed, "");
  runner.run([&] {
    try {
      result = work();
    } catch (...) {
      result = tl::unexpected<Error>(translate(std::current_exception()));
    }
  });
  return result;
}

// After a failed call the inner engine is flushed, as the interface promises.
class GuardedEngine final : public TemporalEngine {
 public:
  // The inner engine is destroyed by `runner`, too.
  GuardedEngine(std::unique_ptr<TemporalEngine> inner, std::unique_ptr<TaskRunner> runner,
                ExceptionTranslator translate);
  ~GuardedEngine() override;

  Status configure(const StreamFormat& format) override;
  Status push(const FrameView& frame, FrameId id, std::span<const double> phases) override;
  std::size_t ready() const noexcept override;
  Result<ResultFrame> pop(const FrameSpan& out) override;
  Status drain() override;
  void adjust(const FlashVsrKnobs& knobs) noexcept override;
  void flush() noexcept override;
  unsigned delay() const noexcept override;
  EngineReport report() const override;

 private:
  template <typename Work>
  auto run(Work&& work) noexcept -> decltype(work());

  std::unique_ptr<TaskRunner> runner_;
  std::unique_ptr<TemporalEngine> inner_;
  ExceptionTranslator translate_;
};

}  // namespace videoenhance
