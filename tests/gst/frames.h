// Frames of any format, and their samples, for tests of what lies between streams and engines.
#pragma once

#include <gst/video/video.h>
#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <string>

#include "gst/handles.h"

namespace videoenhance {

inline constexpr int kWidth = 23, kHeight = 11;

inline GstVideoInfo info_of(const std::string& format, const std::string& extra = "") {
  const CapsPtr caps(
      gst_caps_from_string(("video/x-raw,format=" + format + ",width=" + std::to_string(kWidth) +
                            ",height=" + std::to_string(kHeight) + ",framerate=25/1" + extra)
                               .c_str()));
  GstVideoInfo info;
  EXPECT_TRUE(gst_video_info_from_caps(&info, caps.get()));
  return info;
}

inline BufferPtr frame_of(const GstVideoInfo& info) {
  BufferPtr buffer(gst_buffer_new_allocate(nullptr, GST_VIDEO_INFO_SIZE(&info), nullptr));
  gst_buffer_memset(buffer.get(), 0, 0, GST_VIDEO_INFO_SIZE(&info));
  return buffer;
}

// A component's samples. P010's are the upper ten bits.
struct Plane {
  std::uint8_t* data;
  int stride, pixel_stride, width, height, bytes, shift;
};

inline Plane plane_of(GstVideoFrame& frame, int component) {
  const bool p010 = GST_VIDEO_FRAME_FORMAT(&frame) == GST_VIDEO_FORMAT_P010_10LE;
  const int bytes = GST_VIDEO_FRAME_COMP_DEPTH(&frame, component) > 8 ? 2 : 1;
  auto* data = static_cast<std::uint8_t*>(GST_VIDEO_FRAME_COMP_DATA(&frame, component));
  if (p010)
    data = static_cast<std::uint8_t*>(GST_VIDEO_FRAME_PLANE_DATA(&frame, component > 0)) +
           (component == 2 ? 2 : 0);
  return {data,
          GST_VIDEO_FRAME_COMP_STRIDE(&frame, component),
          GST_VIDEO_FRAME_COMP_PSTRIDE(&frame, component),
          GST_VIDEO_FRAME_COMP_WIDTH(&frame, component),
          GST_VIDEO_FRAME_COMP_HEIGHT(&frame, component),
          bytes,
          p010 ? 6 : 0};
}

inline int sample_at(const Plane& plane, int x, int y) {
  const std::uint8_t* place = plane.data + y * plane.stride + x * plane.pixel_stride;
  if (plane.bytes == 1) return *place;
  std::uint16_t word;
  std::memcpy(&word, place, sizeof word);
  return word >> plane.shift;
}

// sample(x, y) is what each place gets.
template <typename Sample>
void draw(const Plane& plane, Sample sample) {
  for (int y = 0; y < plane.height; ++y) {
    for (int x = 0; x < plane.width; ++x) {
      std::uint8_t* place = plane.data + y * plane.stride + x * plane.pixel_stride;
      const auto word = static_cast<std::uint16_t>(sample(x, y) << plane.shift);
      if (plane.bytes == 1) {
        *place = static_cast<std::uint8_t>(word);
      } else {
        std::memcpy(place, &word, sizeof word);
      }
    }
  }
}

class Mapped {
 public:
  Mapped(const GstVideoInfo& info, GstBuffer* buffer) {
    EXPECT_TRUE(gst_video_frame_map(&frame_, &info, buffer, GST_MAP_READWRITE));
  }
  ~Mapped() { gst_video_frame_unmap(&frame_); }
  GstVideoFrame& get() { return frame_; }

 private:
  GstVideoFrame frame_;
};

inline void fill_flat(const GstVideoInfo& info, GstBuffer* buffer, const std::array<int, 4>& samples) {
  Mapped mapped(info, buffer);
  for (guint c = 0; c < GST_VIDEO_INFO_N_COMPONENTS(&info); ++c)
    draw(plane_of(mapped.get(), static_cast<int>(c)), [&](int, int) { return samples[c]; });
}

}  // namespace videoenhance
