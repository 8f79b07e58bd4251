#include "tools/video-enhance/models.h"

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>
#include <set>

#include "core/engine/model_path.h"
#include "core/weights/sha256.h"
#include "core/weights/weight_file.h"

namespace videoenhance {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr char kUpscalerPart[] = "diffusion_pytorch_model_streaming_dmd.safetensors";

bool may_be_weights(const fs::path& path) {
  static const std::set<std::string> kEndings = {".pkl", ".pth", ".pt", ".ckpt", ".safetensors"};
  return kEndings.count(path.extension()) > 0;
}

std::string metadata(const WeightFile& file, std::initializer_list<const char*> names) {
  for (const char* name : names)
    if (const auto found = file.metadata().find(name); found != file.metadata().end()) return found->second;
  return "";
}

// What the tensors' names tell; the elements themselves look closer.
std::string use_of(const WeightFile& file) {
  const auto has_prefix = [&](const std::string& prefix) {
    const auto found = file.tensors().lower_bound(prefix);
    return found != file.tensors().end() && found->first.rfind(prefix, 0) == 0;
  };
  return has_prefix("dit.") ? "--scale" : "--fps";
}

json describe_file(const fs::path& path) {
  std::error_code ignored;
  json entry = {
      {"name", path.filename().string()}, {"path", path.string()}, {"bytes", fs::file_size(path, ignored)}};
  if (const auto hash = sha256_of(path)) entry["sha256"] = *hash;
  const auto file = WeightFile::open(path);
  if (!file) {
    entry["problem"] = file.error().message;
    return entry;
  }
  entry["for"] = use_of(*file);
  entry["version"] = metadata(*file, {"version", "model_version"});
  entry["licence"] = metadata(*file, {"licence", "license"});
  return entry;
}

// A folder of published files counts as one model, known by its main part.
json describe_folder(const fs::path& path) {
  json entry = describe_file(path / kUpscalerPart);
  entry["name"] = path.filename().string();
  entry["path"] = path.string();
  entry["for"] = "--scale";
  return entry;
}

std::vector<fs::path> sorted_entries(const fs::path& folder) {
  std::vector<fs::path> entries;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error))
    entries.push_back(entry->path());
  std::sort(entries.begin(), entries.end());
  return entries;
}

// Of a folder, those of its parts one after the other.
std::string checksum(const std::string& location, const char* otherwise) {
  const auto path = location.empty() ? find_default_model(otherwise) : find_model(location);
  if (!path) return "";
  std::error_code ignored;
  if (!fs::is_directory(*path, ignored)) return sha256_of(*path).value_or("");
  std::string all;
  for (const fs::path& part : sorted_entries(*path))
    if (may_be_weights(part)) all += sha256_of(part).value_or("");
  return all;
}

void print(const json& entry, bool as_json) {
  if (as_json) {
    std::cout << entry.dump(-1, ' ', false, json::error_handler_t::replace) << '\n';
    return;
  }
  const auto text = [&](const char* key) {
    const std::string value = entry.value(key, "");
    return value.empty() ? std::string("not stated in the file") : value;
  };
  std::cout << entry["path"].get<std::string>() << "\n";
  if (entry.contains("problem")) {
    std::cout << "  problem  " << text("problem") << "\n";
  } else {
    std::cout << "  for      " << text("for") << "\n  version  " << text("version") << "\n  licence  "
              << text("licence") << "\n";
  }
  std::cout << "  size     " << entry["bytes"].get<std::uint64_t>() / 1e6 << " MB\n  sha256   "
            << entry.value("sha256", "") << "\n";
}

}  // namespace

Outcome<void> list_models(bool as_json) {
  std::size_t count = 0;
  std::string searched;
  for (const fs::path& folder : model_folders()) {
    searched += (searched.empty() ? "" : ", ") + folder.string();
    for (const fs::path& path : sorted_entries(folder)) {
      std::error_code error;
      const bool is_folder = fs::exists(path / kUpscalerPart, error);
      if (!is_folder && !(fs::is_regular_file(path, error) && may_be_weights(path))) continue;
      print(is_folder ? describe_folder(path) : describe_file(path), as_json);
      ++count;
    }
  }
  if (count) return {};
  return failed(ExitCode::kModel,
                "No model was found in " + searched +
                    "; scripts/demo fetches one, or name your folder in VIDEOENHANCE_MODEL_PATH.");
}

std::string upscaler_sha256(const std::string& location) {
  return checksum(location, kDefaultUpscaler);
}

std::string interpolator_sha256(const std::string& location) {
  return checksum(location, kDefaultInterpolator);
}

}  // namespace videoenhance
