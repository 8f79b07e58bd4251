// `video-enhance models`.
#pragma once

#include "tools/video-enhance/failure.h"

namespace videoenhance {

// Lists the models in the folders that the elements search, as text or as one JSON object per line.
Outcome<void> list_models(bool json);

}  // namespace videoenhance
