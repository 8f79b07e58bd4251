#include "core/engine/model_path.h"

#include <dlfcn.h>

#include <algorithm>
#include <cstdlib>
#include <system_error>
#include <vector>

namespace videoenhance {
namespace {

namespace fs = std::filesystem;

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

// The colon-separated folders of $VIDEOENHANCE_MODEL_PATH.
void add_listed(std::vector<fs::path>& folders) {
  const std::string list = variable("VIDEOENHANCE_MODEL_PATH");
  for (std::size_t from = 0; from < list.size();) {
    const std::size_t to = std::min(list.find(':', from), list.size());
    if (to > from) folders.push_back(list.substr(from, to - from));
    from = to + 1;
  }
}

// The folders of the checkout whose build folder holds this code, at most four levels up: the plugin lies in
// build/gst, a test program deeper.
void add_of_build_tree(std::vector<fs::path>& folders) {
  Dl_info object;
  if (!dladdr(reinterpret_cast<const void*>(&find_model), &object) || !object.dli_fname) return;
  std::error_code error;
  fs::path folder = fs::canonical(object.dli_fname, error).parent_path();
  for (int level = 0; !error && level < 4; ++level) {
    folder = folder.parent_path();
    if (!is_there(folder / "meson.build")) continue;
    folders.insert(folders.end(), {folder / ".deps/models", folder / "models"});
    return;
  }
}

void add_installed(std::vector<fs::path>& folders) {
  const std::string data = variable("XDG_DATA_HOME"), home = variable("HOME");
  if (!data.empty()) {
    folders.push_back(fs::path(data) / "videoenhance/models");
  } else if (!home.empty()) {
    folders.push_back(fs::path(home) / ".local/share/videoenhance/models");
  }
  folders.push_back(VIDEOENHANCE_MODEL_DIR);
}

// The same for all spellings of a folder, with or without a slash at the end.
fs::path identity(const fs::path& folder) {
  std::error_code ignored;
  return fs::weakly_canonical(folder / "", ignored);
}

std::string joined(const std::vector<fs::path>& folders) {
  std::string text;
  for (const fs::path& folder : folders) text += (text.empty() ? "" : ", ") + folder.string();
  return text;
}

}  // namespace

// Each folder once, though several of the lists may name it.
std::vector<fs::path> model_folders() {
  std::vector<fs::path> all, folders;
  add_listed(all);
  add_of_build_tree(all);
  add_installed(all);
  for (const fs::path& folder : all) {
    const auto is_same = [&](const fs::path& known) { return identity(known) == identity(folder); };
    if (std::none_of(folders.begin(), folders.end(), is_same)) folders.push_back(folder);
  }
  return folders;
}

Result<fs::path> find_model(const std::string& location) {
  if (location.empty())
    return fail(ErrorKind::kNotFound,
                "No model file is named. Set model-location to a file or a model's name.");
  if (is_there(location)) return fs::path(location);
  if (location.find('/') != std::string::npos)
    return fail(ErrorKind::kNotFound,
                "There is no model file '" + location + "'. Check the path in model-location.");
  return find_default_model(location);
}

Result<fs::path> find_default_model(const std::string& name) {
  const std::vector<fs::path> folders = model_folders();
  for (const fs::path& folder : folders)
    if (is_there(folder / name)) return folder / name;
  return fail(ErrorKind::kNotFound,
              "The model '" + name +
                  "' was not found. Give its full path in model-location, or put its folder into "
                  "VIDEOENHANCE_MODEL_PATH; scripts/demo fetches the default model.",
              "Searched: " + joined(folders) + ".");
}

}  // namespace videoenhance
