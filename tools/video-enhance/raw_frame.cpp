#include "tools/video-enhance/raw_frame.h"

#include <cstring>
#include <stdexcept>

namespace videoenhance {
namespace {

class Mapped {
 public:
  Mapped(GstBuffer* buffer, const GstVideoInfo& info, GstMapFlags flags) {
    if (!gst_video_frame_map(&frame_, &info, buffer, flags))
      throw std::runtime_error("A frame is smaller than its format says.");
  }
  Mapped(const Mapped&) = delete;
  ~Mapped() { gst_video_frame_unmap(&frame_); }

  GstVideoFrame* get() { return &frame_; }
  std::uint8_t* row(guint plane, gint y) {
    return static_cast<std::uint8_t*>(GST_VIDEO_FRAME_PLANE_DATA(&frame_, plane)) +
           std::ptrdiff_t{y} * GST_VIDEO_FRAME_PLANE_STRIDE(&frame_, plane);
  }

 private:
  GstVideoFrame frame_;
};

gint even(gint width) {
  return width / 2 * 2;
}

// Of the left part of a row: the formats' planes are as many as their components, or one for all.
std::size_t row_bytes(const GstVideoInfo& info, guint plane, gint width) {
  return static_cast<std::size_t>(GST_VIDEO_FORMAT_INFO_SCALE_WIDTH(info.finfo, plane, width) *
                                  GST_VIDEO_INFO_COMP_PSTRIDE(&info, plane));
}

}  // namespace

GstVideoInfo info_of(GstCaps* caps) {
  GstVideoInfo info;
  if (!gst_video_info_from_caps(&info, caps)) throw std::runtime_error("Frames of an unknown format came.");
  return info;
}

Outcome<FrameConverter> FrameConverter::make(GstCaps* from, GstCaps* to) {
  FrameConverter made(info_of(from), info_of(to));
  GstVideoInfo &in = made.from_, &out = made.to_;
  if (GST_VIDEO_INFO_IS_YUV(&in) && GST_VIDEO_INFO_IS_YUV(&out))
    in.colorimetry.matrix = out.colorimetry.matrix;
  in.fps_n = out.fps_n;  // it converts no rate, and wants to be told so
  in.fps_d = out.fps_d;
  GstStructure* bicubic =
      gst_structure_new("bicubic", GST_VIDEO_CONVERTER_OPT_RESAMPLER_METHOD, GST_TYPE_VIDEO_RESAMPLER_METHOD,
                        GST_VIDEO_RESAMPLER_METHOD_CUBIC, GST_VIDEO_RESAMPLER_OPT_CUBIC_B, G_TYPE_DOUBLE, 0.0,
                        GST_VIDEO_RESAMPLER_OPT_CUBIC_C, G_TYPE_DOUBLE, 0.5, nullptr);
  made.converter_.reset(gst_video_converter_new(&in, &out, bicubic));
  if (!made.converter_)
    return failed(ExitCode::kFailed, "GStreamer cannot convert the frames to be compared.");
  return made;
}

Owned<GstBuffer> FrameConverter::convert(GstBuffer* frame) const {
  Owned<GstBuffer> result(gst_buffer_new_allocate(nullptr, GST_VIDEO_INFO_SIZE(&to_), nullptr));
  gst_buffer_copy_into(result.get(), frame, GST_BUFFER_COPY_TIMESTAMPS, 0, static_cast<gsize>(-1));
  Mapped in(frame, from_, GST_MAP_READ), out(result.get(), to_, GST_MAP_WRITE);
  gst_video_converter_frame(converter_.get(), in.get(), out.get());
  return result;
}

Luma luma_of(GstBuffer* frame, GstCaps* caps) {
  const GstVideoInfo info = info_of(caps);
  Luma luma{static_cast<std::size_t>(info.width), static_cast<std::size_t>(info.height), {}};
  luma.values.reserve(luma.width * luma.height);
  Mapped mapped(frame, info, GST_MAP_READ);
  const bool is_full = info.colorimetry.range == GST_VIDEO_COLOR_RANGE_0_255;
  for (gint y = 0; y < info.height; ++y) {
    const std::uint8_t* value = mapped.row(0, y);
    for (gint x = 0; x < info.width; ++x) {
      if (GST_VIDEO_INFO_IS_RGB(&info)) {
        luma.values.push_back(16 + (65.481 * value[0] + 128.553 * value[1] + 24.966 * value[2]) / 255);
        value += 3;
      } else {
        luma.values.push_back(is_full ? 16 + *value * 219.0 / 255 : *value);
        ++value;
      }
    }
  }
  return luma;
}

Owned<GstCaps> side_by_side(GstCaps* caps) {
  Owned<GstCaps> both(gst_caps_copy(caps));
  gst_caps_set_simple(both.get(), "width", G_TYPE_INT, 2 * even(info_of(caps).width), nullptr);
  return both;
}

Owned<GstBuffer> side_by_side(GstBuffer* left, GstBuffer* right, GstCaps* caps) {
  const GstVideoInfo info = info_of(caps), both = info_of(side_by_side(caps).get());
  Owned<GstBuffer> result(gst_buffer_new_allocate(nullptr, GST_VIDEO_INFO_SIZE(&both), nullptr));
  gst_buffer_copy_into(result.get(), right, GST_BUFFER_COPY_TIMESTAMPS, 0, static_cast<gsize>(-1));
  Mapped from_left(left, info, GST_MAP_READ), from_right(right, info, GST_MAP_READ);
  Mapped into(result.get(), both, GST_MAP_WRITE);
  for (guint plane = 0; plane < GST_VIDEO_INFO_N_PLANES(&info); ++plane) {
    const std::size_t bytes = row_bytes(info, plane, even(info.width));
    for (gint y = 0; y < GST_VIDEO_INFO_COMP_HEIGHT(&info, plane); ++y) {
      std::memcpy(into.row(plane, y), from_left.row(plane, y), bytes);
      std::memcpy(into.row(plane, y) + bytes, from_right.row(plane, y), bytes);
    }
  }
  return result;
}

}  // namespace videoenhance
