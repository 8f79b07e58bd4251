// Each frame of the result beside what a player would show at its time.
#pragma once

#include <optional>

#include "tools/video-enhance/enhanced_frames.h"
#include "tools/video-enhance/raw_frame.h"

namespace videoenhance {

// Two frames of one size and format. The one before is the source's frame that is shown at that time,
// enlarged.
struct Pair {
  Owned<GstBuffer> before, after;
  std::uint64_t source_frame = 0;  // the number of the one before
  bool is_drawn = false;           // at a time that no source frame has
};

class Pairs {
 public:
  // Takes its frames from `source`, which stays the caller's. Errors: kInput, kModel, kFailed.
  static Outcome<Pairs> start(FrameSource& source, const Options& options, const Plan& plan);

  // The next pair, or none after the last one. Errors: as above, and kInterrupted.
  Outcome<std::optional<Pair>> next();

  // Of all frames, one of kRawFormats; known after the first pair.
  GstCaps* caps() const { return caps_.get(); }
  std::function<void(const std::string&)>& on_warning() { return enhanced_.on_warning(); }

 private:
  Pairs(FrameSource& source, EnhancedFrames enhanced) : source_(&source), enhanced_(std::move(enhanced)) {}

  Outcome<GstBuffer*> shown_at(GstClockTime time);

  FrameSource* source_;
  EnhancedFrames enhanced_;
  Owned<GstCaps> caps_;
  std::optional<FrameConverter> enlarge_;
  std::uint64_t shown_ = 0;
};

}  // namespace videoenhance
