// A file as memory: read only, private, paged in as it is touched.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>

#include "core/engine/result.h"

namespace videoenhance {

using Bytes = std::span<const std::byte>;

class MappedFile {
 public:
  // Errors: kNotFound, kUnreadable (a folder, a device, no permission), kNoMemory. An empty file maps to no
  // bytes.
  static Result<std::shared_ptr<const MappedFile>> open(const std::filesystem::path& path);

  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  Bytes bytes() const { return bytes_; }

 private:
  explicit MappedFile(Bytes bytes) : bytes_(bytes) {}

  Bytes bytes_;
};

}  // namespace videoenhance
