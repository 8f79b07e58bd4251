#include "gst/rowthreads.h"

namespace videoenhance {
namespace {

constexpr int kFewPixels = 1 << 16;

struct Part {
  const std::function<void(int, int)>& work;
  int first, end;
};

void do_part(gpointer data) {
  const auto* part = static_cast<const Part*>(data);
  part->work(part->first, part->end);
}

}  // namespace

void RowThreads::Cleanup::operator()(GstTaskPool* pool) const {
  gst_task_pool_cleanup(pool);
  gst_object_unref(pool);
}

RowThreads::RowThreads() : pool_(gst_shared_task_pool_new()) {
  gst_shared_task_pool_set_max_threads(GST_SHARED_TASK_POOL(pool_.get()), kThreads - 1);
  gst_task_pool_prepare(pool_.get(), nullptr);
}

void RowThreads::run(int rows, int width, const std::function<void(int, int)>& work) const {
  const int half = rows / 2;
  Part below{work, half, rows};
  const bool is_worth_it = half > 0 && width > kFewPixels / rows;
  const gpointer task = is_worth_it ? gst_task_pool_push(pool_.get(), do_part, &below, nullptr) : nullptr;
  if (!task) return work(0, rows);
  work(0, half);
  gst_task_pool_join(pool_.get(), task);
}

}  // namespace videoenhance
