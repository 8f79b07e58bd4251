#include "core/weights/torch_archive.h"

#include <algorithm>
#include <array>
#include <string>

#include "core/weights/pickle.h"
#include "core/weights/torch_tensors.h"
#include "core/weights/zip_index.h"

namespace videoenhance {
namespace {

constexpr std::string_view kPickle = "/data.pkl";
constexpr std::array<std::byte, 4> kMagic = {std::byte{'P'}, std::byte{'K'}, std::byte{3}, std::byte{4}};

// Archives before PyTorch 2.1 say nothing; all of them come from little-endian machines.
Read<void> check_byte_order(const ZipIndex& index, const std::string& name) {
  if (!index.contains(name)) return {};
  const auto contents = index.contents(name);
  if (!contents) return tl::unexpected(contents.error());
  if (ByteReader(*contents).text(contents->size()) == "little") return {};
  return refuse("was written on a big-endian machine, which is not supported; save it again on another one");
}

}  // namespace

bool is_torch_archive(Bytes file) {
  return file.size() >= kMagic.size() && std::ranges::equal(file.first(kMagic.size()), kMagic);
}

Read<WeightContents> read_torch_archive(Bytes file) {
  const auto index = ZipIndex::open(file);
  if (!index) return tl::unexpected(index.error());
  const std::string_view pickle_name = index->shortest_name_ending(kPickle);
  if (pickle_name.empty())
    return refuse("is a zip archive but holds no PyTorch weights; unpack it if they are inside");
  const std::string root(pickle_name.substr(0, pickle_name.size() - kPickle.size()));
  if (const auto little = check_byte_order(*index, root + "/byteorder"); !little)
    return tl::unexpected(little.error());
  const auto pickle = index->contents(pickle_name);
  if (!pickle) return tl::unexpected(pickle.error());
  ByteReader reader(*pickle);
  const auto values = read_pickle(reader);
  if (!values) return tl::unexpected(values.error());
  WeightContents contents{index->contains(root + "/constants.pkl") ? Container::kTorchScript
                                                                   : Container::kTorchZip};
  const auto storage_bytes = [&](const TorchStorage& storage) {
    return index->contents(root + "/data/" + std::string(storage.key));
  };
  const auto collected = collect_tensors(*values, storage_bytes, contents);
  if (!collected) return tl::unexpected(collected.error());
  return contents;
}

}  // namespace videoenhance
