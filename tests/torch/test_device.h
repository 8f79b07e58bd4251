// Where tests of networks and engines run: on the device that VIDEOENHANCE_TEST_DEVICE names ("cuda"), else
// on the processor. Without that device they are skipped. It is settled as for the inference thread.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "core/torch/pch/aten.h"

namespace videoenhance {

// "cpu", or what the variable says.
const std::string& test_device_name();
c10::Device test_device();

// What a device's allocator holds: in use, and kept for reuse.
struct MemoryUse {
  std::uint64_t used = 0;
  std::uint64_t cached = 0;
};
MemoryUse memory_use(c10::Device device = test_device());

// Gives back all that is not in use.
void release_memory();

// For tests that are about CUDA: skipped where the variable says otherwise, since they take a device's whole
// memory.
class OnCuda : public testing::Test {
 protected:
  void SetUp() override;
};

}  // namespace videoenhance
