// Between a stream's buffers and the pictures that engines take and give, of 8 or 16 bits.
#pragma once

#include <gst/video/video.h>

#include <functional>
#include <memory>
#include <optional>

#include "core/engine/frame.h"
#include "core/engine/result.h"
#include "core/video/thumbnail.h"
#include "gst/handles.h"

namespace videoenhance {

// Made once per caps. Formats whose pixels are full-range R'G'B' already are handed over in place. Every
// other format is unpacked to 16 bits, its chroma brought to full size, and goes with what makes R'G'B' of
// it: that changes matrix and range alone, primaries and transfer stay the stream's own.
class FrameBridge {
 public:
  // `alpha`: whether the engine's pictures have the alpha of a format that has one. If not, alpha is left out
  // in reading and opaque in writing.
  explicit FrameBridge(const GstVideoInfo& info, bool alpha = true);

  // Whether frames of these caps can be converted; if not, read() and write() fail. Errors: kNoMemory,
  // kBadSettings.
  Status check() const;

  // Maps `buffer` for the time of `use`. Errors: kFailed where the buffer cannot be mapped, and those of
  // `use`.
  Status read(GstBuffer* buffer, const std::function<Status(const FrameView&)>& use);

  // The same for its luma, where it lies: nothing is converted.
  Status read_luma(GstBuffer* buffer, const std::function<Status(const LumaView&)>& use);

  // Maps the writable `buffer` and lets `fill` write all its pixels. Errors as above.
  Status write(GstBuffer* buffer, const std::function<Status(const FrameSpan&)>& fill);

  // Whether the caps alone say where the pixels of `buffer` are.
  bool is_plain(GstBuffer* buffer) const;

  // Copies the pixels of `from`, whatever its layout, into the writable frame `to`. Errors: kFailed where one
  // of them cannot be mapped.
  Status copy(GstBuffer* from, GstBuffer* to);

  // Whether two frames show exactly the same pixels. Not, where one of them cannot be mapped.
  bool equal(GstBuffer* one, GstBuffer* other);

  // Writes the mean of the code values of two frames, weighted 1 - share and share, into the writable frame
  // `to`. Errors as above.
  Status blend(GstBuffer* left, GstBuffer* right, double share, GstBuffer* to);

 private:
  struct Free {
    void operator()(GstVideoConverter* converter) const { gst_video_converter_free(converter); }
  };
  using ConverterPtr = std::unique_ptr<GstVideoConverter, Free>;

  // Maps the pixels between the stream's format and the engine's.
  Status with_words(const std::function<Status(GstVideoFrame&)>& use);

  GstVideoInfo info_;
  bool alpha_;
  // Only for formats that are no such pictures.
  GstVideoInfo words_info_;
  BufferPtr words_;
  ConverterPtr unpack_;
  ConverterPtr pack_;
  std::optional<ColourMatrix> to_rgb_, from_rgb_;
};

}  // namespace videoenhance
