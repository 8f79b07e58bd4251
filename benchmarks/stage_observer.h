// Watches what one thread does with LibTorch: stages and operators go to a log.
#pragma once

#include <ATen/record_function.h>

#include <optional>
#include <string>

#include "benchmarks/stage_log.h"

namespace videoenhance {

// Made and destroyed on the thread that it watches, one at a time.
class StageObserver {
 public:
  explicit StageObserver(StageLog& log);
  ~StageObserver();
  StageObserver(const StageObserver&) = delete;
  StageObserver& operator=(const StageObserver&) = delete;

  // The first thing that went wrong while it watched, which LibTorch hides.
  const std::optional<std::string>& error() const { return error_; }

 private:
  struct Call;

  static std::unique_ptr<at::ObserverContext> start(const at::RecordFunction& function);
  static void end(const at::RecordFunction& function, at::ObserverContext* context);
  std::unique_ptr<at::ObserverContext> start_operator(const at::RecordFunction& function);
  void end_operator(const at::RecordFunction& function, const Call& call);

  StageLog& log_;
  at::CallbackHandle handle_;
  int operators_ = 0;  // that are running, each inside of the one before
  int products_ = 0;   // of these
  std::optional<std::string> error_;
};

}  // namespace videoenhance
