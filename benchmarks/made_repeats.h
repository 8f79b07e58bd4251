// A made set for the detector of repeated frames: telecined and held frames, coded or with grain, and
// pictures that nearly stand still.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "benchmarks/luma_clip.h"

namespace videoenhance {

// A stream for the detector, and for each frame whether it repeats the one before.
struct RepeatStream {
  std::string kind;
  LumaClip clip;
  std::vector<bool> repeats;
};

// Hands the set to `use`, one stream after the other. Kinds: "telecine crf K" (A B C C D), "twos" and
// "threes" (each frame held for two or three, crf 23), "grain" (telecined, each frame with a grain of its
// own, of 1 % of the range), and without repeats "pan" (a quarter of a pixel a frame), "mouth" (one thing of
// 8x8 pixels that moves in a still picture, in clips from 720 rows on) and "noise" (a still picture with
// grain). `known` tells which frames of the clip repeat the one before by themselves: they are left out.
// Errors: those of code().
Status made_repeats(const LumaClip& clip, const std::vector<std::size_t>& known,
                    const std::function<void(const RepeatStream&)>& use);

}  // namespace videoenhance
