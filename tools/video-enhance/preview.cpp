#include "tools/video-enhance/preview.h"

#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>

#include "tools/video-enhance/frame_source.h"
#include "tools/video-enhance/picture.h"
#include "tools/video-enhance/segment_writer.h"

namespace videoenhance {
namespace {

// With its ninth frame the upscaler gives the first; a pair is all that interpolation needs.
constexpr std::uint64_t kUpscaleFrames = 9, kInterpolateFrames = 2;

Outcome<Owned<GstSample>> pull(Pipeline& pipeline) {
  GstAppSink* sink = GST_APP_SINK(pipeline["made"]);
  for (;;) {
    if (Owned<GstSample> sample{gst_app_sink_try_pull_sample(sink, 50 * GST_MSECOND)}) return sample;
    if (auto checked = pipeline.check(); !checked) return tl::unexpected(checked.error());
    if (gst_app_sink_is_eos(sink)) return failed(ExitCode::kFailed, "No frame came out.");
  }
}

Outcome<Owned<GstSample>> first_made(const Options& options, const Plan& plan) {
  auto frames = FrameSource::open(options, plan);
  if (!frames) return tl::unexpected(frames.error());
  auto first = frames->frame(0);
  if (!first) return tl::unexpected(first.error());
  if (!*first) return failed(ExitCode::kInput, "No frame of the input could be decoded.");
  auto pipeline = Pipeline::make("appsrc name=frames format=time ! videoconvert ! " + enhancer_text(plan) +
                                     "videoconvert ! video/x-raw,format=RGB ! appsink name=made sync=false",
                                 ExitCode::kFailed);
  if (!pipeline) return tl::unexpected(pipeline.error());
  GstAppSrc* source = GST_APP_SRC((*pipeline)["frames"]);
  gst_app_src_set_caps(source, frames->caps());
  set_up_enhancers(*pipeline, plan, options);
  if (auto started = pipeline->set_state(GST_STATE_PLAYING); !started) return tl::unexpected(started.error());
  for (std::uint64_t k = 0; k < (plan.upscales ? kUpscaleFrames : kInterpolateFrames); ++k) {
    auto frame = frames->frame(k);
    if (!frame) return tl::unexpected(frame.error());
    if (!*frame) break;
    gst_app_src_push_buffer(source, gst_buffer_ref(*frame));
  }
  gst_app_src_end_of_stream(source);
  auto made = pull(*pipeline);
  return made && !plan.upscales ? pull(*pipeline) : std::move(made);
}

}  // namespace

Outcome<void> preview(const Options& options, Progress& progress) {
  std::error_code error;
  const std::string name = "'" + options.preview.string() + "'";
  if (std::filesystem::exists(options.preview, error) && !options.force)
    return failed(ExitCode::kOutput, name + " exists; --force replaces it.");
  auto source = scan(options.input);
  if (!source) return tl::unexpected(source.error());
  auto plan = make_plan(*source, options);
  if (!plan) return tl::unexpected(plan.error());
  if (plan->upscales) plan->interpolates = false;
  auto made = first_made(options, *plan);
  if (!made) return tl::unexpected(made.error());
  if (auto written = write_png(made->get(), options.preview); !written) return written;
  progress.done({{"output", options.preview.string()}}, name + " is written.");
  return {};
}

}  // namespace videoenhance
