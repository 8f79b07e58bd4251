#include "core/torch/runtime/inference_thread.h"

#include <pthread.h>
#include <sched.h>

#include <algorithm>

#include "core/torch/runtime/device.h"

namespace videoenhance {
namespace {

int cores_of_this_process() {
  cpu_set_t set;
  CPU_ZERO(&set);
  return sched_getaffinity(0, sizeof set, &set) == 0 ? std::max(1, CPU_COUNT(&set)) : 1;
}

}  // namespace

InferenceThread& InferenceThread::of(c10::Device device) {
  static std::mutex mutex;
  static auto& threads = *std::make_unique<std::map<std::string, InferenceThread*>>().release();
  const std::lock_guard lock(mutex);
  auto& thread = threads[device.str()];
  // Never destroyed: joining at exit would wait for a library that is being torn down.
  if (!thread) {
    settle_device(device);
    thread = std::unique_ptr<InferenceThread>(new InferenceThread).release();
  }
  return *thread;
}

InferenceThread::InferenceThread() : thread_([this] { work(); }) {
  pthread_setname_np(thread_.native_handle(), "video-inference");
  thread_.detach();
}

void InferenceThread::run(unsigned threads, const std::function<void()>& task) noexcept {
  const std::lock_guard turn(turn_);
  std::unique_lock lock(mutex_);
  threads_ = threads;
  task_ = &task;
  wake_.notify_all();
  wake_.wait(lock, [this] { return task_ == nullptr; });
}

void InferenceThread::work() {
  const c10::InferenceMode inference;
  const int cores = cores_of_this_process();
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return task_ != nullptr; });
    const int wanted = threads_ == 0 ? cores : static_cast<int>(threads_);
    if (at::get_num_threads() != wanted) at::set_num_threads(wanted);
    lock.unlock();
    (*task_)();
    lock.lock();
    task_ = nullptr;
    wake_.notify_all();
  }
}

}  // namespace videoenhance
