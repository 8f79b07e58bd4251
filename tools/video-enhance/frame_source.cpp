#include "tools/video-enhance/frame_source.h"

#include <gst/app/gstappsink.h>
#include <gst/video/video.h>

#include <algorithm>

#include "tools/video-enhance/interrupt.h"

namespace videoenhance {
namespace {

// What players assume where a file does not say depends on the size of the picture, which will be another.
void state_colorimetry(GstCaps* caps) {
  GstVideoInfo info;
  if (!gst_video_info_from_caps(&info, caps)) return;
  gchar* text = gst_video_colorimetry_to_string(&info.colorimetry);
  if (text) gst_caps_set_simple(caps, "colorimetry", G_TYPE_STRING, text, nullptr);
  g_free(text);
}

// Nobody wants to hear it, and where it is damaged, its decoder would end the work.
gboolean is_no_audio(GstElement*, GstPad*, GstCaps* caps, gpointer) {
  return !g_str_has_prefix(gst_structure_get_name(gst_caps_get_structure(caps, 0)), "audio/");
}

// `deinterlace` hands on as they are what formats it does not know, such as all those of more than 8 bits.
Outcome<void> need_progressive(GstCaps* caps) {
  const gchar* mode = gst_structure_get_string(gst_caps_get_structure(caps, 0), "interlace-mode");
  if (!mode || g_str_equal(mode, "progressive")) return {};
  return failed(ExitCode::kInput,
                std::string("The input is interlaced, and GStreamer cannot make frames of the format ") +
                    gst_structure_get_string(gst_caps_get_structure(caps, 0), "format") +
                    " progressive; convert it to 4:2:0 with 8 bits first.",
                mode);
}

}  // namespace

Outcome<FrameSource> FrameSource::open(const Options& options, const Plan& plan) {
  // Not decodebin3: that of GStreamer 1.22 sometimes stops without a word. Interlaced frames become
  // progressive ones, as many as they were.
  auto pipeline = Pipeline::make(
      "filesrc name=file ! decodebin name=decode ! deinterlace fields=top ! "
      "appsink name=frames sync=false max-buffers=4 caps=video/x-raw",
      ExitCode::kInput);
  if (!pipeline) return tl::unexpected(pipeline.error());
  set_location((*pipeline)["file"], options.input);
  g_signal_connect((*pipeline)["decode"], "autoplug-continue", G_CALLBACK(is_no_audio), nullptr);
  FrameSource source(std::move(*pipeline), options, plan.rate_in);
  if (auto started = source.pipeline_.set_state(GST_STATE_PLAYING); !started)
    return tl::unexpected(started.error());
  return source;
}

// The next decoded frame, or null at the end.
Outcome<Owned<GstSample>> FrameSource::pull() {
  GstAppSink* sink = GST_APP_SINK(pipeline_["frames"]);
  for (;;) {
    if (interrupted()) return stopped();
    if (Owned<GstSample> sample{gst_app_sink_try_pull_sample(sink, 50 * GST_MSECOND)}) return sample;
    // An error also ends the stream.
    if (auto checked = pipeline_.check(); !checked) return tl::unexpected(checked.error());
    if (gst_app_sink_is_eos(sink)) return Owned<GstSample>();
  }
}

// The frames' caps with the rate that they were found to have.
Outcome<void> FrameSource::take_caps(GstCaps* caps) {
  if (raw_caps_ && gst_caps_is_equal(raw_caps_.get(), caps)) return {};
  if (auto progressive = need_progressive(caps); !progressive) return progressive;
  if (raw_caps_) {
    const gchar* const kPicture[] = {"width", "height", "format"};
    for (const gchar* field : kPicture) {
      const GValue* before = gst_structure_get_value(gst_caps_get_structure(raw_caps_.get(), 0), field);
      const GValue* now = gst_structure_get_value(gst_caps_get_structure(caps, 0), field);
      if (gst_value_compare(before, now) != GST_VALUE_EQUAL)
        return failed(ExitCode::kInput,
                      "The picture's size or format changes at frame " + std::to_string(next_) +
                          " of the input; treat the parts one by one, with --start and --end.");
    }
    return {};
  }
  raw_caps_ = share(caps);
  caps_.reset(gst_caps_copy(caps));
  gst_caps_set_simple(caps_.get(), "framerate", GST_TYPE_FRACTION, rate_.n, rate_.d, nullptr);
  state_colorimetry(caps_.get());
  return {};
}

// Adds a frame to the window, or does not as it lies before the range. False: the range has ended.
Outcome<bool> FrameSource::take(GstSample* sample) {
  GstBuffer* buffer = gst_sample_get_buffer(sample);
  GstClockTime time =
      gst_segment_to_stream_time(gst_sample_get_segment(sample), GST_FORMAT_TIME, GST_BUFFER_PTS(buffer));
  if (!GST_CLOCK_TIME_IS_VALID(time)) {
    if (rate_.n == 0)
      return failed(ExitCode::kInput,
                    "The input's frames have no times, and its rate is unknown; put it into a container.");
    time = Plan::time(next_, rate_);
  }
  if (options_.end && time >= *options_.end) return false;
  const GstClockTime start = options_.start.value_or(0);
  if (time < start) return true;
  if (auto taken = take_caps(gst_sample_get_caps(sample)); !taken) return tl::unexpected(taken.error());
  if (next_ == 0) origin_ = time - start;
  GstBuffer* frame = gst_buffer_copy(buffer);
  GST_BUFFER_DTS(frame) = GST_CLOCK_TIME_NONE;
  if (rate_.n > 0) {
    GST_BUFFER_PTS(frame) = origin_ + Plan::time(next_, rate_);
    GST_BUFFER_DURATION(frame) = Plan::time(next_ + 1, rate_) - Plan::time(next_, rate_);
  } else {
    // Each frame counts, also where a damaged file gives two of them one time.
    GST_BUFFER_PTS(frame) = next_ == 0 ? time - start : std::max(time - start, last_ + GST_MSECOND);
  }
  last_ = GST_BUFFER_PTS(frame);
  GST_BUFFER_FLAG_UNSET(frame, GST_BUFFER_FLAG_DISCONT);
  window_.emplace_back(frame);
  ++next_;
  return true;
}

Outcome<GstBuffer*> FrameSource::frame(std::uint64_t k) {
  while (!at_end_ && next_ <= k) {
    auto sample = pull();
    if (!sample) return tl::unexpected(sample.error());
    auto in_range = *sample ? take(sample->get()) : Outcome<bool>(false);
    if (!in_range) return tl::unexpected(in_range.error());
    at_end_ = !*in_range;
    // A long way to the first frame that is wanted must not fill the memory.
    forget_before(forgotten_);
  }
  if (k >= next_) return nullptr;
  return window_[k - window_start_].get();
}

void FrameSource::forget_before(std::uint64_t k) {
  forgotten_ = k;
  while (window_start_ < forgotten_ && !window_.empty()) {
    window_.pop_front();
    ++window_start_;
  }
}

}  // namespace videoenhance
