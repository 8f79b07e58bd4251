// The decoded frames of the input, in a window that can be read again.
#pragma once

#include <deque>
#include <optional>

#include "tools/video-enhance/plan.h"

namespace videoenhance {

class FrameSource {
 public:
  // Errors: kInput.
  static Outcome<FrameSource> open(const Options& options, const Plan& plan);

  // Frame k of the range, counted from 0, or null after the last one. Its PTS is its time from the range's
  // start. Frames before those that were forgotten must not be asked for. Errors: kInput, kInterrupted.
  Outcome<GstBuffer*> frame(std::uint64_t k);
  // Frames before k will not be asked for again.
  void forget_before(std::uint64_t k);

  // Of all frames, known after the first one.
  GstCaps* caps() const { return caps_.get(); }
  // Where the first frame of the range begins.
  GstClockTime origin() const { return origin_; }

 private:
  FrameSource(Pipeline pipeline, const Options& options, Ratio rate)
      : pipeline_(std::move(pipeline)), options_(options), rate_(rate) {}

  Outcome<Owned<GstSample>> pull();
  Outcome<bool> take(GstSample* sample);
  Outcome<void> take_caps(GstCaps* caps);

  Pipeline pipeline_;
  Options options_;
  Ratio rate_;
  Owned<GstCaps> caps_, raw_caps_;
  std::deque<Owned<GstBuffer>> window_;
  std::uint64_t window_start_ = 0, forgotten_ = 0, next_ = 0;
  GstClockTime origin_ = 0, last_ = 0;  // the first and the last frame's times
  bool at_end_ = false;
};

}  // namespace videoenhance
