#include "gst/pairinterpolator.h"

#include <utility>
#include <vector>

#include "gst/errors.h"

GST_DEBUG_CATEGORY_EXTERN(gst_frame_interpolate_debug);
#define GST_CAT_DEFAULT gst_frame_interpolate_debug

namespace videoenhance {
namespace {

constexpr std::size_t kMostPhases = 256;             // that the engine is asked for at once
constexpr Time kUnknownInterval = 40 * GST_MSECOND;  // 25 frames per second

Fraction rate_of(const GstVideoInfo& info) {
  return {static_cast<std::uint32_t>(GST_VIDEO_INFO_FPS_N(&info)),
          static_cast<std::uint32_t>(GST_VIDEO_INFO_FPS_D(&info))};
}

Time interval_of(Fraction rate) {
  return gst_util_uint64_scale(GST_SECOND, rate.denominator, rate.numerator);
}

}  // namespace

void PairInterpolator::negotiated(const GstVideoInfo& in, const GstVideoInfo& out,
                                  const PairSettings& settings) {
  input_rate_ = rate_of(in);
  timing_ = {rate_of(out), settings.multiplier, settings.snap};
  timeline_.emplace(timing_);
  bridge_.emplace(in);
  judge_.set_interval(input_rate_.numerator > 0 ? interval_of(input_rate_) : 0);
}

// ---- in

Time PairInterpolator::duration_of(GstBuffer* frame) const {
  if (GST_BUFFER_DURATION_IS_VALID(frame) && GST_BUFFER_DURATION(frame) > 0)
    return GST_BUFFER_DURATION(frame);
  if (input_rate_.numerator > 0) return interval_of(input_rate_);
  const Time start = GST_BUFFER_PTS(frame);
  return !held_.empty() && held_.back().time.start < start ? start - held_.back().time.start
                                                           : kUnknownInterval;
}

GstFlowReturn PairInterpolator::handle(BufferPtr frame, const PairSettings& settings) {
  if (GST_BASE_TRANSFORM(base_)->segment.rate < 0) return pass_on(std::move(frame));
  if (!GST_BUFFER_PTS_IS_VALID(frame.get())) return refuse_without_time();
  SourceTime time{GST_BUFFER_PTS(frame.get()), GST_BUFFER_PTS(frame.get())};
  GstFlowReturn flow = apply(settings);
  if (flow == GST_FLOW_OK && !held_.empty() && !continues(held_.back().time, time))
    flow = gst_video_enhance_base_break_part(base_);
  if (flow != GST_FLOW_OK) return flow;
  time.end += duration_of(frame.get());

  held_.push_back({std::move(frame), time, next_id_++});
  judge_.look(*bridge_, held_.back().buffer.get(), gst_video_enhance_base_running_time(base_, time.start),
              settings);
  if (held_.size() > 1) flow = show_what_is_decided(settings);
  if (flow != GST_FLOW_OK) drop_all_but_newest();
  return failure_ ? report_failure() : flow;
}

// The rate of a variable stream is not in its caps: a new multiplier begins a new part without a
// renegotiation.
GstFlowReturn PairInterpolator::apply(const PairSettings& settings) {
  GstFlowReturn flow = GST_FLOW_OK;
  if (timing_.output_rate.numerator == 0 && timing_.multiplier != settings.multiplier) {
    flow = drain();
    timing_.multiplier = settings.multiplier;
    timeline_.emplace(timing_);
  }
  timeline_->set_snap(settings.snap);
  return flow;
}

GstFlowReturn PairInterpolator::pass_on(BufferPtr frame) {
  if (!std::exchange(backwards_, true)) {
    GST_WARNING_OBJECT(base_, "the stream plays backwards: frames pass, none is drawn");
  }
  if (const GstFlowReturn flow = make_plain(frame); flow != GST_FLOW_OK) return flow;
  return gst_video_enhance_base_push(base_, first_showing(frame.get()).release(),
                                     GstVideoEnhanceOutput::kSource);
}

GstFlowReturn PairInterpolator::refuse_without_time() {
  gst_video_enhance_base_break_part(base_);
  post_error(base_,
             {ErrorKind::kFailed,
              "A video frame has no timestamp: put a parser or videorate before this element.", "no PTS"});
  return GST_FLOW_ERROR;
}

GstFlowReturn PairInterpolator::report_failure() {
  const Error error = *std::exchange(failure_, std::nullopt);
  gst_video_enhance_base_break_part(base_);
  post_error(base_, error);
  return GST_FLOW_ERROR;
}

// ---- what to show

// The newest frame decides about those before it, unless it may be one more repeat.
GstFlowReturn PairInterpolator::show_what_is_decided(const PairSettings& settings) {
  const std::size_t newest = held_.size() - 1;
  const Source& before = held_[newest - 1];
  const auto obstacle = judge_.obstacle(before.time, before.id, held_[newest].time, settings);
  const bool later = held_[newest].time.start > before.time.start;
  const bool repeats = !obstacle && later && judge_.repeats();
  if (repeats && !frozen_ && newest <= settings.longest_run) return GST_FLOW_OK;
  if (!repeats && !obstacle) {
    frozen_ = false;
    return join(newest);
  }
  frozen_ = repeats;
  const Between between = obstacle ? note(*obstacle, settings.scene_action) : Between::kLeft;
  const GstFlowReturn flow = show_all_but(2);
  return flow == GST_FLOW_OK ? show_pair(1, between) : flow;
}

// All frames but the newest ones, each as it is.
GstFlowReturn PairInterpolator::show_all_but(std::size_t newest) {
  GstFlowReturn flow = GST_FLOW_OK;
  while (held_.size() > newest && flow == GST_FLOW_OK) flow = show_pair(1, Between::kLeft);
  return flow;
}

// The frames between the first and the one at `right` repeat the first: they are treated as if they had not
// come. Between equal frames nothing moves, though a network would draw something not quite equal.
GstFlowReturn PairInterpolator::join(std::size_t right) {
  for (std::size_t i = 1; i < right; ++i) occurrences_.note(Occurrence::kRepeat, held_[i].time.start);
  const bool still = bridge_->equal(left().buffer.get(), held_[right].buffer.get());
  return show_pair(right, still ? Between::kLeft : Between::kDrawn);
}

PairInterpolator::Between PairInterpolator::note(Obstacle obstacle, CutAction at_cuts) {
  const Time when = held_.back().time.start;
  switch (obstacle) {
    case Obstacle::kGap:
      occurrences_.note(Occurrence::kGap, when);
      return Between::kLeft;
    case Obstacle::kSkipped:
      occurrences_.note(Occurrence::kSkippedPair, when);
      return Between::kLeft;
    case Obstacle::kSceneChange:
      occurrences_.note(Occurrence::kSceneChange, when);
  }
  if (at_cuts == CutAction::kBlend) return Between::kBlend;
  return at_cuts == CutAction::kNearest ? Between::kNearest : Between::kLeft;
}

void PairInterpolator::drop_all_but_newest() {
  if (!held_.empty()) held_.erase(held_.begin(), held_.end() - 1);
}

// ---- pairs

// Afterwards the right frame is the first one held.
GstFlowReturn PairInterpolator::show_pair(std::size_t right, Between between) {
  const Slots slots = timeline_->pair(left().time, held_[right].time, right - 1);
  GstFlowReturn flow = GST_FLOW_OK;
  for (std::uint64_t i = 0; i < slots.size() && flow == GST_FLOW_OK; ++i) {
    flow = show_slot(right, slots, i, picture_for(slots[i], between));
  }
  pass_by_frames_before(right);
  held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(right));
  gst_video_enhance_base_send_queued_events(base_, held_.size());
  forget_unused_results();
  return flow;
}

