// The range of the input as the elements make it in one go, frame by frame.
#pragma once

#include "tools/video-enhance/frame_source.h"

namespace videoenhance {

class EnhancedFrames {
 public:
  // Takes its frames from `source`, which stays the caller's. `caps`: what the frames shall be, as a
  // pipeline's text. Errors: kInput, kModel, kFailed.
  static Outcome<EnhancedFrames> start(FrameSource& source, const Options& options, const Plan& plan,
                                       const std::string& caps);

  // The next frame, or null after the last one. Errors: as above, and kInterrupted.
  Outcome<Owned<GstSample>> next();

  std::function<void(const std::string&)>& on_warning() { return pipeline_.on_warning; }

 private:
  EnhancedFrames(Pipeline pipeline, FrameSource& source) : pipeline_(std::move(pipeline)), source_(&source) {}

  Outcome<void> feed();

  Pipeline pipeline_;
  FrameSource* source_;
  std::uint64_t next_ = 0;
  bool fed_all_ = false;
};

}  // namespace videoenhance
