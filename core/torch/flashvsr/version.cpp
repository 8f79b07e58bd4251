#include "core/torch/flashvsr/version.h"

#include <algorithm>
#include <cctype>

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

std::optional<Version> by_name(std::string name) {
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
  for (const char* text : {"v1.1", "v1_1", "v11"}) {
    if (name.find(text) != std::string::npos) return Version::kV11;
  }
  return name.find("v1") != std::string::npos ? std::optional(Version::kV1) : std::nullopt;
}

}  // namespace

std::optional<Version> recognise_version(const WeightFile& transformer, const fs::path& projector) {
  if (const auto version = by_metadata(transformer)) return version;
  if (const auto version = by_checksum(projector)) return version;
  const bool one_file = transformer.path() == projector;
  return by_name(one_file ? projector.stem().string() : projector.parent_path().filename().string());
}

const char* version_name(Version version) {
  return version == Version::kV1 ? "v1" : "v1.1";
}

}  // namespace videoenhance
