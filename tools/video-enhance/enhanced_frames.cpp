#include "tools/video-enhance/enhanced_frames.h"

#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>

#include "tools/video-enhance/interrupt.h"
#include "tools/video-enhance/segment_writer.h"

namespace videoenhance {

Outcome<EnhancedFrames> EnhancedFrames::start(FrameSource& source, const Options& options, const Plan& plan,
                                              const std::string& caps) {
  auto first = source.frame(0);
  if (!first) return tl::unexpected(first.error());
  if (!*first)
    return failed(ExitCode::kInput, "No frame of '" + options.input.string() + "' could be decoded.");
  auto pipeline =
      Pipeline::make("appsrc name=frames format=time ! videoconvert ! " + enhancer_text(plan) +
                         "videoconvert ! " + caps + " ! appsink name=made sync=false max-buffers=2",
                     ExitCode::kFailed);
  if (!pipeline) return tl::unexpected(pipeline.error());
  gst_app_src_set_caps(GST_APP_SRC((*pipeline)["frames"]), source.caps());
  set_up_enhancers(*pipeline, plan, options);
  if (auto started = pipeline->set_state(GST_STATE_PLAYING); !started) return tl::unexpected(started.error());
  return EnhancedFrames(std::move(*pipeline), source);
}

Outcome<void> EnhancedFrames::feed() {
  constexpr guint64 kWaiting = 2;
  GstAppSrc* into = GST_APP_SRC(pipeline_["frames"]);
  while (!fed_all_ && gst_app_src_get_current_level_buffers(into) < kWaiting) {
    auto frame = source_->frame(next_);
    if (!frame) return tl::unexpected(frame.error());
    if (*frame) {
      gst_app_src_push_buffer(into, gst_buffer_ref(*frame));
      ++next_;
    } else {
      gst_app_src_end_of_stream(into);
      fed_all_ = true;
    }
  }
  return {};
}

Outcome<Owned<GstSample>> EnhancedFrames::next() {
  GstAppSink* sink = GST_APP_SINK(pipeline_["made"]);
  for (;;) {
    if (interrupted()) return stopped();
    if (auto fed = feed(); !fed) return tl::unexpected(fed.error());
    if (Owned<GstSample> sample{gst_app_sink_try_pull_sample(sink, 5 * GST_MSECOND)}) return sample;
    // An error also ends the stream.
    if (auto checked = pipeline_.check(); !checked) return tl::unexpected(checked.error());
    if (gst_app_sink_is_eos(sink)) return Owned<GstSample>();
  }
}

}  // namespace videoenhance
