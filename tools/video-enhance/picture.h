// Single pictures.
#pragma once

#include <filesystem>

#include "tools/video-enhance/pipeline.h"

namespace videoenhance {

// Writes a raw frame as PNG. Nothing half-written is left under the name. Errors: kOutput, kFailed.
Outcome<void> write_png(GstSample* frame, const std::filesystem::path& path);

}  // namespace videoenhance
