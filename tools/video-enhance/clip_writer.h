// Encodes frames into a file that holds nothing else.
#pragma once

#include "tools/video-enhance/options.h"
#include "tools/video-enhance/pipeline.h"

namespace videoenhance {

class ClipWriter {
 public:
  // Errors: kOutput, kFailed.
  static Outcome<ClipWriter> open(const std::filesystem::path& file, const Options& options, GstCaps* caps);

  // Both wait where the encoder is slower. Errors: kOutput, kFailed, kInterrupted.
  Outcome<void> write(Owned<GstBuffer> frame);
  Outcome<void> finish();

 private:
  explicit ClipWriter(Pipeline pipeline) : pipeline_(std::move(pipeline)) {}

  Pipeline pipeline_;
};

}  // namespace videoenhance
