#include "core/engine/guarded_engine.h"

#include <new>
#include <utility>

namespace videoenhance {

Error describe_exception(std::exception_ptr exception) noexcept {
  try {
    std::rethrow_exception(exception);
  } catch (const std::bad_alloc&) {
    return {ErrorKind::kNoMemory, "There is not enough memory for this picture size.", "std::bad_alloc"};
  } catch (const std::exception& error) {
    return {ErrorKind::kFailed, "The network failed on this frame.", error.what()};
  } catch (...) {
    return {ErrorKind::kFailed, "The network failed on this frame.", "an exception of unknown type"};
  }
}

GuardedEngine::GuardedEngine(std::unique_ptr<TemporalEngine> inner, std::unique_ptr<TaskRunner> runner,
                             ExceptionTranslator translate)
    : runner_(std::move(runner)), inner_(std::move(inner)), translate_(translate) {}

GuardedEngine::~GuardedEngine() {
  runner_->run([this] { inner_.reset(); });
}

template <typename Work>
auto GuardedEngine::run(Work&& work) noexcept -> decltype(work()) {
  auto result = guarded(*runner_, translate_, std::forward<Work>(work));
  if (!result) flush();
  return result;
}

Status GuardedEngine::configure(const StreamFormat& format) {
  return run([&] { return inner_->configure(format); });
}

Status GuardedEngine::push(const FrameView& frame, FrameId id, std::span<const double> phases) {
  return run([&] { return inner_->push(frame, id, phases); });
}

std::size_t GuardedEngine::ready() const noexcept {
  return inner_->ready();
}

Result<ResultFrame> GuardedEngine::pop(const FrameSpan& out) {
  return run([&] { return inner_->pop(out); });
}

Status GuardedEngine::drain() {
  return run([&] { return inner_->drain(); });
}

void GuardedEngine::adjust(const FlashVsrKnobs& knobs) noexcept {
  runner_->run([&] { inner_->adjust(knobs); });
}

void GuardedEngine::flush() noexcept {
  runner_->run([this] { inner_->flush(); });
}

unsigned GuardedEngine::delay() const noexcept {
  return inner_->delay();
}

EngineReport GuardedEngine::report() const {
  return inner_->report();
}

}  // namespace videoenhance
