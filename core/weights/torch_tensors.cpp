#include "core/weights/torch_tensors.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "core/weights/tensor_layout.h"

namespace videoenhance {
namespace {

constexpr int kDeepest = 100;                // dictionaries in dictionaries
constexpr std::size_t kMostNames = 1 << 24;  // characters of all names together
constexpr std::size_t kCostOfEntry = 64;     // counted as so many characters
constexpr int kMostWrappers = 8;             // parameters around tensors

struct StorageType {
  std::string_view name;
  std::size_t element;
  std::optional<DataType> type;
};

constexpr std::array<StorageType, 17> kStorageTypes = {{{"FloatStorage", 4, DataType::kFloat32},
                                                        {"DoubleStorage", 8, DataType::kFloat64},
                                                        {"HalfStorage", 2, DataType::kFloat16},
                                                        {"BFloat16Storage", 2, DataType::kBFloat16},
                                                        {"LongStorage", 8, DataType::kInt64},
                                                        {"IntStorage", 4, DataType::kInt32},
                                                        {"ShortStorage", 2, DataType::kInt16},
                                                        {"CharStorage", 1, DataType::kInt8},
                                                        {"ByteStorage", 1, DataType::kUint8},
                                                        {"BoolStorage", 1, DataType::kBool},
                                                        {"ComplexFloatStorage", 8, std::nullopt},
                                                        {"ComplexDoubleStorage", 16, std::nullopt},
                                                        {"QInt8Storage", 1, std::nullopt},
                                                        {"QUInt8Storage", 1, std::nullopt},
                                                        {"QInt32Storage", 4, std::nullopt},
                                                        {"QUInt4x2Storage", 1, std::nullopt},
                                                        {"UntypedStorage", 1, std::nullopt}}};

// Types of untyped storages, which tensors name themselves.
constexpr std::array<std::pair<std::string_view, DataType>, 10> kTypes = {{{"float32", DataType::kFloat32},
                                                                           {"float64", DataType::kFloat64},
                                                                           {"float16", DataType::kFloat16},
                                                                           {"bfloat16", DataType::kBFloat16},
                                                                           {"int64", DataType::kInt64},
                                                                           {"int32", DataType::kInt32},
                                                                           {"int16", DataType::kInt16},
                                                                           {"int8", DataType::kInt8},
                                                                           {"uint8", DataType::kUint8},
                                                                           {"bool", DataType::kBool}}};

std::optional<std::uint64_t> not_negative(std::optional<std::int64_t> number) {
  if (!number || *number < 0) return std::nullopt;
  return static_cast<std::uint64_t>(*number);
}

// A call of torch._utils._rebuild_tensor_v2 and its relatives, taken apart but not yet checked.
struct TensorCall {
  ValueId storage = PickleValues::kOpaqueId;
  ValueId offset = PickleValues::kOpaqueId;
  ValueId shape = PickleValues::kOpaqueId;
  ValueId strides = PickleValues::kOpaqueId;
  ValueId type = PickleValues::kOpaqueId;  // of untyped storages
};

std::optional<TensorCall> tensor_call(const PickleValues& values, ValueId id) {
  for (int wrapper = 0; wrapper < kMostWrappers; ++wrapper) {
    const Value& call = values[id];
    if (call.kind != ValueKind::kObject || call.module != "torch._utils") return std::nullopt;
    const auto argument = [&](std::size_t k) { return values.item(call.arguments, k); };
    if (call.text == "_rebuild_tensor_v2" || call.text == "_rebuild_tensor_v3" ||
        call.text == "_rebuild_tensor") {
      return TensorCall{argument(0), argument(1), argument(2), argument(3), argument(6)};
    }
    if (call.text != "_rebuild_parameter" && call.text != "_rebuild_parameter_with_state")
      return std::nullopt;
    id = argument(0);
  }
  return std::nullopt;
}

// Sizes and strides are tuples, or torch.Size of a tuple.
std::optional<std::vector<std::int64_t>> sizes(const PickleValues& values, ValueId id) {
  const Value& value = values[id];
  if (value.kind == ValueKind::kObject && value.module == "torch" && value.text == "Size") {
    return values.integers(values.item(value.arguments, 0), kMaxRank);
  }
  return values.integers(id, kMaxRank);
}

std::optional<DataType> type_of(const PickleValues& values, ValueId id) {
  const Value& value = values[id];
  if (value.kind != ValueKind::kGlobal || value.module != "torch") return std::nullopt;
  const auto* known = std::ranges::find(kTypes, value.text, [](const auto& type) { return type.first; });
  if (known == kTypes.end()) return std::nullopt;
  return known->second;
}

class Collector {
 public:
  Collector(const PickleValues& values, const StorageBytes& storage_bytes, WeightContents& contents)
      : values_(values), storage_bytes_(storage_bytes), contents_(contents) {}

