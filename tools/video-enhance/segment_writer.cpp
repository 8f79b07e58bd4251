#include "tools/video-enhance/segment_writer.h"

#include <gst/app/gstappsrc.h>

namespace videoenhance {
namespace {

constexpr GstClockTime kPatience = 5 * GST_MSECOND;
constexpr guint64 kWaiting = 2;  // frames before the elements

// x264's code for AVX-512 reads memory that nobody wrote, unless the picture is a whole number of its blocks
// wide; the frames then differ from run to run, with one thread as well.
std::string without_avx512() {
#ifdef __x86_64__
  if (__builtin_cpu_supports("avx512f")) return " option-string=asm=AVX2";
#endif
  return "";
}

// Sets how much goes before the frames of a size come.
GstPadProbeReturn crop(GstPad*, GstPadProbeInfo* info, gpointer cropper) {
  GstEvent* event = GST_PAD_PROBE_INFO_EVENT(info);
  if (GST_EVENT_TYPE(event) != GST_EVENT_CAPS) return GST_PAD_PROBE_OK;
  GstCaps* caps = nullptr;
  gst_event_parse_caps(event, &caps);
  int width = 0, height = 0;
  gst_structure_get_int(gst_caps_get_structure(caps, 0), "width", &width);
  gst_structure_get_int(gst_caps_get_structure(caps, 0), "height", &height);
  g_object_set(cropper, "right", width % 2, "bottom", height % 2, nullptr);
  return GST_PAD_PROBE_OK;
}

}  // namespace

std::string encoder_text(const Options& options) {
  const std::string crf = std::to_string(options.crf);
  const std::string planar = "video/x-raw,format={I420,I420_10LE} ! videocrop name=even ! ";
  if (options.codec == "h264")
    return planar + "x264enc pass=qual quantizer=" + crf + " vbv-buf-capacity=0 threads=4" +
           without_avx512() + " ! h264parse ! video/x-h264,stream-format=avc,alignment=au";
  if (options.codec == "h265")
    return planar + "x265enc option-string=\"crf=" + crf +
           ":pools=4:frame-threads=2\" ! h265parse ! video/x-h265,stream-format=hvc1,alignment=au";
  // matroskamux knows the version by a misspelt name only.
  return "avenc_ffv1 ! capssetter caps=video/x-ffv,ffversion=1";
}

void crop_for_encoder(const Pipeline& pipeline, const Options& options) {
  if (options.codec == "ffv1") return;
  GstElement* cropper = pipeline["even"];
  const Owned<GstPad> pad(gst_element_get_static_pad(cropper, "sink"));
  gst_pad_add_probe(pad.get(), GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, crop, cropper, nullptr);
}

std::string enhancer_text(const Plan& plan) {
  std::string text;
  if (plan.upscales) text += "flashvsr name=upscale ! ";
  if (plan.interpolates) text += "frameinterpolate name=interpolate ! capsfilter name=rate ! ";
  return text;
}

void set_up_enhancers(const Pipeline& pipeline, const Plan& plan, const Options& options) {
  const auto set_common = [&](const char* name, const std::string& model) {
    if (!model.empty()) g_object_set(pipeline[name], "model-location", model.c_str(), nullptr);
    set(pipeline[name], "device", options.device);
    set(pipeline[name], "precision", options.precision);
  };
  if (plan.upscales) {
    set_common("upscale", options.upscale_model);
    g_object_set(pipeline["upscale"], "scale", *options.scale, nullptr);
  }
  if (!plan.interpolates) return;
  set_common("interpolate", options.interpolate_model);
  if (plan.factor.n)
    gst_util_set_object_arg(G_OBJECT(pipeline["interpolate"]), "multiplier",
                            (std::to_string(plan.factor.n) + "/" + std::to_string(plan.factor.d)).c_str());
  set(pipeline["rate"], "caps",
      "video/x-raw,framerate=" + std::to_string(plan.rate_out.n) + "/" + std::to_string(plan.rate_out.d));
}

Outcome<std::unique_ptr<SegmentWriter>> SegmentWriter::make(const Plan& plan, const Options& options,
                                                            GstCaps* caps) {
  auto pipeline =
      Pipeline::make("appsrc name=frames format=time ! videoconvert ! " + enhancer_text(plan) +
                         "identity name=made silent=true ! queue max-size-buffers=4 ! videoconvert ! " +
                         encoder_text(options) + " ! gdppay ! filesink name=file",
                     ExitCode::kFailed);
  if (!pipeline) return tl::unexpected(pipeline.error());
  g_object_set((*pipeline)["frames"], "caps", caps, nullptr);
  set_up_enhancers(*pipeline, plan, options);
  crop_for_encoder(*pipeline, options);
  std::unique_ptr<SegmentWriter> writer(new SegmentWriter(std::move(*pipeline), plan));
  if (plan.upscales) writer->add_probe("upscale", enlarged);
  writer->add_probe("made", made);
  return writer;
}

void SegmentWriter::add_probe(const char* element, GstPadProbeCallback callback) {
  const Owned<GstPad> pad(gst_element_get_static_pad(pipeline_[element], "src"));
  gst_pad_add_probe(pad.get(), GST_PAD_PROBE_TYPE_BUFFER, callback, this, nullptr);
}

// Drops what only led to the segment's first frame, and what follows its last one but for the frame that
// interpolation draws towards.
GstPadProbeReturn SegmentWriter::enlarged(GstPad*, GstPadProbeInfo*, gpointer data) {
  auto& self = *static_cast<SegmentWriter*>(data);
  const std::uint64_t k = self.enlarged_++;
  const std::uint64_t wanted = self.plan_.segment + (self.plan_.interpolates ? 1 : 0);
  return k >= self.lead_ && k - self.lead_ < wanted ? GST_PAD_PROBE_OK : GST_PAD_PROBE_DROP;
}

// Drops what is drawn after the segment's last frame, and gives the others their exact times.
GstPadProbeReturn SegmentWriter::made(GstPad*, GstPadProbeInfo* info, gpointer data) {
  auto& self = *static_cast<SegmentWriter*>(data);
  const std::uint64_t k = self.kept_;
  if (self.plan_.factor.n && k >= self.plan_.frames_out(self.plan_.segment)) return GST_PAD_PROBE_DROP;
  GstBuffer* buffer = gst_buffer_make_writable(GST_PAD_PROBE_INFO_BUFFER(info));
  info->data = buffer;
  const Ratio rate = self.plan_.rate_out;
  if (rate.n && self.plan_.factor.n) {
    const std::uint64_t number = self.first_out_ + k;
    GST_BUFFER_PTS(buffer) = self.origin_ + Plan::time(number, rate);
    GST_BUFFER_DURATION(buffer) = Plan::time(number + 1, rate) - Plan::time(number, rate);
  }
  const GstClockTime duration = GST_BUFFER_DURATION(buffer);
  self.end_time_ = GST_BUFFER_PTS(buffer) + (GST_CLOCK_TIME_IS_VALID(duration) ? duration : 0);
  ++self.kept_;
  return GST_PAD_PROBE_OK;
}

Outcome<void> SegmentWriter::begin(const std::filesystem::path& file, std::uint64_t lead,
                                   std::uint64_t first_out, GstClockTime origin) {
  // READY keeps the models, and a file is opened on the way to it.
  if (auto reset = pipeline_.set_state(has_begun_ ? GST_STATE_READY : GST_STATE_NULL); !reset) return reset;
  has_begun_ = true;
  gst_element_set_state(pipeline_["file"], GST_STATE_NULL);
  lead_ = lead;
  first_out_ = first_out;
  origin_ = origin;
  is_first_ = true;
  enlarged_ = kept_ = 0;
  set_location(pipeline_["file"], file);
  return pipeline_.set_state(GST_STATE_PLAYING);
}

Outcome<bool> SegmentWriter::offer(GstBuffer* frame) {
  GstAppSrc* source = GST_APP_SRC(pipeline_["frames"]);
  const bool full = gst_app_src_get_current_level_buffers(source) >= kWaiting;
  if (auto checked = pipeline_.check(full ? kPatience : 0); !checked) return tl::unexpected(checked.error());
  if (full) return false;
  GstBuffer* buffer = gst_buffer_copy(frame);
  if (std::exchange(is_first_, false)) GST_BUFFER_FLAG_SET(buffer, GST_BUFFER_FLAG_DISCONT);
  gst_app_src_push_buffer(source, buffer);
  return true;
}

void SegmentWriter::end() {
  gst_app_src_end_of_stream(GST_APP_SRC(pipeline_["frames"]));
}

Outcome<bool> SegmentWriter::is_written() {
  return pipeline_.ended(kPatience);
}

}  // namespace videoenhance
