// What frameinterpolate does with its frames: holds a source frame until the next one has come, and then
// shows what lies between the two.
#pragma once

#include <gst/video/video.h>

#include <optional>
#include <vector>

#include "core/engine/engine.h"
#include "gst/framebridge.h"
#include "gst/gstvideoenhancebase.h"
#include "gst/handles.h"
#include "gst/metapolicy.h"
#include "gst/occurrences.h"
#include "gst/pairjudge.h"
#include "gst/pairsettings.h"

namespace videoenhance {

class PairInterpolator {
 public:
  // `base` outlives this.
  explicit PairInterpolator(GstVideoEnhanceBase* base) : base_(base), occurrences_(base) {}

  void negotiated(const GstVideoInfo& in, const GstVideoInfo& out, const PairSettings& settings);

  // Everything between the held frame and `frame` goes out, and `frame` is held. If it repeats the held one,
  // and repeats are retimed, both are held. Where the network fails, all source frames go out before the
  // error is posted.
  GstFlowReturn handle(BufferPtr frame, const PairSettings& settings);

  // The first frame that is shown at this running time or later begins another scene.
  void mark_scene(GstClockTime running_time) { judge_.mark(running_time); }

  // What is held goes out, the last frame for its whole duration.
  GstFlowReturn drain();
  void forget();

  // What is held becomes copies.
  void let_memory_go();
  bool holds_frames() const { return !held_.empty(); }

  Occurrences& occurrences() { return occurrences_; }

 private:
  struct Source {
    BufferPtr buffer;
    SourceTime time;
    FrameId id = 0;      // its number in the stream
    bool shown = false;  // or passed by
  };

  // What is shown between two source frames, and in one slot.
  enum class Between { kDrawn, kLeft, kNearest, kBlend };
  enum class Picture { kLeft, kRight, kDrawn, kBlend, kNone };

  Time duration_of(GstBuffer* frame) const;
  GstFlowReturn apply(const PairSettings& settings);
  GstFlowReturn pass_on(BufferPtr frame);
  GstFlowReturn refuse_without_time();
  GstFlowReturn report_failure();

  // About the frames held.
  GstFlowReturn show_what_is_decided(const PairSettings& settings);
  GstFlowReturn show_all_but(std::size_t newest);
  GstFlowReturn join(std::size_t right);
  Between note(Obstacle obstacle, CutAction at_cuts);
  void drop_all_but_newest();

  // About the first frame held, which is the left one, and the one at `right`.
  GstFlowReturn show_pair(std::size_t right, Between between);
  Picture picture_for(const Slot& slot, Between between);
  GstFlowReturn show_slot(std::size_t right, const Slots& slots, std::uint64_t i, Picture picture);
  void pass_by(Source& source);
  void pass_by_frames_before(std::size_t right);
  GstFlowReturn show(Source& source, const Slot& slot);
  GstFlowReturn draw(const Source& right, const Slots& slots, std::uint64_t i);
  GstFlowReturn blend(const Source& right, const Slot& slot);
  GstFlowReturn make_plain(BufferPtr& frame);
  GstFlowReturn new_frame(BufferPtr& frame);
  GstFlowReturn emit(BufferPtr frame, const Slot& slot, GstVideoEnhanceOutput kind);
  Status feed(const Source& right, const Slots& slots, std::uint64_t i);
  Status push_to_engine(const Source& source, std::span<const double> phases);
  void forget_unused_results();

  Source& left() { return held_.front(); }

  GstVideoEnhanceBase* base_;
  Fraction input_rate_;
  TimelineSettings timing_;
  std::optional<Timeline> timeline_;
  std::optional<FrameBridge> bridge_;
  PairJudge judge_;
  Occurrences occurrences_;

  // In the order they came: the left frame, those that repeat it, and, while a pair goes out, the right one.
  std::vector<Source> held_;
  bool frozen_ = false;  // the frames repeat each other for longer than a run may be
  FrameId next_id_ = 0;
  std::optional<FrameId> engine_newest_;  // the frame that the engine has as its latest
  std::optional<Error> failure_;          // of the network, in the pair at hand
  WaitingCaptions captions_;
  bool backwards_ = false;
};

}  // namespace videoenhance
