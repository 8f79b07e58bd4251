// What a device has, what is free or kept, and giving back what nobody uses.
#pragma once

#include <cstdint>
#include <optional>

#include "core/torch/pch/aten.h"

namespace videoenhance {

// Number of CUDA devices that LibTorch sees; 0 for a LibTorch or machine without CUDA.
int cuda_device_count();

// Bytes that a new stream may take on the device: free memory and what the allocator keeps for reuse.
std::uint64_t free_memory(c10::Device device);

// Bytes that the allocator keeps for reuse there, for all streams together; 0 where LibTorch does not tell.
std::uint64_t cached_memory(c10::Device device) noexcept;

// An accelerator's memory in bytes, as its driver counts it.
struct DeviceMemory {
  std::uint64_t total = 0;
  std::uint64_t reserved = 0;  // by all programs together
};

// Nothing where LibTorch does not tell. Throws for devices that are not there.
std::optional<DeviceMemory> accelerator_memory(c10::Device device);

// Returns the allocator's unused blocks to the system or driver.
void trim_memory(c10::Device device) noexcept;

}  // namespace videoenhance
