#include "core/weights/safetensors.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "core/weights/byte_reader.h"
#include "core/weights/tensor_layout.h"

namespace videoenhance {
namespace {

using Json = nlohmann::json;

constexpr std::uint64_t kLongestHeader = 100'000'000;  // bytes, as the format's own library has it
constexpr int kDeepestHeader = 3;                      // header, tensor, shape, and one more to notice

constexpr std::array<std::pair<std::string_view, DataType>, 10> kTypes = {{{"F32", DataType::kFloat32},
                                                                           {"F64", DataType::kFloat64},
                                                                           {"F16", DataType::kFloat16},
                                                                           {"BF16", DataType::kBFloat16},
                                                                           {"I64", DataType::kInt64},
                                                                           {"I32", DataType::kInt32},
                                                                           {"I16", DataType::kInt16},
                                                                           {"I8", DataType::kInt8},
                                                                           {"U8", DataType::kUint8},
                                                                           {"BOOL", DataType::kBool}}};

// Bytes that a tensor takes, counted from the end of the header.
struct Range {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  std::string_view key;
};

std::optional<std::vector<std::int64_t>> numbers(const Json& entry, const char* name) {
  const auto found = entry.find(name);
  if (found == entry.end() || !found->is_array()) return std::nullopt;
  std::vector<std::int64_t> values;
  for (const Json& value : *found) {
    if (!value.is_number_unsigned() || !std::in_range<std::int64_t>(value.get<std::uint64_t>()))
      return std::nullopt;
    values.push_back(value.get<std::int64_t>());
  }
  return values;
}

Read<DataType> type_of(const std::string& key, const Json& entry) {
  const auto found = entry.find("dtype");
  if (found == entry.end() || !found->is_string()) return refuse("says no type of tensor " + in_quotes(key));
  const auto& name = found->get_ref<const std::string&>();
  const auto* known = std::ranges::find(kTypes, name, [](const auto& type) { return type.first; });
  if (known == kTypes.end()) {
    return refuse("holds tensor " + in_quotes(key) + " of type " + in_quotes(name) +
                  ", which is not supported");
  }
  return known->second;
}

Read<TensorView> tensor(const std::string& key, const Json& entry, Bytes data) {
  if (!entry.is_object())
    return refuse("describes tensor " + in_quotes(key) + " by something else than an object");
  const auto type = type_of(key, entry);
  if (!type) return tl::unexpected(type.error());
  const auto shape = numbers(entry, "shape");
  const auto offsets = numbers(entry, "data_offsets");
  if (!shape || !offsets || offsets->size() != 2 || offsets->front() > offsets->back()) {
    return refuse("describes tensor " + in_quotes(key) + " without a usable shape and place");
  }
  const auto begin = static_cast<std::uint64_t>(offsets->front());
  const auto end = static_cast<std::uint64_t>(offsets->back());
  const auto bytes = bytes_of_shape(*shape, bytes_of(*type));
  if (!bytes || *bytes != end - begin) {
    return refuse("gives tensor " + in_quotes(key) + " a shape that does not match its " +
                      std::to_string(end - begin) + " bytes",
                  to_words(*shape) + " " + name_of(*type));
  }
  if (end > data.size()) {
    return refuse("is cut off: tensor " + in_quotes(key) + " lies beyond its end; fetch it again",
                  "ends at byte " + std::to_string(end) + " of " + std::to_string(data.size()));
  }
  return TensorView{*type, *shape, row_major_strides(*shape), data.data() + begin, *bytes};
}

Read<void> check_overlap(const WeightContents& contents, Bytes data) {
  std::vector<Range> ranges;
  for (const auto& [key, view] : contents.tensors) {
    const auto begin = static_cast<std::uint64_t>(view.data - data.data());
    if (view.extent > 0) ranges.push_back({begin, begin + view.extent, key});
  }
  std::ranges::sort(ranges, {}, &Range::begin);
  for (std::size_t k = 1; k < ranges.size(); ++k) {
    if (ranges[k].begin < ranges[k - 1].end) {
      return refuse("has tensors that overlap: " + in_quotes(ranges[k - 1].key) + " and " +
                    in_quotes(ranges[k].key));
    }
  }
  return {};
}

std::map<std::string, std::string> metadata_of(const Json& header) {
  std::map<std::string, std::string> metadata;
  const auto found = header.find("__metadata__");
  if (found == header.end() || !found->is_object()) return metadata;
  for (const auto& [key, value] : found->items()) {
    if (value.is_string()) metadata.emplace(key, value.get_ref<const std::string&>());
  }
  return metadata;
}

Read<Json> parse_header(std::string_view text) {
  // Deeper nesting is dropped while parsing: a header of brackets alone would take gigabytes.
  const auto shallow = [](int depth, Json::parse_event_t, Json&) { return depth <= kDeepestHeader; };
  Json header = Json::parse(text, shallow, false);
  if (header.is_discarded()) return refuse("has a damaged safetensors header (no JSON); fetch it again");
  if (!header.is_object()) return refuse("has a safetensors header that is no JSON object; fetch it again");
  return header;
}

}  // namespace

bool is_safetensors(Bytes file) {
  return file.size() > 8 && static_cast<char>(file[8]) == '{';
}

Read<WeightContents> read_safetensors(Bytes file) {
  ByteReader reader(file);
  const auto length = reader.number<std::uint64_t>();
  if (length > reader.rest().size()) {
    return refuse("is cut off or no safetensors file: its header should take " + std::to_string(length) +
                  " bytes, but " + std::to_string(reader.rest().size()) + " are left");
  }
  if (length > kLongestHeader)
    return refuse("has a safetensors header of " + std::to_string(length) + " bytes; no model needs that");
  const auto header = parse_header(reader.text(length));
  if (!header) return tl::unexpected(header.error());
  WeightContents contents{Container::kSafetensors};
  contents.metadata = metadata_of(*header);
  for (const auto& [key, entry] : header->items()) {
    if (key == "__metadata__") continue;
    auto view = tensor(key, entry, reader.rest());
    if (!view) return tl::unexpected(view.error());
    contents.tensors.emplace(key, std::move(*view));
  }
  if (const auto apart = check_overlap(contents, reader.rest()); !apart) return tl::unexpected(apart.error());
  return contents;
}

}  // namespace videoenhance
