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

}  // namespace

Status PairInterpolator::negotiated(const GstVideoInfo& in, const GstVideoInfo& out,
                                    const Settings& settings) {
  input_rate_ = rate_of(in);
  timing_ = {rate_of(out), settings.multiplier, settings.snap};
  timeline_.emplace(timing_);
  bridge_.emplace(in);
  return bridge_->check();
}

Time PairInterpolator::duration_of(GstBuffer* frame) const {
  if (GST_BUFFER_DURATION_IS_VALID(frame) && GST_BUFFER_DURATION(frame) > 0)
    return GST_BUFFER_DURATION(frame);
  if (input_rate_.numerator > 0) {
    return gst_util_uint64_scale(GST_SECOND, input_rate_.denominator, input_rate_.numerator);
  }
  const Time start = GST_BUFFER_PTS(frame);
  return left_ && left_->time.start < start ? start - left_->time.start : kUnknownInterval;
}

GstFlowReturn PairInterpolator::handle(BufferPtr frame, const Settings& settings) {
  if (GST_BASE_TRANSFORM(base_)->segment.rate < 0) return pass_on(std::move(frame));
  if (!GST_BUFFER_PTS_IS_VALID(frame.get())) return refuse_without_time();
  SourceTime time{GST_BUFFER_PTS(frame.get()), GST_BUFFER_PTS(frame.get())};
  GstFlowReturn flow = apply(settings);
  if (flow == GST_FLOW_OK && left_ && !continues(left_->time, time))
    flow = gst_video_enhance_base_break_part(base_);
  if (flow != GST_FLOW_OK) return flow;
  time.end += duration_of(frame.get());

  Source right{std::move(frame), time, next_id_++};
  if (left_) flow = show_pair(right);
  left_ = std::move(right);
  return failure_ ? report_failure() : flow;
}

// The rate of a variable stream is not in its caps: a new multiplier begins a new part without a
// renegotiation.
GstFlowReturn PairInterpolator::apply(const Settings& settings) {
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

// ---- pairs

GstFlowReturn PairInterpolator::show_pair(Source& right) {
  const Slots slots = timeline_->pair(left_->time, right.time);
  const bool left_appears = left_->shown || (!slots.empty() && slots[0].show == Show::kLeft);
  if (!left_appears) captions_.take_from(left_->buffer.get());
  GstFlowReturn flow = GST_FLOW_OK;
  for (std::uint64_t i = 0; i < slots.size() && flow == GST_FLOW_OK; ++i) {
    const Slot slot = slots[i];
    if (slot.show == Show::kDrawn) {
      flow = draw(right, slots, i);
    } else {
      flow = show(slot.show == Show::kLeft ? *left_ : right, slot);
    }
  }
  gst_video_enhance_base_send_queued_events(base_, 1);
  forget_unused_results();
  return flow;
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

// Once the network has failed, the pair's other drawn frames are left out.
GstFlowReturn PairInterpolator::draw(const Source& right, const Slots& slots, std::uint64_t i) {
  if (failure_) return GST_FLOW_OK;
  GstBuffer* allocated = nullptr;
  const GstFlowReturn flow = gst_video_enhance_base_new_frame(base_, left_->buffer.get(), &allocated);
  if (flow != GST_FLOW_OK) return flow;
  BufferPtr frame(allocated);
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

GstFlowReturn PairInterpolator::emit(BufferPtr frame, const Slot& slot, GstVideoEnhanceOutput kind) {
  GST_BUFFER_PTS(frame.get()) = slot.start;
  GST_BUFFER_DURATION(frame.get()) = slot.duration;
  captions_.attach_to(frame.get());
  const GstFlowReturn flow = gst_video_enhance_base_push(base_, frame.release(), kind);
  gst_video_enhance_base_send_queued_events(base_, left_ ? 1 : 0);
  return flow;
}

GstFlowReturn PairInterpolator::drain() {
  if (!left_) return GST_FLOW_OK;
  Source last = *std::exchange(left_, std::nullopt);
  const Slots slots = timeline_->finish(last.time);
  if (slots.empty() && !last.shown) captions_.take_from(last.buffer.get());
  GstFlowReturn flow = GST_FLOW_OK;
  for (std::uint64_t i = 0; i < slots.size() && flow == GST_FLOW_OK; ++i) flow = show(last, slots[i]);
  return flow;
}

void PairInterpolator::forget() {
  left_.reset();
  if (timeline_) timeline_->reset();
  captions_.forget();
  engine_newest_.reset();
  backwards_ = false;
}

void PairInterpolator::let_memory_go() {
  if (left_) left_->buffer.reset(gst_buffer_copy_deep(left_->buffer.get()));
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
  if (engine_newest_ != left_->id) {
    gst_video_enhance_base_engine(base_).flush();
    if (Status pushed = push_to_engine(*left_, {}); !pushed) return pushed;
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
