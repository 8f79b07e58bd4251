// Which frames and latents the chunks of a stream are made of (section A of the FlashVSR notes).
#pragma once

#include <cstdint>

namespace videoenhance {

// Chunk p = 0, 1, …: chunk 0 makes six latents and 21 frames from 25, each later one two latents and 8 frames
// from 8 more. Frame numbers count from the start of the stream, the virtual prefix included.
struct Chunk {
  std::int64_t index = 0;

  std::int64_t frames_needed() const { return 25 + 8 * index; }
  std::int64_t first_latent() const { return index == 0 ? 0 : 4 + 2 * index; }
  std::int64_t latents() const { return index == 0 ? 6 : 2; }
  std::int64_t first_frame() const { return index == 0 ? 0 : 13 + 8 * index; }
  std::int64_t frames() const { return index == 0 ? 21 : 8; }
  // Of the chunk's latent i: a stream's first one is one frame, all others are four.
  std::int64_t frames_of(std::int64_t i) const { return index == 0 && i == 0 ? 1 : 4; }
};

// Copies of the first frame that a primed stream begins with. A multiple of 8 keeps the phase of the
// published schedule: the first chunk runs at the first frame, and a frame then waits for 4 to 11 more
// (section A.6).
inline constexpr std::int64_t kPrimedPrefix = 24;

// Frames that a frame waits for at most: the first of its chunk, and without a prefix the stream's first.
inline constexpr unsigned kPrimedDelay = 11;
inline constexpr unsigned kReferenceDelay = 24;

// Clip 0 of the projector is frame 0, clip j = 1, 2, … the frames 4j - 3 … 4j.
inline constexpr std::int64_t kClipFrames = 4;
inline bool completes_clip(std::int64_t frame) {
  return frame % kClipFrames == 0;
}

}  // namespace videoenhance
