// Pictures between the host and the device that a network computes on.
#pragma once

#include <c10/core/Event.h>

#include <optional>

#include "core/engine/frame.h"
#include "core/torch/pch/aten.h"

namespace videoenhance {

// One per stream, used from the device's inference thread. Copies have a queue of their own, so that they run
// beside the network; events order them, and the host waits for nothing but the picture that it is about to
// read. 8-bit frames of R'G'B' travel as bytes, a quarter of what they are as float32. On the processor
// nothing is copied.
class FrameTransfer {
 public:
  explicit FrameTransfer(c10::Device device);

  // The frame as load_frame() makes it, on the device: for work that this thread queues from now on. The
  // frame itself is not read after the call.
  at::Tensor load(const FrameView& frame);

  // As store_frame() writes it. picture: float32 on the device.
  void store(const at::Tensor& picture, const FrameSpan& out);

  // picture: float32 or uint8 on the device. Gives it on the CPU, complete and until the next call.
  at::Tensor to_host(const at::Tensor& picture);

 private:
  // Host memory that the device reads and writes by itself (pinned): made once, and anew for other sizes.
  struct Staging {
    explicit Staging(c10::DeviceType type) : copied(type) {}
    at::Tensor& of(at::IntArrayRef sizes, c10::ScalarType type);

    at::Tensor buffer;
    c10::Event copied;  // by the last copy from or to the buffer
  };
  struct Accelerator {
    explicit Accelerator(c10::Device device);

    c10::Stream copies;
    Staging up, down;
    c10::Event computed;
  };

  c10::Stream computing() const;

  c10::Device device_;
  std::optional<Accelerator> accelerator_;  // of devices other than the processor
};

}  // namespace videoenhance
