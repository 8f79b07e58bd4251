#include "benchmarks/stage_observer.h"

#include <chrono>

namespace videoenhance {
namespace {

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

thread_local StageObserver* current = nullptr;  // LibTorch calls plain functions

}  // namespace

// Operators are called by operators: of those that are no product the outermost one counts, and of products
// too.
struct StageObserver::Call final : at::ObserverContext {
  std::vector<c10::IValue> inputs;  // LibTorch lets go of them before the operator runs
  bool is_product = false;
  bool counts = false;
};

StageObserver::StageObserver(StageLog& log) : log_(log) {
  TORCH_CHECK(!current, "this thread is watched already");
  current = this;
  handle_ = at::addThreadLocalCallback(at::RecordFunctionCallback(&start, &end)
                                           .needsInputs(true)
                                           .needsOutputs(true)
                                           .scopes({at::RecordScope::FUNCTION, at::RecordScope::USER_SCOPE}));
}

StageObserver::~StageObserver() {
  at::removeCallback(handle_);
  current = nullptr;
}

std::unique_ptr<at::ObserverContext> StageObserver::start(const at::RecordFunction& function) {
  if (function.scope() == at::RecordScope::FUNCTION) return current->start_operator(function);
  current->log_.enter(function.name(), now());
  return nullptr;
}

void StageObserver::end(const at::RecordFunction& function, at::ObserverContext* context) {
  if (function.scope() == at::RecordScope::FUNCTION)
    return current->end_operator(function, *static_cast<const Call*>(context));
  current->log_.leave(now());
}

std::unique_ptr<at::ObserverContext> StageObserver::start_operator(const at::RecordFunction& function) {
  auto call = std::make_unique<Call>();
  call->is_product = is_product(function.name());
  call->counts = products_ == 0 && (call->is_product || operators_ == 0);
  if (call->counts) call->inputs.assign(function.inputs().begin(), function.inputs().end());
  ++operators_;
  products_ += call->is_product;
  return call;
}

void StageObserver::end_operator(const at::RecordFunction& function, const Call& call) {
  --operators_;
  products_ -= call.is_product;
  if (!call.counts) return;
  try {
    log_.add(work_of(function.name(), call.inputs, function.outputs()));
  } catch (const std::exception& error) {
    if (!error_) error_ = error.what();
  }
}

}  // namespace videoenhance
