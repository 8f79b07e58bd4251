// What differs on a CUDA device: its kernel, copies to it and back, its memory. Skipped where there is none.
// Networks and engines are tested there by VIDEOENHANCE_TEST_DEVICE=cuda.
#include <ATen/ops/rand.h>

#include <algorithm>
#include <array>
#include <limits>
#include <type_traits>

#include "core/engine/module.h"
#include "core/torch/kernels/frame_io.h"
#include "core/torch/kernels/warp.h"
#include "core/torch/kernels/warp_cuda.h"
#include "core/torch/runtime/device_memory.h"
#include "core/torch/runtime/frame_transfer.h"
#include "tests/torch/max_difference.h"
#include "tests/torch/rife_miniature.h"

extern "C" const videoenhance::EngineModule* videoenhance_engine_module();

namespace videoenhance {
namespace {

const c10::Device kCuda(c10::kCUDA, 0);

// ---- the kernel

class WarpOnCuda : public OnCuda {
 protected:
  void SetUp() override {
    OnCuda::SetUp();
    if (!IsSkipped() && !has_warp_cuda())
      GTEST_SKIP() << "The kernel was not built: without nvcc LibTorch's operators do its work.";
  }
  static at::Tensor warped_there(const at::Tensor& image, const at::Tensor& flow) {
    return warp(image.to(kCuda), flow.to(kCuda)).cpu();
  }
};

// The same function, but that a GPU rounds a product and a sum once, not twice.
constexpr double kRounding = 1e-6;

TEST_F(WarpOnCuda, EqualsTheProcessors) {
  for (const auto& [channels, height, width] :
       {std::array<std::int64_t, 3>{3, 37, 53}, {4, 64, 64}, {8, 2, 300}, {1, 301, 2}, {3, 1080, 1920}}) {
    const auto image = at::rand({1, channels, height, width});
    for (const double reach : {0.0, 0.4, 3.0, 500.0}) {
      const auto flow = (at::rand({1, 2, height, width}) - 0.5) * (2 * reach);
      EXPECT_LT(max_difference(warped_there(image, flow), warp(image, flow)), kRounding)
          << channels << "x" << height << "x" << width << " by " << reach;
    }
  }
}

TEST_F(WarpOnCuda, EqualsTheReferenceOnTheSameDevice) {
  const auto image = at::rand({1, 3, 200, 311}, kCuda), flow = at::rand({1, 2, 200, 311}, kCuda) * 12 - 6;
  EXPECT_LT(max_difference(warp(image, flow), warp_reference(image, flow)), 4e-3);
}

TEST_F(WarpOnCuda, TakesPartsOfTensorsInAnyOrderOfMemory) {
  const auto image = at::rand({1, 6, 16, 24}).narrow(1, 1, 3).transpose(2, 3);
  const auto flow = (at::rand({1, 4, 16, 24}) * 4).narrow(1, 2, 2).transpose(2, 3);
  EXPECT_LT(max_difference(warped_there(image, flow), warp(image, flow)), kRounding);
  const auto image_there = image.to(kCuda), flow_there = flow.to(kCuda);
  EXPECT_TRUE(warp(image_there, flow_there).equal(warp(image_there.contiguous(), flow_there.contiguous())));
}

TEST_F(WarpOnCuda, FlowsThatAreNoNumbersOrLeaveThePictureStayInside) {
  const auto image = at::rand({1, 2, 5, 5});
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
                          -std::numeric_limits<float>::infinity(), 3e38f, -3e38f}) {
    const auto flow = at::full({1, 2, 5, 5}, bad);
    EXPECT_TRUE(warped_there(image, flow).equal(warp(image, flow))) << bad;
  }
}

// ---- copies

struct Picture {
  Picture(int width, int height, float first) : values{{1, 3, height, width}, {}} {
    for (int i = 0; i < 3 * width * height; ++i)
      values.data.push_back(first + static_cast<float>(i % 1024) / 1024);
  }

  Values values;
};

class TransferToCuda : public OnCuda {};

// Enough work lies between the copies that one which came too early would be seen.
TEST_F(TransferToCuda, BringsEachFrameThereAndItsResultBack) {
  FrameTransfer transfer(kCuda);
  const at::Tensor busy = at::rand({2048, 2048}, kCuda);
  at::Tensor product = busy;
  for (int frame = 0; frame < 40; ++frame) {
    const int width = frame < 20 ? 640 : 333;
    const Picture picture(width, 360, static_cast<float>(frame));
    const at::Tensor loaded = transfer.load(view_of(picture.values));
    ASSERT_EQ(loaded.device(), kCuda);
    product = product.matmul(busy) / 1024;
    const at::Tensor back = transfer.to_host(loaded + (product[0][0] * 0));
    ASSERT_TRUE(back.equal(load_frame(view_of(picture.values)))) << frame;
  }
}

TEST_F(TransferToCuda, AFrameIsStillThereAfterTheNextOnesWereLoaded) {
  FrameTransfer transfer(kCuda);
  std::vector<at::Tensor> loaded;
  for (int frame = 0; frame < 8; ++frame)
    loaded.push_back(transfer.load(view_of(Picture(1920, 1080, static_cast<float>(frame)).values)));
  for (int frame = 0; frame < 8; ++frame) {
    const Picture picture(1920, 1080, static_cast<float>(frame));
    EXPECT_TRUE(
        transfer.to_host(loaded[static_cast<std::size_t>(frame)]).equal(load_frame(view_of(picture.values))))
        << frame;
  }
}

