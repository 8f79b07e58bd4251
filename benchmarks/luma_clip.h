// Short clips of luma in memory, and their way through GStreamer's decoders and x264.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "core/engine/result.h"
#include "core/video/thumbnail.h"

namespace videoenhance {

// Frames of one size: code values of 8 bits, 16 = black to 235 = white, row by row.
struct LumaClip {
  using Frame = std::vector<std::uint8_t>;

  int width = 0;
  int height = 0;
  std::vector<Frame> frames;

  // Of this clip's size.
  FrameView view(const Frame& frame) const;
};

// The luma of a video file. Errors: kFailed in GStreamer's words.
Result<LumaClip> decode_file(const std::filesystem::path& path);

// What is left of a clip of even size after x264 at a constant rate factor, without chroma. One thread, so
// that the result is the same on every machine. Errors: as above.
Result<LumaClip> code(const LumaClip& clip, int rate_factor);

}  // namespace videoenhance
