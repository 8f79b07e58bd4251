// What flashvsr does with its frames: the engine takes each picture at once, and what else is known about a
// frame waits here until its upscaled picture is there.
#pragma once

#include <gst/video/video.h>

#include <deque>
#include <optional>

#include "core/engine/engine.h"
#include "core/video/timeline.h"
#include "gst/framebridge.h"
#include "gst/gstvideoenhancebase.h"
#include "gst/handles.h"

namespace videoenhance {

class FrameUpscaler {
 public:
  // `base` outlives this.
  explicit FrameUpscaler(GstVideoEnhanceBase* base) : base_(base) {}

  void negotiated(const GstVideoInfo& in, const GstVideoInfo& out);

  // Gives `frame` to the engine and pushes what is ready. Where that fails, all results that the engine can
  // still give go out before the error is posted.
  GstFlowReturn handle(BufferPtr frame, const FlashVsrKnobs& knobs);

  // Every held frame goes out.
  GstFlowReturn drain();
  void forget();
  bool holds_frames() const { return !held_.empty(); }

  // PTS of the frame that goes out next, once `frame` has come.
  GstClockTime next_out(GstBuffer* frame) const {
    return GST_BUFFER_PTS(held_.empty() ? frame : held_.front().description.get());
  }

 private:
  // A frame whose picture is in the engine. The description is a buffer without memory, so that upstream's
  // pool has its own back: times, flags, and the metas that the upscaled frame gets.
  struct Held {
    FrameId id = 0;
    BufferPtr description;
  };

  TemporalEngine& engine() { return gst_video_enhance_base_engine(base_); }
  std::optional<SourceTime> time_of(GstBuffer* frame) const;
  void adjust(const FlashVsrKnobs& knobs);
  Status take(GstBuffer* frame);
  BufferPtr describe(GstBuffer* frame) const;
  GstFlowReturn deliver();
  GstFlowReturn deliver_one();
  Status draw(GstBuffer* frame);

  GstVideoEnhanceBase* base_;
  GstVideoInfo in_;
  GstVideoInfo out_;
  std::optional<FrameBridge> reader_;
  std::optional<FrameBridge> writer_;

  std::deque<Held> held_;
  FrameId next_id_ = 0;
  std::optional<SourceTime> newest_;           // time of the newest frame, where it has one
  std::optional<FlashVsrKnobs> engine_knobs_;  // what the engine was told last
};

}  // namespace videoenhance
