// What is in the input: its streams, and the times of its frames.
#pragma once

#include <filesystem>
#include <vector>

#include "tools/video-enhance/options.h"
#include "tools/video-enhance/pipeline.h"

namespace videoenhance {

struct SourceStream {
  std::string id;  // of the stream-start event: the same whenever the file is read
  Owned<GstCaps> caps;
  Owned<GstTagList> tags;                // may be null
  std::vector<GstClockTime> times = {};  // stream times of the packets, sorted; of video only
};

struct Source {
  std::vector<SourceStream> streams;
  std::size_t video = 0;   // the one that is enhanced
  Ratio rate = {0, 1};     // 0/1 where the frames are not evenly spaced
  Owned<GstTagList> tags;  // of the whole file; may be null
  Owned<GstToc> toc;       // chapters; may be null

  const SourceStream& picture() const { return streams[video]; }
};

// Reads the file once, without decoding. Errors: kInput.
Outcome<Source> scan(const std::filesystem::path& input);

// `claimed` where the sorted `times` lie on its grid to a quarter of a frame, else 0/1. Exposed for tests.
Ratio even_rate(const std::vector<GstClockTime>& times, Ratio claimed);

}  // namespace videoenhance
