// A device, as LibTorch sees one, that does everything as late as it may: work lies in its streams until the
// host waits for an event behind it, and then no more is done than that event needs. So whoever orders copies
// and computations too loosely sees old data. Its memory is the host's.
#pragma once

#include <functional>

#include "core/torch/pch/aten.h"

namespace videoenhance::late_device {

inline const c10::Device kDevice(c10::kPrivateUse1, 0);

// Adds work to the current stream, as a kernel would.
void queue(std::function<void()> work);

// Forgets all work that waits, and begins to count.
void reset();

struct Counts {
  unsigned pinned_buffers = 0;  // made
  unsigned tasks = 0;           // copies and computations that were done
  unsigned host_waits = 0;      // for an event
  unsigned recorded = 0;        // tensors whose memory a stream is known to use
};
Counts counts();

}  // namespace videoenhance::late_device
