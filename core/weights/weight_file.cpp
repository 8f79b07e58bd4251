#include "core/weights/weight_file.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "core/weights/mapped_file.h"
#include "core/weights/safetensors.h"
#include "core/weights/torch_archive.h"
#include "core/weights/torch_legacy.h"
#include "core/weights/weight_contents.h"

namespace videoenhance {
namespace {

struct TypeFacts {
  std::size_t bytes;
  const char* name;
};

// In the order of DataType.
constexpr std::array<TypeFacts, 10> kTypeFacts = {{{4, "float32"},
                                                   {8, "float64"},
                                                   {2, "float16"},
                                                   {2, "bfloat16"},
                                                   {8, "int64"},
                                                   {4, "int32"},
                                                   {2, "int16"},
                                                   {1, "int8"},
                                                   {1, "uint8"},
                                                   {1, "bool"}}};

bool begins_as_text(Bytes file) {
  return std::ranges::all_of(file.first(std::min<std::size_t>(file.size(), 64)), [](std::byte byte) {
    const auto code = std::to_integer<unsigned char>(byte);
    return code >= 0x20 || code == '\n' || code == '\r' || code == '\t';
  });
}

Read<WeightContents> read_any(Bytes file) {
  if (file.empty()) return refuse("is empty; fetch it again");
  // First: the length that a safetensors file begins with may look like anything, such as the start of a
  // pickle.
  if (is_safetensors(file)) return read_safetensors(file);
  if (is_torch_archive(file)) return read_torch_archive(file);
  if (is_torch_legacy(file)) return read_torch_legacy(file);
  if (begins_as_text(file)) {
    return refuse("is no weight file but a text, perhaps the message of a failed download; fetch it again");
  }
  return refuse("is no weight file: it is neither safetensors nor of PyTorch");
}

}  // namespace

std::size_t bytes_of(DataType type) {
  return kTypeFacts[static_cast<std::size_t>(type)].bytes;
}
const char* name_of(DataType type) {
  return kTypeFacts[static_cast<std::size_t>(type)].name;
}

Result<WeightFile> WeightFile::open(const std::filesystem::path& path) {
  auto file = MappedFile::open(path);
  if (!file) return tl::unexpected(file.error());
  auto contents = read_any((*file)->bytes());
  if (contents && contents->tensors.empty() && contents->container != Container::kTorchScript)
    contents = refuse("holds no tensors");
  if (!contents) {
    const auto& [reason, detail] = contents.error();
    return fail(ErrorKind::kBadModel,
                "The weight file " + in_quotes(path.filename().string()) + " " + reason + ".",
                path.string() + (detail.empty() ? "" : ": " + detail));
  }
  WeightFile result;
  result.path_ = path;
  result.container_ = contents->container;
  result.file_ = std::move(*file);
  result.tensors_ = std::move(contents->tensors);
  result.metadata_ = std::move(contents->metadata);
  result.foreign_ = std::move(contents->foreign);
  return result;
}

}  // namespace videoenhance
