// A video of what the result should be, and how near others come to it.
#pragma once

#include <optional>

#include "tools/video-enhance/frame_source.h"
#include "tools/video-enhance/raw_frame.h"

namespace videoenhance {

struct Quality {
  double psnr = 0, ssim = 0;  // of luma, as quality.h has them
};

class Reference {
 public:
  // `frames`: of the result, 0 where that is not known yet. Errors: kInput, kUsage (another length).
  static Outcome<Reference> open(const std::filesystem::path& file, std::uint64_t frames);

  // Measures the next frame without us and with us; `caps` are of both. Errors: kInput, kUsage (another size
  // or length).
  Outcome<void> measure(GstBuffer* before, GstBuffer* after, GstCaps* caps);
  // Errors: kUsage, where frames are left.
  Outcome<void> end();

  // Means over the frames so far.
  Quality before() const { return mean(before_); }
  Quality after() const { return mean(after_); }

 private:
  Reference(FrameSource source, std::string name) : source_(std::move(source)), name_(std::move(name)) {}

  Outcome<void> begin(GstCaps* caps);
  Quality mean(const Quality& sum) const;

  FrameSource source_;
  std::string name_;
  std::optional<FrameConverter> converter_;  // to the frames' format; there after the first one
  std::uint64_t frames_ = 0;
  Quality before_, after_;  // sums
};

}  // namespace videoenhance
