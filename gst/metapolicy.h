// Which metas an output frame carries. In interpolation a source frame keeps everything at its first showing;
// whatever is shown again or drawn carries none, because captions, timecodes and regions belong to one moment
// only. A scaled frame carries what its source frame says about the picture. A crop is ignored throughout: it
// is not offered upstream, and no drawn picture is made from the cropped pixels alone.
#pragma once

#include <gst/video/video.h>

#include <cstdint>
#include <vector>

#include "gst/handles.h"

namespace videoenhance {

// The same memory with all metas but a crop: what is written into the copy does not reach `source`.
BufferPtr first_showing(GstBuffer* source);

// The same memory with only the metas that say where its pixels are.
BufferPtr repeated_showing(GstBuffer* source);

// Gives `scaled` the metas of `source`: positions and sizes are scaled, what has none is copied, and what
// describes the memory or the pixels of `source` is left out.
void carry_metas(GstBuffer* source, const GstVideoInfo& from, GstBuffer* scaled, const GstVideoInfo& to);

// Gives `copy`, which has the pixels of `source` in memory of its own, times, flags and metas of `source`,
// but for those that describe its memory.
void carry_all(GstBuffer* source, GstBuffer* copy);

// Captions of source frames that are never shown themselves. They ride on the next output frame.
class WaitingCaptions {
 public:
  void take_from(GstBuffer* source);
  // Puts what waits before the captions that `output`, which must be writable, has already.
  void attach_to(GstBuffer* output);
  void forget() { captions_.clear(); }

 private:
  struct Caption {
    GstVideoCaptionType type;
    std::vector<std::uint8_t> data;
  };
  std::vector<Caption> captions_;
};

}  // namespace videoenhance
