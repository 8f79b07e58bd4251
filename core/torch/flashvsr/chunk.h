// What one step of FlashVSR works on (section A of the FlashVSR notes).
#pragma once

#include <cstdint>

namespace videoenhance {

// The frames and latents of chunk p = 0, 1, …: chunk 0 makes six latents and 21 frames from 25, each later
// one two latents and 8 frames from 8 more. Frame numbers count from the start of the stream, after any
// virtual prefix.
struct Chunk {
  std::int64_t index = 0;

  std::int64_t frames_needed() const { return 25 + 8 * index; }
  std::int64_t first_latent() const { return index == 0 ? 0 : 4 + 2 * index; }
  std::int64_t latents() const { return index == 0 ? 6 : 2; }
  std::int64_t first_frame() const { return index == 0 ? 0 : 13 + 8 * index; }
  std::int64_t frames() const { return index == 0 ? 21 : 8; }
};

}  // namespace videoenhance
