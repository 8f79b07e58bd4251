// Writers of weight files, right and wrong ones, for the tests of their readers.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/weights/mapped_file.h"

namespace videoenhance {

template <typename T>
std::string little_endian(T number) {
  return {reinterpret_cast<const char*>(&number), sizeof(number)};
}

inline Bytes as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

// Header length, header, data. `length` replaces the true length.
std::string safetensors_file(std::string_view header, std::string_view data = {});
std::string safetensors_file(std::string_view header, std::string_view data, std::uint64_t length);

struct ZipEntry {
  std::string name;
  std::string content;
  std::uint16_t method = 0;
  std::uint16_t flags = 0;
};

struct ZipOptions {
  std::string comment = {};
  bool zip64 = false;
};

std::string zip_file(const std::vector<ZipEntry>& entries, const ZipOptions& options = {});

// Instructions of Python's pickle, protocol 2.
namespace pickled {

inline const std::string kStart = "\x80\x02";
std::string text(std::string_view text);
std::string integer(std::int64_t number);
std::string integers(const std::vector<std::int64_t>& numbers);
std::string global(std::string_view module, std::string_view name);
std::string call(std::string_view module, std::string_view name, std::string_view arguments = {});
// Keys and values in turn, already pickled.
std::string dictionary(std::string_view items);

struct Tensor {
  std::vector<std::int64_t> shape = {2, 3};
  std::vector<std::int64_t> strides = {3, 1};
  std::int64_t offset = 0;
  std::int64_t count = 6;  // elements of its storage
  std::string key = "0";
  std::string type = "FloatStorage";
  std::string part = {};  // of legacy files
};

std::string tensor(const Tensor& tensor);

}  // namespace pickled

// An archive of torch.save: data.pkl is `object` with start and stop, storage k is storages[k].
std::string torch_file(std::string_view object, const std::vector<std::string>& storages);
// The same in the format before PyTorch 1.6; storages are single-precision.
std::string legacy_file(std::string_view object, const std::vector<std::string>& storages);

// Single-precision 0, 1, 2 …
std::string counting(std::size_t elements);

// A file that is gone with the object.
class TemporaryFile {
 public:
  TemporaryFile(std::string_view name, std::string_view content);
  ~TemporaryFile();
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace videoenhance
