// Between a stream's buffers and the pictures that engines take and give.
#pragma once

#include <gst/video/video.h>

#include <functional>
#include <optional>

#include "core/engine/frame.h"
#include "core/engine/result.h"

namespace videoenhance {

// Made once per caps. Pictures are the samples where they lie, with what makes R'G'B' of them where they are
// none: matrix and range, while primaries and transfer stay the stream's own.
class FrameBridge {
 public:
  // `alpha`: whether the engine's pictures have the alpha of a format that has one. If not, alpha is left out
  // in reading and opaque in writing.
  explicit FrameBridge(const GstVideoInfo& info, bool alpha = true);

  // Maps `buffer` for the time of `use`. Errors: kFailed where it does not hold such a frame, and those of
  // `use`.
  Status read(GstBuffer* buffer, const std::function<Status(const FrameView&)>& use) const;

  // The same for its luma: a gray picture as all three components, but R'G'B' as they are.
  Status read_luma(GstBuffer* buffer, const std::function<Status(const FrameView&)>& use) const;

  // Maps the writable `buffer` and lets `fill` write all its pixels. Errors as above.
  Status write(GstBuffer* buffer, const std::function<Status(const FrameSpan&)>& fill) const;

  // Whether the caps alone say where the pixels of `buffer` are.
  bool is_plain(GstBuffer* buffer) const;

  // Copies the pixels of `from`, whatever its layout, into the writable frame `to`. Errors: kFailed where one
  // of them cannot be mapped.
  Status copy(GstBuffer* from, GstBuffer* to) const;

  // Whether two frames have exactly the same bytes for all their pixels, unused ones included. Not, where one
  // of them cannot be mapped.
  bool equal(GstBuffer* one, GstBuffer* other) const;

  // Writes the mean of the code values of two frames, weighted 1 - share and share, into the writable frame
  // `to`. Errors as above.
  Status blend(GstBuffer* left, GstBuffer* right, double share, GstBuffer* to) const;

 private:
  template <typename Byte>
  BasicFrame<Byte> picture_of(GstVideoFrame& frame, const std::optional<ColourMatrix>& colours) const;

  GstVideoInfo info_;
  bool alpha_;
  std::optional<ColourMatrix> to_rgb_, from_rgb_;  // where samples are no full-range R'G'B'
};

}  // namespace videoenhance
