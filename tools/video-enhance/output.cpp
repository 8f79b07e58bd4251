#include "tools/video-enhance/output.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

namespace videoenhance {
namespace {

namespace fs = std::filesystem;

fs::path folder_of(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

Outcome<void> sync(const fs::path& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const bool synced = file >= 0 && ::fsync(file) == 0;
  const int error = errno;
  if (file >= 0) ::close(file);
  return synced ? Outcome<void>() : cannot_write(path, std::strerror(error));
}

}  // namespace

Outcome<void> need_folder_of(const fs::path& path) {
  const fs::path folder = folder_of(path);
  std::error_code error;
  if (fs::is_directory(folder, error)) return {};
  return failed(ExitCode::kOutput,
                "There is no folder '" + folder.string() + "' to write into; make it first.");
}

Outcome<void> need_other_file(const fs::path& path, const Options& options) {
  for (const fs::path& source : {options.input, options.reference}) {
    std::error_code not_there;
    if (fs::equivalent(path, source, not_there))
      return failed(ExitCode::kUsage, "'" + path.string() + "' is the file '" + source.string() +
                                          "' that is read; write under another name.");
  }
  return {};
}

Outcome<void> need_free_name(const fs::path& path, bool may_replace) {
  std::error_code error;
  if (fs::is_directory(path, error))
    return failed(ExitCode::kOutput, "'" + path.string() + "' is a folder; name a file.");
  if (may_replace || !fs::exists(path, error)) return {};
  return failed(ExitCode::kOutput, "'" + path.string() + "' exists; --force replaces it.");
}

Outcome<void> rename_durably(const fs::path& from, const fs::path& to) {
  if (auto synced = sync(from); !synced) return synced;
  std::error_code error;
  fs::rename(from, to, error);
  if (error) return cannot_write(to, error.message());
  return sync(folder_of(to));
}

Unfinished::Unfinished(fs::path path)
    : path_(std::move(path)), file_(path_.string() + "." + std::to_string(::getpid()) + ".unfinished") {}

Unfinished::~Unfinished() {
  std::error_code ignored;
  fs::remove(file_, ignored);
}

tl::unexpected<Failure> cannot_write(const fs::path& path, const std::string& why) {
  return failed(ExitCode::kOutput, "'" + path.string() + "' cannot be written: " + why + ".");
}

}  // namespace videoenhance
