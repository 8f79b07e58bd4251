#include "tests/core/weights/file_writers.h"

#include <unistd.h>

#include <fstream>

namespace videoenhance {
namespace {

using U16 = std::uint16_t;
using U32 = std::uint32_t;
using U64 = std::uint64_t;

// What both kinds of header say; `local` headers have no more.
std::string zip_header_fields(const ZipEntry& entry, U32 size) {
  return little_endian(entry.flags) + little_endian(entry.method) + std::string(8, '\0') +
         little_endian(size) + little_endian(size) + little_endian(static_cast<U16>(entry.name.size()));
}

std::string zip_directory_entry(const ZipEntry& entry, U64 position, bool zip64) {
  const auto size = static_cast<U64>(entry.content.size());
  std::string extra;
  if (zip64) {
    extra = little_endian(U16{9}) + little_endian(U16{2}) + "ab" + little_endian(U16{1}) +
            little_endian(U16{24}) + little_endian(size) + little_endian(size) + little_endian(position);
  }
  const U32 in_64 = 0xFFFFFFFF;
  return little_endian(U32{0x02014B50}) + std::string(4, '\0') +
         zip_header_fields(entry, zip64 ? in_64 : static_cast<U32>(size)) +
         little_endian(static_cast<U16>(extra.size())) + std::string(10, '\0') +
         little_endian(zip64 ? in_64 : static_cast<U32>(position)) + entry.name + extra;
}

std::string zip_end64(U64 directory, U64 size) {
  const std::string record = little_endian(U32{0x06064B50}) + little_endian(U64{44}) + std::string(28, '\0') +
                             little_endian(size) + little_endian(directory);
  return record + little_endian(U32{0x07064B50}) + little_endian(U32{0}) + little_endian(directory + size) +
         little_endian(U32{1});
}

}  // namespace

std::string safetensors_file(std::string_view header, std::string_view data) {
  return safetensors_file(header, data, header.size());
}

std::string safetensors_file(std::string_view header, std::string_view data, std::uint64_t length) {
  return little_endian(length) + std::string(header) + std::string(data);
}

std::string zip_file(const std::vector<ZipEntry>& entries, const ZipOptions& options) {
  std::string file;
  std::string directory;
  for (const ZipEntry& entry : entries) {
    directory += zip_directory_entry(entry, file.size(), options.zip64);
    file += little_endian(U32{0x04034B50}) + std::string(2, '\0') +
            zip_header_fields(entry, static_cast<U32>(entry.content.size())) + little_endian(U16{3}) +
            entry.name + "pad" + entry.content;
  }
  const auto start = static_cast<U64>(file.size());
  const auto size = static_cast<U64>(directory.size());
  const U32 in_64 = 0xFFFFFFFF;
  file += directory + (options.zip64 ? zip_end64(start, size) : "");
  return file + little_endian(U32{0x06054B50}) + std::string(8, '\0') +
         little_endian(options.zip64 ? in_64 : static_cast<U32>(size)) +
         little_endian(options.zip64 ? in_64 : static_cast<U32>(start)) +
         little_endian(static_cast<U16>(options.comment.size())) + options.comment;
}

namespace pickled {

std::string text(std::string_view text) {
  return "X" + little_endian(static_cast<U32>(text.size())) + std::string(text);
}

std::string integer(std::int64_t number) {
  return "\x8A\x08" + little_endian(number);
}

std::string integers(const std::vector<std::int64_t>& numbers) {
  std::string items;
  for (const std::int64_t number : numbers) items += integer(number);
  return "(" + items + "t";
}

std::string global(std::string_view module, std::string_view name) {
  return "c" + std::string(module) + "\n" + std::string(name) + "\n";
}

std::string call(std::string_view module, std::string_view name, std::string_view arguments) {
  return global(module, name) + "(" + std::string(arguments) + "tR";
}

std::string dictionary(std::string_view items) {
  return "}(" + std::string(items) + "u";
}

std::string tensor(const Tensor& tensor) {
  const std::string storage = "(" + text("storage") + global("torch", tensor.type) + text(tensor.key) +
                              text("cpu") + integer(tensor.count) + tensor.part + "tQ";
  return call("torch._utils", "_rebuild_tensor_v2",
              storage + integer(tensor.offset) + integers(tensor.shape) + integers(tensor.strides) + "\x89" +
                  call("collections", "OrderedDict"));
}

}  // namespace pickled

std::string torch_file(std::string_view object, const std::vector<std::string>& storages) {
  std::vector<ZipEntry> entries = {{"net/data.pkl", pickled::kStart + std::string(object) + "."},
                                   {"net/version", "3\n"}};
  for (std::size_t k = 0; k < storages.size(); ++k)
    entries.push_back({"net/data/" + std::to_string(k), storages[k]});
  return zip_file(entries);
}

std::string legacy_file(std::string_view object, const std::vector<std::string>& storages) {
  using namespace pickled;
  const std::string magic = "\x8A\x0A\x6C\xFC\x9C\x46\xF9\x20\x6A\xA8\x50\x19";
  const std::string system = dictionary(text("little_endian") + "\x88");
  std::string keys;
  std::string data;
  for (std::size_t k = 0; k < storages.size(); ++k) {
    keys += text(std::to_string(k));
    data += little_endian(static_cast<U64>(storages[k].size() / sizeof(float))) + storages[k];
  }
  std::string file;
  for (const std::string& part : {magic, integer(1001), system, std::string(object), "](" + keys + "e"}) {
    file += kStart + part + ".";
  }
  return file + data;
}

std::string counting(std::size_t elements) {
  std::string data;
  for (std::size_t k = 0; k < elements; ++k) data += little_endian(static_cast<float>(k));
  return data;
}

TemporaryFile::TemporaryFile(std::string_view name, std::string_view content) {
  std::string folder = (std::filesystem::temp_directory_path() / "weights-XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) throw std::filesystem::filesystem_error(folder, std::error_code());
  path_ = std::filesystem::path(folder) / name;
  std::ofstream(path_, std::ios::binary).write(content.data(), static_cast<std::streamsize>(content.size()));
}

TemporaryFile::~TemporaryFile() {
  std::filesystem::remove_all(path_.parent_path());
}

}  // namespace videoenhance
