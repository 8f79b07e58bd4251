// The miniature FlashVSR model of tests/golden/flashvsr, behind the engine of the element.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>

#include "core/engine/engine.h"
#include "core/weights/weight_file.h"
#include "tools/golden_folder.h"

namespace videoenhance {

inline std::filesystem::path flashvsr_folder() {
  return std::filesystem::path(VIDEOENHANCE_GOLDENS) / "flashvsr";
}

// The model that comes with the project.
inline std::filesystem::path shipped_model() {
  return std::filesystem::path(VIDEOENHANCE_GOLDENS).parent_path().parent_path() /
         "models/flashvsr-small.safetensors";
}

// A model file with the miniature's tensors, but with a tiny decoder under each of these prefixes. The first
// one is the miniature's own; the others have zeros for its last bias.
std::string miniature_with(const std::vector<std::string>& decoders);

// Options of the miniature in float32 on the tests' device; each test changes what it is about.
EngineOptions miniature_options(FlashVsrOptions model = {});

// Throws with the error's sentence where there is no engine.
std::unique_ptr<TemporalEngine> make_flashvsr(const EngineOptions& options);

// From 32x32 pixels to 128x128: one window.
inline constexpr int kWidth = 32, kHeight = 32, kSide = 128;
inline constexpr StreamFormat kFormat{kWidth, kHeight, kSide, kSide, false};

// Configured for a format as well.
std::unique_ptr<TemporalEngine> configured_flashvsr(FlashVsrOptions options = {},
                                                    const StreamFormat& format = kFormat);

// 8-bit RGB frames.
struct Clip {
  int width = 0;
  int height = 0;
  std::vector<std::vector<std::uint8_t>> frames;

  FrameView view(std::size_t index) const;
  // The first `count` frames.
  Clip part(std::size_t count) const;
};

// A pattern that moves a little from frame to frame; another seed gives another pattern.
Clip moving_clip(int width, int height, std::size_t frames, int seed = 0);

// Every pixel of every frame has this colour.
Clip flat_clip(int width, int height, std::size_t frames, std::array<std::uint8_t, 3> colour);

// What came out: float32 frames of [1,3,H,W] in the order of their ids, which count from 0.
struct Frames {
  int width = 0;
  int height = 0;
  std::vector<Values> pictures;
  std::vector<std::size_t> out_after;  // frames that were out after each push

  const std::vector<float>& operator[](std::size_t index) const { return pictures[index].data; }
  std::size_t size() const { return pictures.size(); }
};

// Everything that is ready now.
void pop_ready(TemporalEngine& engine, Frames& frames);

// Pushes the clip frame by frame, then drains. Expects every frame once and in order.
Frames run_clip(TemporalEngine& engine, const Clip& clip, int width, int height);

}  // namespace videoenhance
