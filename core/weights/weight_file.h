// Named tensors of a weight file, mapped and never executed: safetensors, torch.save archives (zip and
// legacy) and the parameters of TorchScript archives (section E of the interpolation notes).
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/engine/result.h"

namespace videoenhance {

enum class DataType { kFloat32, kFloat64, kFloat16, kBFloat16, kInt64, kInt32, kInt16, kInt8, kUint8, kBool };

std::size_t bytes_of(DataType type);
const char* name_of(DataType type);

// A tensor inside a mapped file. Checked when the file was opened: every element that shape and strides reach
// lies inside [data, data + extent), the bytes of all elements together fit 63 bits (with strides of 0 they
// may be more than the file has), the rank is at most 64. `data` may be unaligned, and null if there are no
// elements. Strides count elements and are not negative. Values are as stored: NaN and infinity are not
// looked for.
struct TensorView {
  DataType type = DataType::kFloat32;
  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> strides;
  const std::byte* data = nullptr;
  std::size_t extent = 0;  // bytes
};

// Whether the file has bytes for every element: with strides of 0 a small file may claim any size.
inline bool is_stored_whole(const TensorView& view) {
  std::size_t elements = 1;
  for (const auto size : view.shape) elements *= static_cast<std::size_t>(size);
  return elements <= view.extent / bytes_of(view.type);
}

enum class Container { kSafetensors, kTorchZip, kTorchLegacy, kTorchScript };

class MappedFile;

class WeightFile {
 public:
  // Recognises the container by content, never by name. Nested dictionaries and module attributes give names
  // joined by dots; lists and keys that are no text are passed over. A torch.save of a bare tensor gives one
  // tensor without a name. Errors: kNotFound, kUnreadable, kNoMemory, and kBadModel (no weight file, damaged,
  // cut off, no tensors unless it is TorchScript) with a sentence that names the file and, where there is one,
  // the key.
  static Result<WeightFile> open(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return path_; }
  Container container() const { return container_; }
  const std::map<std::string, TensorView>& tensors() const { return tensors_; }
  // "__metadata__" of safetensors; empty otherwise.
  const std::map<std::string, std::string>& metadata() const { return metadata_; }
  // Entries that are no readable tensors but objects of foreign classes, calls or types, by name, such as
  // {"hook", "posix.system"}. They are described, never made. TorchScript files have none. Where the text is
  // shown to a user, it needs in_quotes() of refusal.h.
  const std::map<std::string, std::string>& foreign() const { return foreign_; }

 private:
  std::filesystem::path path_;
  Container container_ = Container::kSafetensors;
  std::shared_ptr<const MappedFile> file_;
  std::map<std::string, TensorView> tensors_;
  std::map<std::string, std::string> metadata_;
  std::map<std::string, std::string> foreign_;
};

}  // namespace videoenhance
