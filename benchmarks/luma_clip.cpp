#include "benchmarks/luma_clip.h"

#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>
#include <gst/video/video.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <thread>

namespace videoenhance {
namespace {

struct Unref {
  void operator()(gpointer object) const { gst_object_unref(object); }
  void operator()(GstSample* sample) const { gst_sample_unref(sample); }
  void operator()(GstMessage* message) const { gst_message_unref(message); }
};
using Element = std::unique_ptr<GstElement, Unref>;

constexpr int kRate = 25;

// A pipeline that ends in an appsink of I420 frames and stops when it goes.
class Pipeline {
 public:
  explicit Pipeline(const std::string& text) {
    gst_init(nullptr, nullptr);
    GError* error = nullptr;
    pipeline_.reset(gst_parse_launch(
        (text + " ! videoconvert ! video/x-raw,format=I420 ! appsink name=sink sync=false max-buffers=4")
            .c_str(),
        &error));
    if (error) broken_ = error->message;
    g_clear_error(&error);
  }
  ~Pipeline() {
    if (pipeline_) gst_element_set_state(pipeline_.get(), GST_STATE_NULL);
  }
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  // Empty, or what keeps it from being made.
  const std::string& broken() const { return broken_; }

  Element by_name(const char* name) const {
    return Element(gst_bin_get_by_name(GST_BIN(pipeline_.get()), name));
  }

  void start() { gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING); }

  // The luma of all frames until the end.
  Result<LumaClip> run() {
    const Element sink = by_name("sink");
    LumaClip clip;
    start();
    const std::unique_ptr<GstBus, Unref> bus(gst_element_get_bus(pipeline_.get()));
    while (!gst_app_sink_is_eos(GST_APP_SINK(sink.get()))) {
      const std::unique_ptr<GstSample, Unref> sample(
          gst_app_sink_try_pull_sample(GST_APP_SINK(sink.get()), GST_SECOND / 10));
      if (sample) append(sample.get(), clip);
      if (auto error = error_on(bus.get())) return tl::unexpected(*error);
    }
    return clip;
  }

 private:
  // After an error there is no end of the stream.
  static std::optional<Error> error_on(GstBus* bus) {
    const std::unique_ptr<GstMessage, Unref> message(gst_bus_pop_filtered(bus, GST_MESSAGE_ERROR));
    if (!message) return {};
    GError* error = nullptr;
    gst_message_parse_error(message.get(), &error, nullptr);
    const std::unique_ptr<GError, decltype(&g_error_free)> owner(error, &g_error_free);
    return Error{ErrorKind::kFailed, error->message};
  }

  static void append(GstSample* sample, LumaClip& clip) {
    GstVideoInfo info;
    GstVideoFrame frame;
    if (!gst_video_info_from_caps(&info, gst_sample_get_caps(sample)) ||
        !gst_video_frame_map(&frame, &info, gst_sample_get_buffer(sample), GST_MAP_READ))
      return;
    clip.width = GST_VIDEO_INFO_WIDTH(&info);
    clip.height = GST_VIDEO_INFO_HEIGHT(&info);
    LumaClip::Frame luma;
    luma.reserve(static_cast<std::size_t>(clip.width) * clip.height);
    const auto* row = static_cast<const std::uint8_t*>(GST_VIDEO_FRAME_PLANE_DATA(&frame, 0));
    for (int y = 0; y < clip.height; ++y, row += GST_VIDEO_FRAME_PLANE_STRIDE(&frame, 0))
      luma.insert(luma.end(), row, row + clip.width);
    gst_video_frame_unmap(&frame);
    clip.frames.push_back(std::move(luma));
  }

  std::string broken_;
  Element pipeline_;
};

// Grey frames, with their chroma.
void feed(GstElement* source, const LumaClip& clip) {
  GstVideoInfo info;
  gst_video_info_set_format(&info, GST_VIDEO_FORMAT_I420, clip.width, clip.height);
  for (std::size_t k = 0; k < clip.frames.size(); ++k) {
    GstBuffer* buffer = gst_buffer_new_allocate(nullptr, info.size, nullptr);
    gst_buffer_memset(buffer, 0, 128, info.size);
    for (int y = 0; y < clip.height; ++y)
      gst_buffer_fill(buffer, static_cast<gsize>(y) * info.stride[0],
                      clip.frames[k].data() + static_cast<std::size_t>(y) * clip.width, clip.width);
    GST_BUFFER_PTS(buffer) = gst_util_uint64_scale(k, GST_SECOND, kRate);
    GST_BUFFER_DURATION(buffer) = GST_SECOND / kRate;
    if (gst_app_src_push_buffer(GST_APP_SRC(source), buffer) != GST_FLOW_OK) break;
  }
  gst_app_src_end_of_stream(GST_APP_SRC(source));
}

}  // namespace

FrameView LumaClip::view(const Frame& frame) const {
  const BasicComponent<const std::byte> plane{reinterpret_cast<const std::byte*>(frame.data()), width, 1};
  return {
      width, height, SampleType::kUint8, {plane, plane, plane, {}}, gray_between(16 / 255.0, 235 / 255.0)};
}

Result<LumaClip> decode_file(const std::filesystem::path& path) {
  Pipeline pipeline("filesrc name=file ! decodebin");
  if (!pipeline.broken().empty()) return fail(ErrorKind::kFailed, pipeline.broken());
  g_object_set(pipeline.by_name("file").get(), "location", path.c_str(), nullptr);
  auto clip = pipeline.run();
  if (!clip) return fail(ErrorKind::kFailed, path.string() + ": " + clip.error().message);
  if (clip->frames.empty()) return fail(ErrorKind::kFailed, path.string() + " holds no video.");
  return clip;
}

Result<LumaClip> code(const LumaClip& clip, int rate_factor) {
  Pipeline pipeline(
      "appsrc name=source format=time block=true max-buffers=4 caps=video/x-raw,format=I420,width=" +
      std::to_string(clip.width) + ",height=" + std::to_string(clip.height) +
      ",framerate=" + std::to_string(kRate) +
      "/1,colorimetry=bt709 ! x264enc threads=1 pass=qual quantizer=" + std::to_string(rate_factor) +
      " ! h264parse ! decodebin");
  if (!pipeline.broken().empty()) return fail(ErrorKind::kFailed, pipeline.broken());
  pipeline.start();
  const Element source = pipeline.by_name("source");
  const std::jthread feeder([&] { feed(source.get(), clip); });
  auto coded = pipeline.run();
  if (coded && coded->frames.size() != clip.frames.size())
    return fail(ErrorKind::kFailed, "The coder returned another number of frames.");
  return coded;
}

}  // namespace videoenhance