PairInterpolator::Picture PairInterpolator::picture_for(const Slot& slot, Between between) {
  const Picture nearest = slot.phase < 0.5 ? Picture::kLeft : Picture::kRight;
  if (slot.show == Show::kLeft) return Picture::kLeft;
  if (slot.show == Show::kRight) return Picture::kRight;
  if (between == Between::kLeft) return Picture::kLeft;
  if (between == Between::kNearest) return nearest;
  if (between == Between::kBlend) return Picture::kBlend;
  switch (gst_video_enhance_base_late_policy(base_, slot.start)) {
    case LatePolicy::kDegrade:
      return nearest;
    case LatePolicy::kSkipGenerated:  // a source frame off the grid shows itself here or nowhere
      return left().shown ? Picture::kNone : Picture::kLeft;
    case LatePolicy::kNeverDrop:
      break;
  }
  return Picture::kDrawn;
}

GstFlowReturn PairInterpolator::show_slot(std::size_t right, const Slots& slots, std::uint64_t i,
                                          Picture picture) {
  const Slot slot = slots[i];
  if (picture == Picture::kRight) pass_by_frames_before(right);
  if (picture != Picture::kLeft) pass_by(left());
  if (picture != Picture::kDrawn) forget_unused_results();  // among which this slot's may be
  switch (picture) {
    case Picture::kLeft:
      return show(left(), slot);
    case Picture::kRight:
      return show(held_[right], slot);
    case Picture::kDrawn:
      return draw(held_[right], slots, i);
    case Picture::kBlend:
      return blend(held_[right], slot);
    case Picture::kNone:
      break;
  }
  gst_video_enhance_base_skip(base_, slot.start, slot.duration);
  return GST_FLOW_OK;
}

