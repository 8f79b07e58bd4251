#include "core/torch/runtime/cpu_allocator.h"

#include <c10/core/CPUAllocator.h>
#include <c10/util/Exception.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <new>
#include <unordered_map>
#include <vector>

namespace videoenhance {
namespace {

constexpr std::size_t kAlignment = 64;       // a cache line, and the widest vector
constexpr std::size_t kCacheable = 1 << 16;  // smaller blocks are quick to get from malloc
constexpr std::size_t kGranularity = 4096;

// Precedes every block.
struct alignas(kAlignment) Header {
  std::size_t size;  // bytes behind the header
};

// The C library keeps freed blocks of up to 32 MiB for itself.
void give_free_pages_back() noexcept {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

class CachingCpuAllocator final : public c10::Allocator {
 public:
  c10::DataPtr allocate(std::size_t size) override {
    if (size == 0) return {nullptr, nullptr, &release, c10::Device(c10::kCPU)};
    void* data = size < kCacheable ? fresh_block(size) : cached_block(size);
    report(data, static_cast<std::int64_t>(header_of(data)->size));
    return {data, data, &release, c10::Device(c10::kCPU)};
  }

  c10::DeleterFnPtr raw_deleter() const override { return &release; }

  void copy_data(void* target, const void* source, std::size_t count) const override {
    default_copy_data(target, source, count);
  }

  // Frees the blocks that were never needed since the last trim.
  void trim() noexcept {
    const std::lock_guard lock(mutex_);
    const std::size_t before = use_.cached;
    for (auto& [size, shelf] : shelves_) {
      drop(size, shelf, std::min(shelf.least, shelf.blocks.size()));
      shelf.least = shelf.blocks.size();
    }
    if (use_.cached < before) give_free_pages_back();
  }

  void release_all() noexcept {
    const std::lock_guard lock(mutex_);
    for (auto& [size, shelf] : shelves_) {
      drop(size, shelf, shelf.blocks.size());
      shelf.least = 0;
    }
    give_free_pages_back();
  }

  CpuAllocatorUse use() noexcept {
    const std::lock_guard lock(mutex_);
    return use_;
  }

  // Lives as long as the process: tensors may be destroyed after any static object.
  static CachingCpuAllocator& instance() {
    static auto& allocator = *std::make_unique<CachingCpuAllocator>().release();
    return allocator;
  }

 private:
  struct Shelf {
    std::vector<Header*> blocks;
    std::size_t least = 0;  // smallest number of blocks here since the last trim
  };

  // From the bottom of the stack, where the blocks lie that were used longest ago.
  void drop(std::size_t size, Shelf& shelf, std::size_t count) noexcept {
    for (std::size_t i = 0; i < count; ++i) std::free(shelf.blocks[i]);
    shelf.blocks.erase(shelf.blocks.begin(), shelf.blocks.begin() + static_cast<std::ptrdiff_t>(count));
    use_.cached -= count * size;
  }

  // Where the system has no more, kept blocks of other sizes are given back first.
  void* fresh_block(std::size_t size) {
    void* block = nullptr;
    if (posix_memalign(&block, kAlignment, sizeof(Header) + size) != 0) {
      release_all();
      if (posix_memalign(&block, kAlignment, sizeof(Header) + size) != 0) throw std::bad_alloc();
    }
    return new (block) Header{size} + 1;
  }

  void* cached_block(std::size_t size) {
    size = (size + kGranularity - 1) / kGranularity * kGranularity;
    {
      const std::lock_guard lock(mutex_);
      auto& shelf = shelves_[size];
      if (!shelf.blocks.empty()) {
        Header* block = shelf.blocks.back();
        shelf.blocks.pop_back();
        shelf.least = std::min(shelf.least, shelf.blocks.size());
        use_.cached -= size;
        use_.used += size;
        return block + 1;
      }
    }
    void* data = fresh_block(size);
    const std::lock_guard lock(mutex_);
    use_.used += size;
    return data;
  }

  static Header* header_of(void* data) { return static_cast<Header*>(data) - 1; }

  // To who measures on this thread, if anybody does.
  static void report(void* data, std::int64_t change) {
    if (c10::memoryProfilingEnabled())
      c10::reportMemoryUsageToProfiler(data, change, 0, 0, c10::Device(c10::kCPU));
  }

  static void release(void* data) {
    if (!data) return;
    Header* block = header_of(data);
    report(data, -static_cast<std::int64_t>(block->size));
    if (block->size < kCacheable) {
      std::free(block);
      return;
    }
    auto& self = instance();
    const std::lock_guard lock(self.mutex_);
    self.use_.used -= block->size;
    self.use_.cached += block->size;
    self.shelves_[block->size].blocks.push_back(block);
  }

  std::mutex mutex_;
  std::unordered_map<std::size_t, Shelf> shelves_;
  CpuAllocatorUse use_;
};

}  // namespace

void install_cpu_allocator() {
  static const bool installed = [] {
    c10::SetCPUAllocator(&CachingCpuAllocator::instance(), /*priority=*/1);
    return true;
  }();
  (void)installed;
}

void trim_cpu_allocator() noexcept {
  CachingCpuAllocator::instance().trim();
}

void release_cpu_allocator() noexcept {
  CachingCpuAllocator::instance().release_all();
}

CpuAllocatorUse cpu_allocator_use() noexcept {
  return CachingCpuAllocator::instance().use();
}

}  // namespace videoenhance
