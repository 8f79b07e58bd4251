#include "tests/torch/late_device.h"

#include <ATen/EmptyTensor.h>
#include <ATen/detail/PrivateUse1HooksInterface.h>
#include <ATen/ops/as_strided_native.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <torch/library.h>

#include <deque>

namespace videoenhance::late_device {
namespace {

struct Event {
  c10::StreamId stream = 0;
  unsigned recorded = 0;  // times
  unsigned reached = 0;   // of these
};
using EventPtr = std::shared_ptr<Event>;

struct Machine {
  std::map<c10::StreamId, std::deque<std::function<void()>>> streams;
  c10::StreamId current = 0;
  c10::StreamId newest = 0;
  Counts counts;

  void reach(Event& event, unsigned record) {
    while (event.reached < record) {
      auto& stream = streams[event.stream];
      const auto task = std::move(stream.front());
      stream.pop_front();
      task();
    }
  }
};

Machine& machine() {
  static Machine machine;
  return machine;
}

c10::Stream stream_of(c10::StreamId id) {
  return c10::Stream(c10::Stream::UNSAFE, kDevice, id);
}

// ---- streams and events

struct Guard final : c10::impl::DeviceGuardImplInterface {
  c10::DeviceType type() const override { return kDevice.type(); }
  c10::Device exchangeDevice(c10::Device) const override { return kDevice; }
  c10::Device getDevice() const override { return kDevice; }
  void setDevice(c10::Device) const override {}
  void uncheckedSetDevice(c10::Device) const noexcept override {}
  c10::DeviceIndex deviceCount() const noexcept override { return 1; }

  c10::Stream getStream(c10::Device) const noexcept override { return stream_of(machine().current); }
  c10::Stream getNewStream(c10::Device, int) const override { return stream_of(++machine().newest); }
  c10::Stream exchangeStream(c10::Stream stream) const noexcept override {
    return stream_of(std::exchange(machine().current, stream.id()));
  }

  void record(void** handle, const c10::Stream& stream, c10::DeviceIndex, c10::EventFlag) const override {
    if (!*handle) *handle = std::make_unique<EventPtr>(std::make_shared<Event>()).release();
    const EventPtr event = *static_cast<EventPtr*>(*handle);
    event->stream = stream.id();
    machine().streams[stream.id()].push_back(
        [event, record = ++event->recorded] { event->reached = record; });
  }
  void block(void* handle, const c10::Stream& stream) const override {
    const EventPtr event = *static_cast<EventPtr*>(handle);
    machine().streams[stream.id()].push_back(
        [event, record = event->recorded] { machine().reach(*event, record); });
  }
  void synchronizeEvent(void* handle) const override {
    ++machine().counts.host_waits;
    Event& event = **static_cast<EventPtr*>(handle);
    machine().reach(event, event.recorded);
  }
  void destroyEvent(void* handle, c10::DeviceIndex) const noexcept override {
    const std::unique_ptr<EventPtr> event(static_cast<EventPtr*>(handle));
  }
};
C10_REGISTER_GUARD_IMPL(PrivateUse1, Guard)

// ---- memory

struct Hooks final : at::PrivateUse1HooksInterface {
  bool isBuilt() const override { return true; }
  bool isAvailable() const override { return true; }
  bool hasPrimaryContext(c10::DeviceIndex) const override { return true; }
  c10::Allocator* getPinnedMemoryAllocator() const override {
    ++machine().counts.pinned_buffers;
    return c10::GetAllocator(c10::kCPU);
  }
};
const bool registered = [] {
  static Hooks hooks;
  c10::register_privateuse1_backend("late");
  at::RegisterPrivateUse1HooksInterface(&hooks);
  return true;
}();

struct Allocator final : c10::Allocator {
  c10::DataPtr allocate(std::size_t size) override {
    c10::DataPtr host = c10::GetAllocator(c10::kCPU)->allocate(size);
    void* data = host.get();
    return {data, host.release_context(), host.get_deleter(), kDevice};
  }
  void copy_data(void* target, const void* source, std::size_t count) const override {
    default_copy_data(target, source, count);
  }
};

constexpr c10::DispatchKeySet kKeys(c10::DispatchKey::PrivateUse1);

at::Tensor make(at::IntArrayRef sizes, std::optional<at::ScalarType> type, std::optional<at::Layout>,
                std::optional<at::Device>, std::optional<bool>, std::optional<at::MemoryFormat> format) {
  static Allocator allocator;
  return at::detail::empty_generic(sizes, &allocator, kKeys, type.value_or(at::kFloat), format);
}

at::Tensor make_strided(at::IntArrayRef sizes, at::IntArrayRef strides, std::optional<at::ScalarType> type,
                        std::optional<at::Layout>, std::optional<at::Device>, std::optional<bool>) {
  static Allocator allocator;
  return at::detail::empty_strided_generic(sizes, strides, &allocator, kKeys, type.value_or(at::kFloat));
}

// ---- copies

at::Tensor on_host(const at::Tensor& tensor) {
  return at::from_blob(tensor.data_ptr(), tensor.sizes(), tensor.strides(), tensor.scalar_type());
}

at::Tensor copy(const at::Tensor& source, const at::Tensor& target, bool non_blocking) {
  TORCH_CHECK(non_blocking || target.device() == kDevice, "The host waits for the whole device.");
  queue([source, target] { on_host(target).copy_(on_host(source)); });
  return target;
}

void record(at::Tensor&, at::Stream) {
  ++machine().counts.recorded;
}

}  // namespace

void queue(std::function<void()> work) {
  machine().streams[machine().current].push_back([work = std::move(work)] {
    ++machine().counts.tasks;
    work();
  });
}

void reset() {
  machine().streams.clear();
  machine().counts = {};
}

Counts counts() {
  return machine().counts;
}

}  // namespace videoenhance::late_device

TORCH_LIBRARY_IMPL(aten, PrivateUse1, library) {
  using namespace videoenhance::late_device;
  library.impl("empty.memory_format", &make);
  library.impl("empty_strided", &make_strided);
  library.impl("as_strided", &at::native::as_strided_tensorimpl);
  library.impl("_copy_from", &copy);
  library.impl("record_stream", &record);
}
