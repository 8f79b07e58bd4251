#include "core/torch/runtime/device.h"

#include <gtest/gtest.h>

#include "core/torch/runtime/device_memory.h"

namespace videoenhance {
namespace {

TEST(Device, CpuIsAlwaysThere) {
  EXPECT_EQ(resolve_device("cpu").value(), c10::Device(c10::kCPU));
}

TEST(Device, AutoIsTheFirstCudaDeviceOrTheProcessor) {
  EXPECT_EQ(resolve_device("auto").value().is_cuda(), cuda_device_count() > 0);
}

class NoSuchDevice : public testing::TestWithParam<const char*> {};

TEST_P(NoSuchDevice, IsRefusedByName) {
  const auto device = resolve_device(GetParam());
  ASSERT_FALSE(device);
  EXPECT_EQ(device.error().kind, ErrorKind::kBadSettings);
  EXPECT_NE(device.error().message.find(GetParam()), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Names, NoSuchDevice,
                         testing::Values("cuda:99", "cuda:-1", "cuda:1x", "cuda:", "quantum", "CPU",
                                         "cuda:99999999999"));

TEST(Precision, Float32IsEverywhere) {
  EXPECT_EQ(resolve_precision(Precision::kFloat32, c10::kCPU).value(), c10::kFloat);
}

TEST(Precision, AutoOnTheProcessorIsOneOfTheTypesThatItIsFastIn) {
  const auto type = resolve_precision(Precision::kAuto, c10::kCPU).value();
  EXPECT_TRUE(type == c10::kFloat || type == c10::kBFloat16);
}

TEST(Precision, AutoOnCudaIsAHalfThatHasTheRangeWhereThatIsNeeded) {
  const c10::Device cuda(c10::kCUDA, 0);
  EXPECT_EQ(resolve_precision(Precision::kAuto, cuda).value(), c10::kHalf);
  EXPECT_EQ(resolve_precision(Precision::kAuto, cuda, true).value(), c10::kBFloat16);
}

TEST(Precision, Float16OnTheProcessorIsRefusedInWords) {
  const auto type = resolve_precision(Precision::kFloat16, c10::kCPU);
  ASSERT_FALSE(type);
  EXPECT_EQ(type.error().kind, ErrorKind::kBadSettings);
}

TEST(DeviceMemory, SomeMemoryOfThisMachineIsFree) {
  EXPECT_GT(free_memory(c10::kCPU), 1u << 20);
}

}  // namespace
}  // namespace videoenhance
