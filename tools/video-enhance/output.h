// The names under which results are written.
#pragma once

#include <filesystem>

#include "tools/video-enhance/options.h"

namespace videoenhance {

// Errors: kOutput, where `path` lies in a folder that is not there.
Outcome<void> need_folder_of(const std::filesystem::path& path);
// Errors: kUsage, where `path` is the input or the reference, by whatever name.
Outcome<void> need_other_file(const std::filesystem::path& path, const Options& options);
// Errors: kOutput, where `path` exists and may not be replaced, or is a folder.
Outcome<void> need_free_name(const std::filesystem::path& path, bool may_replace);

// Renames a file so that after a crash there is the old one or the whole new one. Errors: kOutput.
Outcome<void> rename_durably(const std::filesystem::path& from, const std::filesystem::path& to);

// A file that becomes `path` once it is whole. Until then it lies beside it under a name that no other run
// has, and goes with this object.
class Unfinished {
 public:
  explicit Unfinished(std::filesystem::path path);
  Unfinished(const Unfinished&) = delete;
  Unfinished& operator=(const Unfinished&) = delete;
  ~Unfinished();

  const std::filesystem::path& file() const { return file_; }
  // Errors: kOutput.
  Outcome<void> publish() const { return rename_durably(file_, path_); }

 private:
  std::filesystem::path path_, file_;
};

// "'PATH' cannot be written: WHY."
tl::unexpected<Failure> cannot_write(const std::filesystem::path& path, const std::string& why);

}  // namespace videoenhance
