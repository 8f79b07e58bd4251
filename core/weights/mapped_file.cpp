#include "core/weights/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "core/weights/refusal.h"

namespace videoenhance {
namespace {

class FileDescriptor {
 public:
  explicit FileDescriptor(int number) : number_(number) {}
  ~FileDescriptor() {
    if (number_ >= 0) close(number_);
  }
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;

  int number() const { return number_; }

 private:
  int number_;
};

tl::unexpected<Error> cannot_open(const std::filesystem::path& path, int cause) {
  const std::string detail = path.string() + ": " + std::strerror(cause);
  if (cause == ENOENT || cause == ENOTDIR) {
    return fail(
        ErrorKind::kNotFound,
        "There is no weight file " + in_quotes(path.string()) + "; check the path or fetch the model.",
        detail);
  }
  return fail(ErrorKind::kUnreadable,
              "The weight file " + in_quotes(path.string()) + " cannot be read; check its permissions.",
              detail);
}

}  // namespace

Result<std::shared_ptr<const MappedFile>> MappedFile::open(const std::filesystem::path& path) {
  // Without O_NONBLOCK a named pipe would be waited for.
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status = {};
  if (file.number() < 0 || fstat(file.number(), &status) != 0) return cannot_open(path, errno);
  if (!S_ISREG(status.st_mode)) {
    const char* what = S_ISDIR(status.st_mode) ? " is a folder" : " is no regular file";
    return fail(ErrorKind::kUnreadable, in_quotes(path.string()) + what + "; name a weight file.",
                path.string());
  }
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size == 0) return std::shared_ptr<const MappedFile>(new MappedFile({}));
  void* start = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.number(), 0);
  if (start == MAP_FAILED) {
    return fail(ErrorKind::kNoMemory,
                "There is not enough address space for the weight file " + in_quotes(path.string()) + ".",
                path.string() + ": " + std::strerror(errno));
  }
  return std::shared_ptr<const MappedFile>(new MappedFile({static_cast<const std::byte*>(start), size}));
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

}  // namespace videoenhance
