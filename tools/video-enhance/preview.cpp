#include "tools/video-enhance/preview.h"

#include "tools/video-enhance/enhanced_frames.h"
#include "tools/video-enhance/output.h"
#include "tools/video-enhance/picture.h"

namespace videoenhance {
namespace {

Outcome<Owned<GstSample>> first_made(const Options& options, const Plan& plan) {
  auto source = FrameSource::open(options, plan);
  if (!source) return tl::unexpected(source.error());
  auto frames = EnhancedFrames::start(*source, options, plan, "video/x-raw");
  if (!frames) return tl::unexpected(frames.error());
  auto made = frames->next();
  if (made && *made && !plan.upscales) made = frames->next();
  if (made && !*made) return failed(ExitCode::kFailed, "No frame came out.");
  return made;
}

}  // namespace

Outcome<void> preview(const Options& options, Progress& progress) {
  if (auto other = need_other_file(options.preview, options); !other) return other;
  if (auto free = need_free_name(options.preview, options.force); !free) return free;
  auto source = scan(options.input);
  if (!source) return tl::unexpected(source.error());
  auto plan = make_plan(*source, options);
  if (!plan) return tl::unexpected(plan.error());
  if (plan->upscales) plan->interpolates = false;
  auto made = first_made(options, *plan);
  if (!made) return tl::unexpected(made.error());
  const Unfinished picture(options.preview);
  if (auto written = write_png(made->get(), picture.file()); !written) return written;
  if (auto published = picture.publish(); !published) return published;
  progress.done({{"output", options.preview.string()}}, "'" + options.preview.string() + "' is written.");
  return {};
}

}  // namespace videoenhance
