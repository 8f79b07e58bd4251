#include "gst/pairjudge.h"

#include <algorithm>

namespace videoenhance {
namespace {

bool detects(SceneChangeSource source) {
  return source == SceneChangeSource::kDetect || source == SceneChangeSource::kBoth;
}

bool honours_marks(SceneChangeSource source) {
  return source == SceneChangeSource::kMark || source == SceneChangeSource::kBoth;
}

}  // namespace

void PairJudge::look(const FrameBridge& bridge, GstBuffer* frame, Time running_time,
                     const PairSettings& settings) {
  const bool reached = mark_ && running_time >= *mark_;
  if (reached) mark_.reset();
  const bool detect = detects(settings.scene_change), retime = settings.repeats == Repeats::kRetime;
  begins_scene_ = reached && honours_marks(settings.scene_change);
  repeats_ = false;
  if (!detect) cuts_.reset();
  if (!retime) repeated_.reset();
  if (!detect && !retime) return;
  (void)bridge.read_luma(frame, [&](const FrameView& luma) -> Status {
    cuts_.set_threshold(settings.scene_threshold);
    if (detect && cuts_.push(luma)) begins_scene_ = true;
    if (retime) repeats_ = repeated_.push(luma, settings.repeat_threshold);
    return {};
  });
}

std::optional<Obstacle> PairJudge::obstacle(const SourceTime& left, std::uint64_t left_number,
                                            const SourceTime& right, const PairSettings& settings) const {
  if (begins_scene_) return Obstacle::kSceneChange;
  // In a stream that is slow by itself, what lies between two of its frames is no gap.
  const Time longest = std::max(settings.max_gap, 2 * interval_);
  if (settings.max_gap > 0 && right.start > left.start && right.start - left.start > longest)
    return Obstacle::kGap;
  const bool listed = settings.listed_pairs->contains(left_number);
  if (listed == (settings.skip_mode == SkipMode::kSkip)) return Obstacle::kSkipped;
  return std::nullopt;
}

void PairJudge::forget() {
  cuts_.reset();
  repeated_.reset();
  begins_scene_ = repeats_ = false;
}

}  // namespace videoenhance