// Packed pixels of 8 bits: they travel as they are, and are numbers there.
TEST_F(TransferToCuda, BytesBecomeThePictureThatTheProcessorMakesOfThem) {
  constexpr int kWidth = 333, kHeight = 181;
  FrameTransfer transfer(kCuda);
  for (int first = 0; first < 3; ++first) {
    std::vector<std::uint8_t> in, there, here(4 * kWidth * kHeight);
    for (int i = 0; i < 4 * kWidth * kHeight; ++i) in.push_back(static_cast<std::uint8_t>(first + i % 251));
    there.resize(in.size());
    const auto frame = [](auto* bytes) {
      BasicFrame<std::remove_pointer_t<decltype(bytes)>> frame{kWidth, kHeight, SampleType::kUint8, {}};
      for (int c = 0; c < 4; ++c) frame.components[c] = {bytes + c, kWidth * 4, 4};
      return frame;
    };
    const auto view = frame(reinterpret_cast<const std::byte*>(in.data()));
    const at::Tensor loaded = transfer.load(view);
    EXPECT_TRUE(loaded.cpu().equal(load_frame(view)));
    transfer.store(loaded * 1.37 - 0.2, frame(reinterpret_cast<std::byte*>(there.data())));
    store_frame(load_frame(view) * 1.37 - 0.2, frame(reinterpret_cast<std::byte*>(here.data())));
    EXPECT_EQ(there, here);
  }
}

// ---- memory

EngineOptions rife_on(const std::string& device) {
  EngineOptions options;
  options.model_path = (rife_folder() / "carried.safetensors").string();
  options.device = device;
  options.precision = Precision::kFloat32;
  return options;
}

class EngineOnCuda : public OnCuda {
 protected:
  static constexpr int kWidth = 1024, kHeight = 512;

  void SetUp() override {
    OnCuda::SetUp();
    if (IsSkipped()) return;
    auto made = videoenhance_engine_module()->create(rife_on("cuda"));
    ASSERT_TRUE(made) << made.error().message;
    engine_ = std::move(*made);
    ASSERT_TRUE(engine_->configure({kWidth, kHeight, kWidth, kHeight, false}));
  }

  // Both frames of a pair, and the one between.
  Status draw(float first) {
    const Picture left(kWidth, kHeight, first), right(kWidth, kHeight, first + 0.1f);
    const double phase = 0.5;
    for (const auto* picture : {&left, &right}) {
      if (Status pushed = engine_->push(view_of(picture->values), 0, {&phase, 1}); !pushed) return pushed;
    }
    Values out = left.values;
    const auto popped = engine_->pop(span_of(out));
    return popped ? Status() : tl::unexpected(popped.error());
  }

  std::unique_ptr<TemporalEngine> engine_;
};

TEST_F(EngineOnCuda, SaysThatMemoryRanOutAndGoesOnWhenThereIsSomeAgain) {
  ASSERT_TRUE(draw(0));
  engine_->flush();
  trim_memory(kCuda);
  {
    std::vector<at::Tensor> taken;
    for (std::int64_t size = std::int64_t{1} << 36; size >= 1 << 20; size /= 2) {
      try {
        for (;;) taken.push_back(at::empty({size}, at::device(kCuda).dtype(at::kByte)));
      } catch (const c10::OutOfMemoryError&) {
      }
    }
    const Status status = draw(0);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().kind, ErrorKind::kNoMemory) << status.error().message;
    EXPECT_NE(status.error().message.find("not enough memory"), std::string::npos) << status.error().message;
    engine_->flush();
    const Status refused = engine_->configure({kWidth, kHeight, kWidth, kHeight, false});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::kNoMemory);
  }
  trim_memory(kCuda);
  ASSERT_TRUE(engine_->configure({kWidth, kHeight, kWidth, kHeight, false}));
  EXPECT_TRUE(draw(0));
}

TEST_F(EngineOnCuda, MemoryIsFlatOverManyFrames) {
  std::array<std::uint64_t, 3> most{};  // of each third, the first of which is warm-up
  for (int pair = 0; pair < 180; ++pair) {
    ASSERT_TRUE(draw(static_cast<float>(pair % 3) / 8));
    auto& reserved = most[static_cast<std::size_t>(pair / 60)];
    reserved = std::max(reserved, memory_use(kCuda).used + memory_use(kCuda).cached);
  }
  EXPECT_GT(most[1], 0u);
  EXPECT_LE(most[2], most[1]);
}

TEST_F(EngineOnCuda, ADeviceThatIsNotThereIsRefusedWithTheNumberOfThoseThatAre) {
  const auto engine = videoenhance_engine_module()->create(rife_on("cuda:77"));
  ASSERT_FALSE(engine);
  EXPECT_EQ(engine.error().kind, ErrorKind::kBadSettings);
  EXPECT_NE(engine.error().message.find(
                "cuda:77 is not there (CUDA devices found: " + std::to_string(cuda_device_count()) + ")"),
            std::string::npos)
      << engine.error().message;
}

}  // namespace
}  // namespace videoenhance
