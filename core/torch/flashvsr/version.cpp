#include "core/torch/flashvsr/version.h"

#include <regex>

#include "core/weights/sha256.h"

namespace videoenhance {
namespace {

namespace fs = std::filesystem;
using Version = FlashVsrOptions::Version;

constexpr std::uintmax_t kPublishedProjectorSize = 575694948;
constexpr char kProjectorV11[] = "d6d011cd";  // first digits of its SHA-256

std::optional<Version> version_named(const std::string& text) {
  if (text == "v1.1" || text == "1.1") return Version::kV11;
  if (text == "v1" || text == "1" || text == "v1.0" || text == "1.0") return Version::kV1;
  return std::nullopt;
}

std::optional<Version> by_metadata(const WeightFile& file) {
  const auto entry = file.metadata().find("version");
  return entry == file.metadata().end() ? std::nullopt : version_named(entry->second);
}

std::optional<Version> by_checksum(const fs::path& projector) {
  std::error_code error;
  if (fs::file_size(projector, error) != kPublishedProjectorSize || error) return std::nullopt;
  const auto sum = sha256_of(projector);
  return sum && sum->starts_with(kProjectorV11) ? std::optional(Version::kV11) : std::nullopt;
}

// A version stands alone: "conv1" and "v10" are none.
std::optional<Version> by_name(const std::string& name) {
  const auto has = [&](const char* version) {
    return std::regex_search(
        name, std::regex("(^|[^a-z0-9])(" + std::string(version) + ")($|[^a-z0-9.])", std::regex::icase));
  };
  if (has("v?1[._]1|v11")) return Version::kV11;
  return has("v1([._]0)?") ? std::optional(Version::kV1) : std::nullopt;
}

}  // namespace

std::optional<Version> recognise_version(const WeightFile& transformer, const fs::path& projector) {
  if (const auto version = by_metadata(transformer)) return version;
  if (const auto version = by_checksum(projector)) return version;
  std::error_code error;
  const fs::path path = fs::weakly_canonical(projector, error);  // the folder may have been named "."
  const bool one_file = transformer.path() == projector;
  return by_name(one_file ? path.stem().string() : path.parent_path().filename().string());
}

const char* version_name(Version version) {
  return version == Version::kV1 ? "v1" : "v1.1";
}

}  // namespace videoenhance
