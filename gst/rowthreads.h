// Work on a picture's rows on two threads, as many as GstVideoConverter is given.
#pragma once

#include <gst/gst.h>

#include <functional>
#include <memory>

namespace videoenhance {

class RowThreads {
 public:
  static constexpr int kThreads = 2;

  RowThreads();

  // Calls work(first, end) for parts of the rows 0 to `rows`, and waits for all. Without a thread to be had,
  // and for few pixels, which are not worth one, `work` is called once, here.
  void run(int rows, int width, const std::function<void(int, int)>& work) const;

 private:
  struct Cleanup {
    void operator()(GstTaskPool* pool) const;
  };
  std::unique_ptr<GstTaskPool, Cleanup> pool_;  // of one thread beside the caller's
};

}  // namespace videoenhance
