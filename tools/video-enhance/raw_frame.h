// Decoded frames: converting them, reading them, and putting two beside each other.
#pragma once

#include <gst/video/video.h>

#include "tools/video-enhance/pipeline.h"
#include "tools/video-enhance/quality.h"

namespace videoenhance {

// The formats of frames below.
constexpr char kRawFormats[] = "video/x-raw,format={I420,RGB}";

// Throws where the caps are no video's.
GstVideoInfo info_of(GstCaps* caps);

// Converts frames to another size by bicubic interpolation, and to another format. Colours of one YUV are
// taken for those of another: what a file says of its matrix, or does not say, shall change no picture.
class FrameConverter {
 public:
  // Errors: kFailed, where GStreamer has no way from one to the other.
  static Outcome<FrameConverter> make(GstCaps* from, GstCaps* to);

  Owned<GstBuffer> convert(GstBuffer* frame) const;

 private:
  struct Free {
    void operator()(GstVideoConverter* converter) const { gst_video_converter_free(converter); }
  };

  FrameConverter(const GstVideoInfo& from, const GstVideoInfo& to) : from_(from), to_(to) {}

  GstVideoInfo from_, to_;
  std::unique_ptr<GstVideoConverter, Free> converter_;
};

// As the frame holds it; of RGB, by BT.601. `caps`: one of kRawFormats.
Luma luma_of(GstBuffer* frame, GstCaps* caps);

// The caps of two frames beside each other, without a last column that is odd.
Owned<GstCaps> side_by_side(GstCaps* caps);
// The frames of one size and format that `caps` tells, with the times of the right one.
Owned<GstBuffer> side_by_side(GstBuffer* left, GstBuffer* right, GstCaps* caps);

}  // namespace videoenhance
