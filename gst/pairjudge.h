// Whether a frame may be drawn between two others.
#pragma once

#include <optional>

#include "gst/framebridge.h"
#include "gst/pairsettings.h"

namespace videoenhance {

enum class Obstacle { kSceneChange, kGap, kSkipped };

class PairJudge {
 public:
  // The next frame that comes begins another scene: upstream says so.
  void mark() { next_is_marked_ = true; }

  // Looks at the next frame of a part. One that cannot be mapped begins no scene and repeats nothing: whoever
  // draws from it says what is wrong.
  void look(FrameBridge& bridge, GstBuffer* frame, const PairSettings& settings);

  // What forbids drawing between the frame looked at last and the one before it, which was the stream's
  // number `left_number`.
  std::optional<Obstacle> obstacle(const SourceTime& left, std::uint64_t left_number, const SourceTime& right,
                                   const PairSettings& settings) const;

  // Whether the frame looked at last shows the same as the one before it. Never, unless repeats are retimed.
  bool repeats() const { return repeats_; }

  // The next frame is a part's first.
  void forget();

 private:
  SceneChange cuts_;
  RepeatDetector repeated_;
  bool next_is_marked_ = false;
  // About the frame looked at last.
  bool begins_scene_ = false;
  bool repeats_ = false;
};

}  // namespace videoenhance
