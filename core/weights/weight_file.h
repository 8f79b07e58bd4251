// Named tensors of a weight file, mapped and never executed: safetensors, torch.save archives (zip and legacy)
// and the parameters of TorchScript archives (section E of the interpolation notes).
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

// A tensor inside a mapped file. Every element that shape and strides reach lies inside [data, data + extent):
// checked when the file was opened. `data` may be unaligned. Strides count elements and are not negative.
struct TensorView {
  DataType type = DataType::kFloat32;
  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> strides;
  const std::byte* data = nullptr;
  std::size_t extent = 0;  // bytes
};

enum class Container { kSafetensors, kTorchZip, kTorchLegacy, kTorchScript };

class MappedFile;

class WeightFile {
 public:
  // Recognises the container by content, never by name. Nested dictionaries and module attributes give names
  // joined by dots. Errors: kNotFound, kUnreadable, kBadModel with a sentence that names file and, where there is
  // one, the key.
  static Result<WeightFile> open(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return path_; }
  Container container() const { return container_; }
  const std::map<std::string, TensorView>& tensors() const { return tensors_; }
  // "__metadata__" of safetensors; empty otherwise.
  const std::map<std::string, std::string>& metadata() const { return metadata_; }
  // Entries that are no tensors but objects of foreign classes or calls, by name: {"hook", "posix.system"}. They
  // are described, never made.
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
