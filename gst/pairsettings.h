// What the user can set about the frames of frameinterpolate.
#pragma once

#include <cstdint>
#include <memory>
#include <set>

#include "core/video/repeat.h"
#include "core/video/scene_change.h"
#include "core/video/timeline.h"

namespace videoenhance {

enum class SceneChangeSource { kOff, kDetect, kMark, kBoth };

// What is shown between two frames where nothing may be drawn.
enum class CutAction { kHold, kNearest, kBlend };

enum class Repeats { kKeep, kRetime };

enum class SkipMode { kSkip, kKeep };

struct PairSettings {
  Fraction multiplier{2, 1};
  double snap = 0.05;

  SceneChangeSource scene_change = SceneChangeSource::kBoth;
  double scene_threshold = SceneChange::kThreshold;
  CutAction scene_action = CutAction::kHold;

  Repeats repeats = Repeats::kKeep;
  double repeat_threshold = RepeatDetector::kThreshold;
  unsigned longest_run = 3;  // repeats in a row; more are a freeze

  Time max_gap = 1'000'000'000;  // ns between the starts of two frames; 0 = no limit

  // Numbers of the left frames of pairs. Shared, since it is read with each frame.
  std::shared_ptr<const std::set<std::uint64_t>> listed_pairs = std::make_shared<std::set<std::uint64_t>>();
  SkipMode skip_mode = SkipMode::kSkip;  // what happens to the pairs listed
};

}  // namespace videoenhance