  Read<void> visit(ValueId id);

 private:
  Read<void> visit_entries(ValueId id);
  Read<void> visit_object(ValueId id);
  Read<void> add_tensor(const TensorCall& call);
  Read<Bytes> window(const TorchStorage& storage) const;
  Read<TensorView> view_of(const TensorCall& call, const TorchStorage& storage, DataType type) const;
  Read<void> add_foreign(std::string description);
  Read<void> spend(std::size_t cost);

  const PickleValues& values_;
  const StorageBytes& storage_bytes_;
  WeightContents& contents_;
  std::string name_;           // of the entry at hand
  std::vector<ValueId> path_;  // containers around it
  std::size_t spent_ = 0;
};

Read<void> Collector::visit(ValueId id) {
  if (values_.is(id, ValueKind::kObject)) return visit_object(id);
  if (values_.is(id, ValueKind::kDictionary)) return visit_entries(id);
  return {};
}

Read<void> Collector::visit_object(ValueId id) {
  if (const auto call = tensor_call(values_, id)) return add_tensor(*call);
  if (contents_.container != Container::kTorchScript) {  // where every module is such an object
    if (const auto added = add_foreign(values_.global_name(id)); !added) return added;
  }
  if (const auto visited = visit_entries(id); !visited) return visited;
  const ValueId state = values_[id].state;
  return values_.is(state, ValueKind::kDictionary) ? visit_entries(state) : Read<void>();
}

Read<void> Collector::visit_entries(ValueId id) {
  if (std::ranges::find(path_, id) != path_.end()) return {};  // a container that holds itself
  if (path_.size() >= kDeepest) return refuse("nests its entries deeper than any model does");
  path_.push_back(id);
  const std::size_t length = name_.size();
  const std::vector<ValueId>& items = values_[id].items;
  for (std::size_t k = 0; k + 1 < items.size(); k += 2) {
    if (!values_.is(items[k], ValueKind::kText)) continue;
    const std::string_view key = values_[items[k]].text;
    if (const auto spent = spend(key.size()); !spent) return spent;
    if (length > 0) name_ += '.';
    name_ += key;
    if (const auto visited = visit(items[k + 1]); !visited) return visited;
    name_.resize(length);
  }
  path_.pop_back();
  return {};
}

Read<void> Collector::add_tensor(const TensorCall& call) {
  const auto storage = torch_storage(values_, call.storage);
  if (!storage) return add_foreign("a tensor without a storage");
  const auto type = storage->type ? storage->type : type_of(values_, call.type);
  if (!type) {
    const bool named = values_.is(call.type, ValueKind::kGlobal);
    return add_foreign(named ? values_.global_name(call.type) : "torch." + std::string(storage->type_name));
  }
  auto view = view_of(call, *storage, *type);
  if (!view) return tl::unexpected(view.error());
  if (const auto spent = spend(kCostOfEntry + name_.size()); !spent) return spent;
  contents_.tensors.insert_or_assign(name_, std::move(*view));
  return {};
}

Read<Bytes> Collector::window(const TorchStorage& storage) const {
  const auto bytes = storage_bytes_(storage);
  if (!bytes) {
    return refuse(bytes.error().reason + ", which tensor " + in_quotes(name_) + " needs",
                  bytes.error().detail);
  }
  if (storage.count > bytes->size() / storage.element) {
    return refuse("is cut off or damaged: tensor " + in_quotes(name_) + " lacks data; fetch it again",
                  std::to_string(storage.count) + " elements in " + std::to_string(bytes->size()) + " bytes");
  }
  const auto part = storage.part.value_or(TorchStorage::Part{0, storage.count});
  if (part.offset > storage.count || part.count > storage.count - part.offset) {
    return refuse("describes tensor " + in_quotes(name_) + " outside its data",
                  std::to_string(part.count) + " elements from " + std::to_string(part.offset) + " on, of " +
                      std::to_string(storage.count));
  }
  return bytes->subspan(part.offset * storage.element, part.count * storage.element);
}

Read<TensorView> Collector::view_of(const TensorCall& call, const TorchStorage& storage,
                                    DataType type) const {
  const auto shape = sizes(values_, call.shape);
  const auto strides = sizes(values_, call.strides);
  const auto offset = not_negative(values_.integer(call.offset));
  if (!shape || !strides || !offset) {
    return refuse("describes tensor " + in_quotes(name_) + " without a usable shape and place");
  }
  const auto bytes = window(storage);
  if (!bytes) return tl::unexpected(bytes.error());
  const std::size_t element = bytes_of(type);
  const auto reached = bytes_reached(*shape, *strides, element);
  if (!reached || *offset > bytes->size() / element || *reached > bytes->size() - *offset * element) {
    return refuse("describes tensor " + in_quotes(name_) + " outside its data",
                  "shape " + to_words(*shape) + ", strides " + to_words(*strides) + ", offset " +
                      std::to_string(*offset) + " in " + std::to_string(bytes->size()) + " bytes of " +
                      name_of(type));
  }
  return TensorView{type, *shape, *strides, bytes->data() + *offset * element, *reached};
}

Read<void> Collector::add_foreign(std::string description) {
  if (const auto spent = spend(kCostOfEntry + name_.size() + description.size()); !spent) return spent;
  contents_.foreign.insert_or_assign(name_, std::move(description));
  return {};
}

Read<void> Collector::spend(std::size_t cost) {
  spent_ += 1 + cost;
  if (spent_ > kMostNames) return refuse("has more entries than any model does");
  return {};
}

}  // namespace

std::optional<TorchStorage> torch_storage(const PickleValues& values, ValueId id) {
  if (!values.is(id, ValueKind::kPersistent)) return std::nullopt;
  const ValueId reference =
      values[id].arguments;  // "storage", class, key, device, count, part of legacy files
  const Value& type = values[values.item(reference, 1)];
  const Value& key = values[values.item(reference, 2)];
  const auto count = not_negative(values.integer(values.item(reference, 4)));
  const auto* known = std::ranges::find(kStorageTypes, type.text, &StorageType::name);
  const bool of_torch = type.kind == ValueKind::kGlobal && type.module.starts_with("torch");
  if (!of_torch || known == kStorageTypes.end() || key.kind != ValueKind::kText || !count)
    return std::nullopt;
  TorchStorage storage{key.text, known->name, known->type, known->element, *count, std::nullopt};
  if (const ValueId part = values.item(reference, 5); values.is(part, ValueKind::kSequence)) {
    const auto part_offset = not_negative(values.integer(values.item(part, 1)));
    const auto part_count = not_negative(values.integer(values.item(part, 2)));
    if (!part_offset || !part_count) return std::nullopt;
    storage.part = TorchStorage::Part{*part_offset, *part_count};
  }
  return storage;
}

Read<void> collect_tensors(const PickleValues& values, const StorageBytes& storage_bytes,
                           WeightContents& contents) {
  if (const auto visited = Collector(values, storage_bytes, contents).visit(values.root()); !visited)
    return visited;
  // A frozen TorchScript module keeps its weights among the constants of its program.
  if (!contents.tensors.empty() || contents.container == Container::kTorchScript) return {};
  if (values.is(values.root(), ValueKind::kObject)) {
    return refuse("holds no weights but an object or call of " +
                  in_quotes(values.global_name(values.root())) + ", which is never made or executed");
  }
  return refuse("holds no named tensors; take the file with the model's weights");
}

}  // namespace videoenhance
