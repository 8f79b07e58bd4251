#include "core/weights/torch_legacy.h"

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/weights/pickle.h"
#include "core/weights/torch_tensors.h"

namespace videoenhance {
namespace {

constexpr std::byte kPickleStart{0x80};
constexpr std::string_view kMagic =
    "\x6C\xFC\x9C\x46\xF9\x20\x6A\xA8\x50\x19";  // a long integer, little endian
constexpr std::int64_t kProtocol = 1001;

using StorageTable = std::unordered_map<std::string_view, Bytes>;

// Magic number, protocol, the writer's machine.
Read<void> read_preamble(ByteReader& reader) {
  const auto magic = read_pickle(reader);
  if (!magic || (*magic)[magic->root()].text != kMagic)
    return refuse("is a pickle, but not one that PyTorch wrote");
  const auto protocol = read_pickle(reader);
  if (!protocol) return tl::unexpected(protocol.error());
  if (protocol->integer(protocol->root()) != kProtocol)
    return refuse("is of an unknown version of PyTorch's old format");
  const auto system = read_pickle(reader);
  if (!system) return tl::unexpected(system.error());
  if (system->integer(system->lookup(system->root(), "little_endian")) == 0) {
    return refuse(
        "was written on a big-endian machine, which is not supported; save it again on another one");
  }
  return {};
}

std::unordered_map<std::string_view, std::size_t> element_sizes(const PickleValues& values) {
  std::unordered_map<std::string_view, std::size_t> sizes;
  for (ValueId id = 0; id < values.size(); ++id) {
    if (const auto storage = torch_storage(values, id)) sizes.emplace(storage->key, storage->element);
  }
  return sizes;
}

// Each storage is its number of elements and then the elements, in the order of the list of keys.
Read<StorageTable> read_storages(ByteReader& reader, const PickleValues& keys, const PickleValues& values) {
  const auto sizes = element_sizes(values);
  StorageTable table;
  for (const ValueId id : keys[keys.root()].items) {
    const auto size = sizes.find(keys[id].text);
    if (size == sizes.end())
      return refuse("holds data of an unknown type, so that what follows cannot be found");
    const auto count = reader.number<std::uint64_t>();
    std::uint64_t bytes = 0;
    const bool too_large = __builtin_mul_overflow(count, std::uint64_t{size->second}, &bytes);
    table.insert_or_assign(size->first, reader.take(bytes));
    if (too_large || reader.failed()) {
      return refuse("is cut off: the data of its tensors do not end; fetch it again",
                    "storage " + in_quotes(size->first));
    }
  }
  return table;
}

}  // namespace

bool is_torch_legacy(Bytes file) {
  return !file.empty() && file.front() == kPickleStart;
}

Read<WeightContents> read_torch_legacy(Bytes file) {
  ByteReader reader(file);
  if (const auto preamble = read_preamble(reader); !preamble) return tl::unexpected(preamble.error());
  const auto values = read_pickle(reader);
  if (!values) return tl::unexpected(values.error());
  const auto keys = read_pickle(reader);
  if (!keys) return tl::unexpected(keys.error());
  const auto table = read_storages(reader, *keys, *values);
  if (!table) return tl::unexpected(table.error());
  const auto storage_bytes = [&](const TorchStorage& storage) -> Read<Bytes> {
    const auto found = table->find(storage.key);
    if (found == table->end()) return refuse("lacks the data " + in_quotes(storage.key));
    return found->second;
  };
  WeightContents contents{Container::kTorchLegacy};
  const auto collected = collect_tensors(*values, storage_bytes, contents);
  if (!collected) return tl::unexpected(collected.error());
  return contents;
}

}  // namespace videoenhance
