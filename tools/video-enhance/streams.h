// What becomes of the input's streams other than the video in a container.
#pragma once

#include <string>
#include <vector>

#include "tools/video-enhance/scan.h"

namespace videoenhance {

struct StreamPlan {
  const SourceStream* stream;
  std::string pad;     // of the muxer: "audio_%u" or "subtitle_%u"
  std::string by_way;  // elements between, as a pipeline's text; may be empty
  std::string name;    // "audio/mpeg", for the user
};

struct StreamsPlan {
  std::vector<StreamPlan> kept;
  std::vector<std::string> warnings;
};

// `muxer`: "matroskamux", "mp4mux" or "qtmux". What it can store is copied as it is; audio that it cannot is
// stored as ALAC, without loss; the rest is left out, with a warning.
StreamsPlan plan_streams(const Source& source, const std::string& muxer);

// Makes a parsebin give subtitles as the file holds them.
void keep_subtitles(GstElement* parse);

std::string muxer_for(const std::filesystem::path& output);

}  // namespace videoenhance
