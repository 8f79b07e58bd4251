// Where models are looked for.
#pragma once

#include <filesystem>
#include <string>

#include "core/engine/result.h"

namespace videoenhance {

// The file or folder that `location` names. A path that exists is taken as it is; a bare name is searched in
// $VIDEOENHANCE_MODEL_PATH, .deps/models and models of the build tree, $XDG_DATA_HOME/videoenhance/models and
// ${prefix}/share/videoenhance/models. Errors: kNotFound, naming `location` and the folders searched.
Result<std::filesystem::path> find_model(const std::string& location);

}  // namespace videoenhance
