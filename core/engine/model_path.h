// Where models are looked for.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/engine/result.h"

namespace videoenhance {

// What the elements take where no model is named.
inline constexpr char kDefaultUpscaler[] = "flashvsr-small.safetensors",
                      kDefaultInterpolator[] = "rife-4.25.pkl";

// The file or folder that `location` names. A path that exists is taken as it is; a bare name is searched in
// the folders of $VIDEOENHANCE_MODEL_PATH (separated by colons), in .deps/models and models of the checkout
// that this code was built in, in $XDG_DATA_HOME/videoenhance/models and in
// ${prefix}/share/videoenhance/models. Errors: kNotFound, naming `location` in the message and the folders
// searched in the detail.
Result<std::filesystem::path> find_model(const std::string& location);

// The same for the bare name of a default model, which is searched in those folders only: a file or folder of
// that name in the working folder is not what is meant. Errors as above.
Result<std::filesystem::path> find_default_model(const std::string& name);

// The folders that bare names are searched in, in that order. Some may not exist.
std::vector<std::filesystem::path> model_folders();

}  // namespace videoenhance
