#include "gst/frameupscaler.h"

#include <string>

#include "gst/errors.h"
#include "gst/metapolicy.h"

GST_DEBUG_CATEGORY_EXTERN(gst_flash_vsr_debug);
#define GST_CAT_DEFAULT gst_flash_vsr_debug

namespace videoenhance {

void FrameUpscaler::negotiated(const GstVideoInfo& in, const GstVideoInfo& out) {
  in_ = in;
  out_ = out;
  const bool alpha = GST_VIDEO_INFO_HAS_ALPHA(&in) && GST_VIDEO_INFO_HAS_ALPHA(&out);
  reader_.emplace(in, alpha);
  writer_.emplace(out, alpha);
  newest_.reset();
  engine_knobs_.reset();  // the engine may be another one
  if (GST_VIDEO_INFO_HAS_ALPHA(&in) && !alpha) {
    GST_ELEMENT_WARNING(base_, STREAM, FORMAT,
                        ("The transparency of the video is lost: what follows takes no format with alpha."),
                        ("%s to %s", GST_VIDEO_INFO_NAME(&in), GST_VIDEO_INFO_NAME(&out)));
  }
}

GstFlowReturn FrameUpscaler::handle(BufferPtr frame, const FlashVsrKnobs& knobs) {
  const std::optional<SourceTime> time = time_of(frame.get());
  if (newest_ && time && !continues(*newest_, *time)) {
    const GstFlowReturn flow = gst_video_enhance_base_break_part(base_);
    if (flow != GST_FLOW_OK) return flow;
  }
  adjust(knobs);
  if (const Status taken = take(frame.get()); !taken) {
    const GstFlowReturn flow = gst_video_enhance_base_break_part(base_);
    if (flow != GST_FLOW_OK) return flow;
    post_error(base_, taken.error());
    return GST_FLOW_ERROR;
  }
  newest_ = time;
  frame.reset();
  return deliver();
}

GstFlowReturn FrameUpscaler::drain() {
  newest_.reset();
  if (held_.empty()) return GST_FLOW_OK;
  if (const Status drained = engine().drain(); !drained) {
    forget();
    post_error(base_, drained.error());
    return GST_FLOW_ERROR;
  }
  const GstFlowReturn flow = deliver();
  held_.clear();  // of an engine that had failed
  return flow;
}

void FrameUpscaler::forget() {
  held_.clear();
  newest_.reset();
}

// ---- in

// Nothing where there is none, and backwards, where times say nothing about holes.
std::optional<SourceTime> FrameUpscaler::time_of(GstBuffer* frame) const {
  if (!GST_BUFFER_PTS_IS_VALID(frame) || GST_BASE_TRANSFORM(base_)->segment.rate < 0) return std::nullopt;
  SourceTime time{GST_BUFFER_PTS(frame), GST_BUFFER_PTS(frame)};
  if (GST_BUFFER_DURATION_IS_VALID(frame)) {
    time.end += GST_BUFFER_DURATION(frame);
  } else if (GST_VIDEO_INFO_FPS_N(&in_) > 0) {
    time.end += gst_util_uint64_scale(GST_SECOND, GST_VIDEO_INFO_FPS_D(&in_), GST_VIDEO_INFO_FPS_N(&in_));
  }
  return time;
}

void FrameUpscaler::adjust(const FlashVsrKnobs& knobs) {
  if (engine_knobs_ == knobs) return;
  engine().adjust(knobs);
  engine_knobs_ = knobs;
}

Status FrameUpscaler::take(GstBuffer* frame) {
  Status pushed =
      reader_->read(frame, [this](const FrameView& view) { return engine().push(view, next_id_, {}); });
  if (pushed) held_.push_back({next_id_++, describe(frame)});
  return pushed;
}

BufferPtr FrameUpscaler::describe(GstBuffer* frame) const {
  BufferPtr description(gst_buffer_new());
  constexpr auto kTold = static_cast<GstBufferCopyFlags>(GST_BUFFER_COPY_FLAGS | GST_BUFFER_COPY_TIMESTAMPS);
  gst_buffer_copy_into(description.get(), frame, kTold, 0, static_cast<gsize>(-1));
  GST_BUFFER_FLAG_UNSET(description.get(), GST_BUFFER_FLAG_GAP);  // the upscaled picture is new
  carry_metas(frame, in_, description.get(), out_);
  return description;
}

// ---- out

GstFlowReturn FrameUpscaler::deliver() {
  GstFlowReturn flow = GST_FLOW_OK;
  while (flow == GST_FLOW_OK && !held_.empty() && engine().ready() > 0) flow = deliver_one();
  if (flow == GST_FLOW_OK) return flow;
  forget();
  engine().flush();
  // A flush keeps sticky events by itself.
  if (flow != GST_FLOW_FLUSHING) gst_video_enhance_base_send_queued_events(base_, 0);
  return flow;
}

GstFlowReturn FrameUpscaler::deliver_one() {
  GstBuffer* allocated = nullptr;
  const GstFlowReturn flow =
      gst_video_enhance_base_new_frame(base_, held_.front().description.get(), &allocated);
  if (flow != GST_FLOW_OK) return flow;
  BufferPtr frame(allocated);
  if (const Status drawn = draw(frame.get()); !drawn) {
    post_error(base_, drawn.error());
    return GST_FLOW_ERROR;
  }
  constexpr auto kTold = static_cast<GstBufferCopyFlags>(GST_BUFFER_COPY_METADATA);
  gst_buffer_copy_into(frame.get(), held_.front().description.get(), kTold, 0, static_cast<gsize>(-1));
  held_.pop_front();
  const GstFlowReturn pushed =
      gst_video_enhance_base_push(base_, frame.release(), GstVideoEnhanceOutput::kGenerated);
  gst_video_enhance_base_send_queued_events(base_, held_.size());
  return pushed;
}

// The next result, which must be that of the oldest held frame.
Status FrameUpscaler::draw(GstBuffer* frame) {
  return writer_->write(frame, [this](const FrameSpan& span) -> Status {
    const Result<ResultFrame> result = engine().pop(span);
    if (!result) return tl::unexpected(result.error());
    if (result->id == held_.front().id) return {};
    return fail(ErrorKind::kFailed, "The network gave its frames back in another order: please report this.",
                "frame " + std::to_string(result->id) + " instead of " + std::to_string(held_.front().id));
  });
}

}  // namespace videoenhance