// What belongs to a source frame that is not shown at its own time goes on with the next output.
void PairInterpolator::pass_by(Source& source) {
  if (!std::exchange(source.shown, true)) captions_.take_from(source.buffer.get());
}

// The frame at `right` comes next.
void PairInterpolator::pass_by_frames_before(std::size_t right) {
  for (std::size_t i = 0; i < right; ++i) pass_by(held_[i]);
  gst_video_enhance_base_send_queued_events(base_, held_.size() - right);
}

GstFlowReturn PairInterpolator::show(Source& source, const Slot& slot) {
  if (const GstFlowReturn flow = make_plain(source.buffer); flow != GST_FLOW_OK) return flow;
  const bool again = std::exchange(source.shown, true);
  GstBuffer* buffer = source.buffer.get();
  return emit(again ? repeated_showing(buffer) : first_showing(buffer), slot,
              again ? GstVideoEnhanceOutput::kHeld : GstVideoEnhanceOutput::kSource);
}

// Where downstream goes by the caps alone, memory with another layout cannot go on.
GstFlowReturn PairInterpolator::make_plain(BufferPtr& frame) {
  if (gst_video_enhance_base_layouts_pass(base_) || bridge_->is_plain(frame.get())) return GST_FLOW_OK;
  GstBuffer* allocated = nullptr;
  const GstFlowReturn flow = gst_video_enhance_base_new_frame(base_, frame.get(), &allocated);
  if (flow != GST_FLOW_OK) return flow;
  BufferPtr copy(allocated);
  if (const Status copied = bridge_->copy(frame.get(), copy.get()); !copied) {
    post_error(base_, copied.error());
    return GST_FLOW_ERROR;
  }
  carry_all(frame.get(), copy.get());
  frame = std::move(copy);
  return GST_FLOW_OK;
}

GstFlowReturn PairInterpolator::new_frame(BufferPtr& frame) {
  GstBuffer* allocated = nullptr;
  const GstFlowReturn flow = gst_video_enhance_base_new_frame(base_, left().buffer.get(), &allocated);
  if (flow == GST_FLOW_OK) frame.reset(allocated);
  return flow;
}

