// From the values of a pickle that PyTorch wrote to named tensors.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "core/weights/pickle_values.h"
#include "core/weights/weight_contents.h"

namespace videoenhance {

// A run of elements that tensors are views of, as a pickle refers to it.
struct TorchStorage {
  struct Part {
    std::uint64_t offset = 0;
    std::uint64_t count = 0;
  };

  std::string_view key;
  std::string_view type_name;    // "FloatStorage"
  std::optional<DataType> type;  // none for types that are not read, and for untyped storages
  std::size_t element = 1;       // bytes
  std::uint64_t count = 0;       // elements
  std::optional<Part> part;      // of legacy files: what it shows of the storage with this key
};

// Nothing if the value is no persistent reference to a storage of a known kind.
std::optional<TorchStorage> torch_storage(const PickleValues& values, ValueId id);

// The bytes of a storage: fewer or more than it claims, or a refusal if there are none.
using StorageBytes = std::function<Read<Bytes>(const TorchStorage& storage)>;

// Adds the tensors below the root to `contents`. Names are joined by dots from dictionary keys and
// attributes; lists and keys that are no text are passed over. A root that is itself a tensor has the empty
// name. Refuses tensors that reach outside their storages, and files without any tensor.
Read<void> collect_tensors(const PickleValues& values, const StorageBytes& storage_bytes,
                           WeightContents& contents);

}  // namespace videoenhance
