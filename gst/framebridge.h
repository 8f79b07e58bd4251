// Between a stream's buffers and the pictures that engines take and give: full-range R'G'B' of 8 or 16 bits.
#pragma once

#include <gst/video/video.h>

#include <functional>
#include <memory>

#include "core/engine/frame.h"
#include "core/engine/result.h"
#include "gst/handles.h"

namespace videoenhance {

// Made once per caps. Formats whose pixels are such pictures already are handed over in place; every other
// format is converted once, with its matrix and range and nothing else: primaries and transfer stay the
// stream's own.
class FrameBridge {
 public:
  explicit FrameBridge(const GstVideoInfo& info);

  // Maps `buffer` for the time of `use`. Errors: kFailed where the buffer cannot be mapped, and those of
  // `use`.
  Status read(GstBuffer* buffer, const std::function<Status(const FrameView&)>& use);

  // Maps the writable `buffer` and lets `fill` write all its pixels. Errors as above.
  Status write(GstBuffer* buffer, const std::function<Status(const FrameSpan&)>& fill);

  bool alpha() const { return GST_VIDEO_INFO_HAS_ALPHA(&info_); }

 private:
  struct Free {
    void operator()(GstVideoConverter* converter) const { gst_video_converter_free(converter); }
  };
  using ConverterPtr = std::unique_ptr<GstVideoConverter, Free>;

  bool direct() const { return !intermediate_; }
  Status map_intermediate(const std::function<Status(GstVideoFrame&)>& use);

  GstVideoInfo info_;
  GstVideoInfo engine_info_;
  BufferPtr intermediate_;
  ConverterPtr to_engine_;
  ConverterPtr from_engine_;
};

}  // namespace videoenhance
