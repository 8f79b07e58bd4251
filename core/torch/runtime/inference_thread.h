// LibTorch is called from one long-lived thread per device: GStreamer's streaming threads come and go, and
// each new thread that calls LibTorch would make its own pools and caches.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "core/engine/guarded_engine.h"
#include "core/torch/pch/aten.h"

namespace videoenhance {

class InferenceThread final {
 public:
  // The thread of a device; made at the first call, never ended.
  static InferenceThread& of(c10::Device device);

  // Runs a task on the thread, under InferenceMode, with `threads` intra-op threads (0 = one per core that
  // this process may use), and waits for its end. Tasks of several callers take turns.
  void run(unsigned threads, const std::function<void()>& task) noexcept;

 private:
  InferenceThread();
  void work();

  std::mutex turn_;  // held by the caller whose task runs
  std::mutex mutex_;
  std::condition_variable wake_;
  const std::function<void()>* task_ = nullptr;
  unsigned threads_ = 0;
  std::thread thread_;
};

// The inference thread as one engine sees it.
class EngineRunner final : public TaskRunner {
 public:
  EngineRunner(c10::Device device, unsigned threads)
      : thread_(InferenceThread::of(device)), threads_(threads) {}
  void run(const std::function<void()>& task) noexcept override { thread_.run(threads_, task); }

 private:
  InferenceThread& thread_;
  unsigned threads_;
};

}  // namespace videoenhance
