#include "core/torch/runtime/frame_transfer.h"

#include <c10/core/StreamGuard.h>

#include "core/torch/kernels/frame_io.h"

namespace videoenhance {

// LibTorch's general interface to devices: its CUDA headers are not needed.
using Backend = c10::impl::VirtualGuardImpl;

template <typename Byte>
static bool travels_as_bytes(const BasicFrame<Byte>& frame) {
  return frame.type == SampleType::kUint8 && !frame.colours &&
         frame.chroma_columns == ChromaSampling::kEach && frame.chroma_rows == ChromaSampling::kEach;
}

at::Tensor& FrameTransfer::Staging::of(at::IntArrayRef sizes, c10::ScalarType type) {
  copied.synchronize();
  if (!buffer.defined() || buffer.sizes() != sizes || buffer.scalar_type() != type)
    buffer = at::empty(sizes, at::TensorOptions(type).pinned_memory(true));
  return buffer;
}

FrameTransfer::Accelerator::Accelerator(c10::Device device)
    : copies(Backend(device.type()).getNewStream(device)),
      up(device.type()),
      down(device.type()),
      computed(device.type()) {}

FrameTransfer::FrameTransfer(c10::Device device) : device_(device) {
  if (!device.is_cpu()) accelerator_.emplace(device);
}

c10::Stream FrameTransfer::computing() const {
  return Backend(device_.type()).getStream(device_);
}

at::Tensor FrameTransfer::load(const FrameView& frame) {
  if (!accelerator_) return load_frame(frame);
  auto& [copies, up, down, computed] = *accelerator_;
  const bool has_bytes = travels_as_bytes(frame);
  at::Tensor& host = up.of(picture_sizes(frame), has_bytes ? at::kByte : at::kFloat);
  load_frame(frame, host);
  at::Tensor there;
  {
    const c10::StreamGuard guard(copies);
    there = host.to(device_, host.scalar_type(), /*non_blocking=*/true);
    up.copied.record(copies);
  }
  up.copied.block(computing());
  // Its memory belongs to the stream of the copies, which must not take it for the next frame too early.
  there.record_stream(computing());
  return has_bytes ? bytes_to_picture(there) : there;
}

void FrameTransfer::store(const at::Tensor& picture, const FrameSpan& out) {
  const bool has_bytes = accelerator_ && travels_as_bytes(out);
  store_frame(to_host(has_bytes ? picture_to_bytes(picture) : picture), out);
}

at::Tensor FrameTransfer::to_host(const at::Tensor& picture) {
  if (!accelerator_) return picture;
  auto& [copies, up, down, computed] = *accelerator_;
  const at::Tensor whole = picture.contiguous();  // by the computing stream: what is left is a plain copy
  at::Tensor& host = down.of(whole.sizes(), whole.scalar_type());
  computed.record(computing());
  computed.block(copies);
  {
    const c10::StreamGuard guard(copies);
    host.copy_(whole, /*non_blocking=*/true);
    down.copied.record(copies);
  }
  down.copied.synchronize();
  return host;
}

}  // namespace videoenhance
