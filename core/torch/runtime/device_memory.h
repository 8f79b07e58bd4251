// What a device has, what is free, and giving back what nobody uses.
#pragma once

#include <cstdint>

#include "core/torch/pch/aten.h"

namespace videoenhance {

// Number of CUDA devices that LibTorch sees; 0 for a LibTorch or machine without CUDA.
int cuda_device_count();

// Bytes that a new stream may take on the device: free memory and what the allocator keeps for reuse.
std::uint64_t free_memory(c10::Device device);

// Returns the allocator's unused blocks to the system or driver.
void trim_memory(c10::Device device) noexcept;

// When to trim. One per stream.
class TrimPolicy {
 public:
  // every: finished pairs or chunks between trims; 0 = when less than `needed` bytes are free.
  TrimPolicy(c10::Device device, unsigned every) : device_(device), every_(every) {}

  // Call after each finished pair or chunk. needed: bytes that the next one takes at its peak.
  void finished_one(std::uint64_t needed) noexcept;

 private:
  c10::Device device_;
  unsigned every_;
  unsigned finished_ = 0;
};

}  // namespace videoenhance