// Once the network has failed, the pair's other drawn frames are left out.
GstFlowReturn PairInterpolator::draw(const Source& right, const Slots& slots, std::uint64_t i) {
  if (failure_) return GST_FLOW_OK;
  BufferPtr frame;
  if (const GstFlowReturn flow = new_frame(frame); flow != GST_FLOW_OK) return flow;
  const Status drawn = feed(right, slots, i).and_then([&] {
    return bridge_->write(frame.get(), [this](const FrameSpan& span) -> Status {
      const Result<ResultFrame> result = gst_video_enhance_base_engine(base_).pop(span);
      return result ? Status() : Status(tl::unexpected(result.error()));
    });
  });
  if (!drawn) {
    failure_ = drawn.error();
    return GST_FLOW_OK;
  }
  return emit(std::move(frame), slots[i], GstVideoEnhanceOutput::kGenerated);
}

GstFlowReturn PairInterpolator::blend(const Source& right, const Slot& slot) {
  BufferPtr frame;
  if (const GstFlowReturn flow = new_frame(frame); flow != GST_FLOW_OK) return flow;
  if (const Status mixed = bridge_->blend(left().buffer.get(), right.buffer.get(), slot.phase, frame.get());
      !mixed) {
    failure_ = mixed.error();
    return GST_FLOW_OK;
  }
  return emit(std::move(frame), slot, GstVideoEnhanceOutput::kGenerated);
}

GstFlowReturn PairInterpolator::emit(BufferPtr frame, const Slot& slot, GstVideoEnhanceOutput kind) {
  GST_BUFFER_PTS(frame.get()) = slot.start;
  GST_BUFFER_DURATION(frame.get()) = slot.duration;
  captions_.attach_to(frame.get());
  const GstFlowReturn flow = gst_video_enhance_base_push(base_, frame.release(), kind);
  gst_video_enhance_base_send_queued_events(base_, held_.size() - 1);
  return flow;
}

// ---- the end

GstFlowReturn PairInterpolator::drain() {
  judge_.forget();
  frozen_ = false;
  if (held_.empty()) return GST_FLOW_OK;
  GstFlowReturn flow = show_all_but(1);
  drop_all_but_newest();
  const Slots slots = timeline_->finish(left().time);
  if (slots.empty()) pass_by(left());
  for (std::uint64_t i = 0; i < slots.size() && flow == GST_FLOW_OK; ++i) flow = show(left(), slots[i]);
  held_.clear();
  return flow;
}

void PairInterpolator::forget() {
  held_.clear();
  judge_.forget();
  frozen_ = false;
  if (timeline_) timeline_->reset();
  captions_.forget();
  engine_newest_.reset();
  next_id_ = 0;
  backwards_ = false;
}

void PairInterpolator::let_memory_go() {
  for (Source& source : held_) source.buffer.reset(gst_buffer_copy_deep(source.buffer.get()));
}

// ---- engine

// Gives the engine the pair at hand and asks for its drawn frames from slot `i` on, when that one is due:
// what needs no drawing does not wait, and a pair that needs none costs nothing. A pair with a great many of
// them is given again for each batch.
Status PairInterpolator::feed(const Source& right, const Slots& slots, std::uint64_t i) {
  if (gst_video_enhance_base_engine(base_).ready() > 0) return {};
  std::vector<double> phases;
  for (; i < slots.size() && slots[i].show == Show::kDrawn && phases.size() < kMostPhases; ++i) {
    phases.push_back(slots[i].phase);
  }
  if (engine_newest_ != left().id) {
    gst_video_enhance_base_engine(base_).flush();
    if (Status pushed = push_to_engine(left(), {}); !pushed) return pushed;
  }
  return push_to_engine(right, phases);
}

Status PairInterpolator::push_to_engine(const Source& source, std::span<const double> phases) {
  Status pushed = bridge_->read(source.buffer.get(), [&](const FrameView& view) {
    return gst_video_enhance_base_engine(base_).push(view, source.id, phases);
  });
  if (pushed) engine_newest_ = source.id;
  return pushed;
}

// After a pair that was given up half-way.
void PairInterpolator::forget_unused_results() {
  if (gst_video_enhance_base_engine(base_).ready() == 0) return;
  gst_video_enhance_base_engine(base_).flush();
  engine_newest_.reset();
}

}  // namespace videoenhance
