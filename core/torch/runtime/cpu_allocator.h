// Memory for tensors on the CPU, kept between frames: every frame asks for the same sizes again, and fresh
// pages from the system cost more than many operations on them.
#pragma once

#include <cstddef>

namespace videoenhance {

// Makes LibTorch use the caching allocator from now on; once per process. Blocks from before stay valid.
void install_cpu_allocator();

// Gives blocks back to the system that have not been used since the last call. In the steady state of one
// stream that is nothing.
void trim_cpu_allocator() noexcept;

// Gives all blocks back that nobody uses at this moment.
void release_cpu_allocator() noexcept;

struct CpuAllocatorUse {
  std::size_t used = 0;    // bytes in living tensors of cacheable size
  std::size_t cached = 0;  // bytes kept for the next frame
};
CpuAllocatorUse cpu_allocator_use() noexcept;

}  // namespace videoenhance
