// Enhances and encodes one segment after the other, each into a file of its own.
#pragma once

#include <atomic>
#include <memory>

#include "tools/video-enhance/plan.h"

namespace videoenhance {

// The encoder with its parser, and what format they need, as a pipeline's text. Equal frames are encoded to
// equal bytes in every run; the number of threads is fixed since it counts.
std::string encoder_text(const Options& options);
// Leaves out a last row or column that is odd where the encoder wants even sizes.
void crop_for_encoder(const Pipeline& pipeline, const Options& options);

// "flashvsr name=upscale ... ! frameinterpolate name=interpolate ...": what the options ask for.
std::string enhancer_text(const Plan& plan);
// Sets the properties of those two elements.
void set_up_enhancers(const Pipeline& pipeline, const Plan& plan, const Options& options);

class SegmentWriter {
 public:
  // `caps`: of the frames. Errors: kModel, kFailed.
  static Outcome<std::unique_ptr<SegmentWriter>> make(const Plan& plan, const Options& options,
                                                      GstCaps* caps);

  // A new file, and networks that remember nothing; the first call loads the models. The first `lead` frames
  // only tell them what was before; `first_out` is the number of the first output frame, `origin` when frame
  // 0 begins.
  Outcome<void> begin(const std::filesystem::path& file, std::uint64_t lead, std::uint64_t first_out,
                      GstClockTime origin);
  // False: the frame was not taken within some milliseconds; offer it again.
  Outcome<bool> offer(GstBuffer* frame);
  // No more frames come to this segment.
  void end();
  // Whether all is written; waits some milliseconds.
  Outcome<bool> is_written();

  // Output frames of this segment so far, and what was enlarged or drawn towards them.
  std::uint64_t frames_out() const { return kept_; }
  // Where the last output frame of all segments ends; none before there is one.
  GstClockTime end_time() const { return end_time_; }

  std::function<void(const std::string&)>& on_warning() { return pipeline_.on_warning; }

 private:
  SegmentWriter(Pipeline pipeline, const Plan& plan) : pipeline_(std::move(pipeline)), plan_(plan) {}

  void add_probe(const char* element, GstPadProbeCallback callback);
  static GstPadProbeReturn enlarged(GstPad*, GstPadProbeInfo*, gpointer writer);
  static GstPadProbeReturn made(GstPad*, GstPadProbeInfo* info, gpointer writer);

  Pipeline pipeline_;
  Plan plan_;
  std::uint64_t lead_ = 0, first_out_ = 0;
  GstClockTime origin_ = 0;
  bool has_begun_ = false, is_first_ = true;
  std::uint64_t enlarged_ = 0;  // of the streaming thread
  std::atomic<std::uint64_t> kept_{0};
  std::atomic<GstClockTime> end_time_{GST_CLOCK_TIME_NONE};
};

}  // namespace videoenhance
