// Pictures to a device and back, on the processor and on a device that does everything as late as it may.
#include "core/torch/runtime/frame_transfer.h"

#include <c10/core/StreamGuard.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "core/torch/kernels/frame_io.h"
#include "tests/torch/late_device.h"

namespace videoenhance {
namespace {

using late_device::counts;
using late_device::kDevice;

constexpr int kWidth = 7, kHeight = 5;

// A frame whose samples all differ from those of other frames.
struct Picture {
  explicit Picture(float first, int width = kWidth, int height = kHeight)
      : samples(static_cast<std::size_t>(3 * width * height)) {
    for (std::size_t i = 0; i < samples.size(); ++i) samples[i] = first + static_cast<float>(i) / 1024;
    view.width = width;
    view.height = height;
    view.type = SampleType::kFloat32;
    for (int c = 0; c < 3; ++c) {
      view.components[c] = {reinterpret_cast<const std::byte*>(samples.data() + c * width * height),
                            static_cast<std::ptrdiff_t>(width * sizeof(float)), sizeof(float)};
    }
  }

  std::vector<float> samples;
  FrameView view;
};

std::vector<float> values(const at::Tensor& host) {
  const at::Tensor rows = host.contiguous();
  return {rows.const_data_ptr<float>(), rows.const_data_ptr<float>() + rows.numel()};
}

// The picture with its sign changed, when the device gets to it. LibTorch's own operators know nothing of it.
at::Tensor negated(const at::Tensor& picture) {
  at::Tensor result = at::empty(picture.sizes(), picture.options());
  late_device::queue([picture, result] {
    const auto* from = static_cast<const float*>(picture.const_data_ptr());
    std::transform(from, from + picture.numel(), static_cast<float*>(result.mutable_data_ptr()),
                   std::negate<>());
  });
  return result;
}

std::vector<float> negated(std::vector<float> samples) {
  std::ranges::transform(samples, samples.begin(), std::negate<>());
  return samples;
}

TEST(FrameTransferOnTheProcessor, LoadsAsAConversionDoesAndCopiesNothing) {
  FrameTransfer transfer(c10::kCPU);
  const Picture picture(1);
  const at::Tensor loaded = transfer.load(picture.view);
  EXPECT_EQ(values(loaded), values(load_frame(picture.view)));
  EXPECT_TRUE(transfer.to_host(loaded).is_same(loaded));
}

TEST(FrameTransferOnTheProcessor, KeepsLoadedFramesApart) {
  FrameTransfer transfer(c10::kCPU);
  const Picture one(1), other(2);
  const at::Tensor first = transfer.load(one.view), second = transfer.load(other.view);
  EXPECT_EQ(values(first), one.samples);
  EXPECT_EQ(values(second), other.samples);
}

class FrameTransferToADevice : public testing::Test {
 protected:
  void SetUp() override { late_device::reset(); }
};

TEST_F(FrameTransferToADevice, AFrameArrivesBeforeTheWorkOnIt) {
  FrameTransfer transfer(kDevice);
  const Picture picture(1);
  const at::Tensor result = negated(transfer.load(picture.view));
  c10::Event computed(kDevice.type());
  computed.record(c10::impl::VirtualGuardImpl(kDevice.type()).getStream(kDevice));
  computed.synchronize();
  const auto* numbers = static_cast<const float*>(result.const_data_ptr());
  EXPECT_EQ(std::vector(numbers, numbers + result.numel()), negated(picture.samples));
}

// Bytes are made values by the device, which knows of no other colours than R'G'B'.
TEST_F(FrameTransferToADevice, BytesOfOtherColoursTravelAsValues) {
  FrameTransfer transfer(kDevice);
  const std::vector<std::uint8_t> bytes = {10, 200, 90};
  FrameView view{1, 1, SampleType::kUint8, {}};
  for (int c = 0; c < 3; ++c)
    view.components[c] = {reinterpret_cast<const std::byte*>(bytes.data() + c), 1, 1};
  view.colours = ColourMatrix{{{{-1, 0, 0}, {0, -1, 0}, {0, 0, -1}}}, {1, 1, 1}};
  EXPECT_EQ(values(transfer.to_host(negated(transfer.load(view)))), negated(values(load_frame(view))));
  EXPECT_FLOAT_EQ(values(load_frame(view))[0], 245 / 255.0f);
}

TEST_F(FrameTransferToADevice, ResultsComeAfterTheWorkOnThem) {
  FrameTransfer transfer(kDevice);
  for (const float first : {1.0f, 2.0f, 3.0f}) {
    const Picture picture(first);
    const at::Tensor result = negated(transfer.load(picture.view));
    EXPECT_EQ(values(transfer.to_host(result)), negated(picture.samples));
  }
}

TEST_F(FrameTransferToADevice, TheNextFrameDoesNotOverwriteOneThatIsStillOnItsWay) {
  FrameTransfer transfer(kDevice);
  const Picture one(1), other(2);
  const at::Tensor first = transfer.load(one.view), second = transfer.load(other.view);
  EXPECT_EQ(values(transfer.to_host(negated(second))), negated(other.samples));
  EXPECT_EQ(values(transfer.to_host(negated(first))), negated(one.samples));
}

TEST_F(FrameTransferToADevice, LoadingWaitsForNothing) {
  FrameTransfer transfer(kDevice);
  negated(transfer.load(Picture(1).view));
  EXPECT_EQ(counts().tasks, 0u);
  EXPECT_EQ(counts().host_waits, 0u);
}

TEST_F(FrameTransferToADevice, ReadingAResultWaitsForThatAloneAndNotForTheWholeDevice) {
  FrameTransfer transfer(kDevice);
  bool other_stream_ran = false;
  {
    const c10::StreamGuard other(c10::impl::VirtualGuardImpl(kDevice.type()).getNewStream(kDevice));
    late_device::queue([&] { other_stream_ran = true; });
  }
  const at::Tensor result = negated(transfer.load(Picture(1).view));
  transfer.to_host(result);
  EXPECT_EQ(counts().tasks, 3u);  // a copy, the computation, a copy
  EXPECT_EQ(counts().host_waits, 1u);
  EXPECT_FALSE(other_stream_ran);
}

TEST_F(FrameTransferToADevice, MakesItsBuffersOnce) {
  FrameTransfer transfer(kDevice);
  const void* host = nullptr;
  for (int frame = 0; frame < 20; ++frame) {
    const void* now = transfer.to_host(transfer.load(Picture(1).view)).const_data_ptr();
    if (frame > 0) {
      EXPECT_EQ(now, host);
    }
    host = now;
  }
  EXPECT_EQ(counts().pinned_buffers, 2u);
}

TEST_F(FrameTransferToADevice, MakesOtherBuffersForOtherSizes) {
  FrameTransfer transfer(kDevice);
  for (const int width : {kWidth, kWidth + 4, kWidth - 2}) {
    const Picture picture(1, width);
    EXPECT_EQ(values(transfer.to_host(negated(transfer.load(picture.view)))), negated(picture.samples));
  }
  EXPECT_EQ(counts().pinned_buffers, 6u);
}

TEST_F(FrameTransferToADevice, BringsPartsOfPictures) {
  FrameTransfer transfer(kDevice);
  const Picture picture(1);
  const auto part = [](const at::Tensor& whole) { return whole.narrow(2, 1, 3).narrow(3, 2, 4); };
  EXPECT_EQ(values(transfer.to_host(part(transfer.load(picture.view)))),
            values(part(load_frame(picture.view))));
}

TEST_F(FrameTransferToADevice, TellsThatTheComputingStreamUsesWhatTheCopiesStreamAllocated) {
  FrameTransfer transfer(kDevice);
  transfer.load(Picture(1).view);
  EXPECT_EQ(counts().recorded, 1u);
}

TEST_F(FrameTransferToADevice, RefusesADeviceThatIsNotThere) {
  EXPECT_ANY_THROW(FrameTransfer(c10::Device(c10::kXPU, 0)));
}

}  // namespace
}  // namespace videoenhance
