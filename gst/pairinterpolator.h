// What frameinterpolate does with its frames: holds one source frame, and when the next one comes shows what
// lies between the two.
#pragma once

#include <gst/video/video.h>

#include <optional>

#include "core/engine/engine.h"
#include "core/video/timeline.h"
#include "gst/framebridge.h"
#include "gst/gstvideoenhancebase.h"
#include "gst/handles.h"
#include "gst/metapolicy.h"

namespace videoenhance {

class PairInterpolator {
 public:
  // What may change between any two frames.
  struct Settings {
    Fraction multiplier{2, 1};
    double snap = 0.05;
  };

  // `base` outlives this.
  explicit PairInterpolator(GstVideoEnhanceBase* base) : base_(base) {}

  // Errors: those of FrameBridge::check().
  Status negotiated(const GstVideoInfo& in, const GstVideoInfo& out, const Settings& settings);

  // Everything between the held frame and `frame` goes out; `frame` is held. Where the network fails, all
  // source frames go out before the error is posted.
  GstFlowReturn handle(BufferPtr frame, const Settings& settings);

  // The held frame goes out for its whole duration.
  GstFlowReturn drain();
  void forget();

  // The held frame becomes a copy.
  void let_memory_go();
  bool holds_frames() const { return left_.has_value(); }

 private:
  struct Source {
    BufferPtr buffer;
    SourceTime time;
    FrameId id = 0;
    bool shown = false;
  };

  Time duration_of(GstBuffer* frame) const;
  GstFlowReturn apply(const Settings& settings);
  GstFlowReturn pass_on(BufferPtr frame);
  GstFlowReturn refuse_without_time();
  GstFlowReturn report_failure();

  GstFlowReturn show_pair(Source& right);
  GstFlowReturn show(Source& source, const Slot& slot);
  GstFlowReturn draw(const Source& right, const Slots& slots, std::uint64_t i);
  GstFlowReturn make_plain(BufferPtr& frame);
  GstFlowReturn emit(BufferPtr frame, const Slot& slot, GstVideoEnhanceOutput kind);
  Status feed(const Source& right, const Slots& slots, std::uint64_t i);
  Status push_to_engine(const Source& source, std::span<const double> phases);
  void forget_unused_results();

  GstVideoEnhanceBase* base_;
  Fraction input_rate_;
  TimelineSettings timing_;
  std::optional<Timeline> timeline_;
  std::optional<FrameBridge> bridge_;

  std::optional<Source> left_;
  FrameId next_id_ = 0;
  std::optional<FrameId> engine_newest_;  // the frame that the engine has as its latest
  std::optional<Error> failure_;          // of the network, in the pair at hand
  WaitingCaptions captions_;
  bool backwards_ = false;
};

}  // namespace videoenhance
