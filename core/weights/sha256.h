// Checksums of files.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace videoenhance {

// 64 hexadecimal digits, or nothing where the file cannot be read.
std::optional<std::string> sha256_of(const std::filesystem::path& path);

}  // namespace videoenhance
