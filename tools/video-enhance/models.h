// The models that are found: listing them, and telling whether one was changed.
#pragma once

#include "tools/video-enhance/failure.h"

namespace videoenhance {

// Lists the models in the folders that the elements search, as text or as one JSON object per line.
Outcome<void> list_models(bool json);

// The checksum of the weights that an element takes: those at `location`, or its default ones where that is
// empty. As `models` prints it, but of a folder those of all its weights; empty where they cannot be read,
// which the element will say itself.
std::string upscaler_sha256(const std::string& location);
std::string interpolator_sha256(const std::string& location);

}  // namespace videoenhance
