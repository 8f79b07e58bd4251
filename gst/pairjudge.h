// Whether a frame may be drawn between two others.
#pragma once

#include <optional>

#include "gst/framebridge.h"
#include "gst/pairsettings.h"

namespace videoenhance {

enum class Obstacle { kSceneChange, kGap, kSkipped };

class PairJudge {
 public:
  // Upstream says: the first frame that is shown at this running time (ns) or later begins another scene.
  void mark(Time running_time) { mark_ = running_time; }

  // Of the stream, by its caps; 0 where the rate is variable.
  void set_interval(Time interval) { interval_ = interval; }

  // Looks at the next frame of a part. One that cannot be mapped begins no scene and repeats nothing: whoever
  // draws from it says what is wrong.
  void look(const FrameBridge& bridge, GstBuffer* frame, Time running_time, const PairSettings& settings);

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
  std::optional<Time> mark_;
  Time interval_ = 0;
  // About the frame looked at last.
  bool begins_scene_ = false;
  bool repeats_ = false;
};

}  // namespace videoenhance
