// Which metas an output frame carries. A source frame keeps everything at its first showing; whatever is
// shown again or drawn carries none, because captions, timecodes and regions belong to one moment only.
#pragma once

#include <gst/video/video.h>

#include <cstdint>
#include <vector>

#include "gst/handles.h"

namespace videoenhance {

// The same memory with all metas: what is written into the copy does not reach `source`.
BufferPtr first_showing(GstBuffer* source);

// The same memory with only the metas that say where its pixels are.
BufferPtr repeated_showing(GstBuffer* source);

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
