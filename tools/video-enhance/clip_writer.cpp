#include "tools/video-enhance/clip_writer.h"

#include <gst/app/gstappsrc.h>

#include "tools/video-enhance/interrupt.h"
#include "tools/video-enhance/segment_writer.h"
#include "tools/video-enhance/streams.h"

namespace videoenhance {

Outcome<ClipWriter> ClipWriter::open(const std::filesystem::path& file, const Options& options,
                                     GstCaps* caps) {
  auto pipeline = Pipeline::make("appsrc name=frames format=time ! videoconvert ! " + encoder_text(options) +
                                     " ! " + muxer_for(options.output) + " ! filesink name=file",
                                 ExitCode::kFailed);
  if (!pipeline) return tl::unexpected(pipeline.error());
  set_location((*pipeline)["file"], file);
  crop_for_encoder(*pipeline, options);
  gst_app_src_set_caps(GST_APP_SRC((*pipeline)["frames"]), caps);
  if (auto started = pipeline->set_state(GST_STATE_PLAYING); !started) return tl::unexpected(started.error());
  return ClipWriter(std::move(*pipeline));
}

Outcome<void> ClipWriter::write(Owned<GstBuffer> frame) {
  constexpr guint64 kWaiting = 2;
  GstAppSrc* source = GST_APP_SRC(pipeline_["frames"]);
  while (gst_app_src_get_current_level_buffers(source) >= kWaiting) {
    if (interrupted()) return stopped();
    if (auto checked = pipeline_.check(5 * GST_MSECOND); !checked) return checked;
  }
  gst_app_src_push_buffer(source, frame.release());
  return {};
}

Outcome<void> ClipWriter::finish() {
  gst_app_src_end_of_stream(GST_APP_SRC(pipeline_["frames"]));
  for (;;) {
    if (interrupted()) return stopped();
    auto ended = pipeline_.ended(100 * GST_MSECOND);
    if (!ended) return tl::unexpected(ended.error());
    if (*ended) return pipeline_.set_state(GST_STATE_NULL);
  }
}

}  // namespace videoenhance
