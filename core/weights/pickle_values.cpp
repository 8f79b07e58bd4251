#include "core/weights/pickle_values.h"

#include <utility>

namespace videoenhance {
namespace {

constexpr std::size_t kLongestName = 200;

}  // namespace

PickleValues::PickleValues() : values_(2) {
  values_[kNoneId].kind = ValueKind::kNone;
}

ValueId PickleValues::add(Value value) {
  values_.push_back(std::move(value));
  return static_cast<ValueId>(values_.size() - 1);
}

ValueId PickleValues::item(ValueId sequence, std::size_t k) const {
  const Value& value = values_[sequence];
  return value.kind == ValueKind::kSequence && k < value.items.size() ? value.items[k] : kOpaqueId;
}

std::optional<std::int64_t> PickleValues::integer(ValueId id) const {
  if (!is(id, ValueKind::kInteger)) return std::nullopt;
  return values_[id].integer;
}

std::optional<std::vector<std::int64_t>> PickleValues::integers(ValueId sequence, std::size_t longest) const {
  const Value& value = values_[sequence];
  if (value.kind != ValueKind::kSequence || value.items.size() > longest) return std::nullopt;
  std::vector<std::int64_t> result;
  for (const ValueId item : value.items) {
    if (!is(item, ValueKind::kInteger)) return std::nullopt;
    result.push_back(values_[item].integer);
  }
  return result;
}

ValueId PickleValues::lookup(ValueId dictionary, std::string_view key) const {
  const Value& value = values_[dictionary];
  if (value.kind != ValueKind::kDictionary) return kOpaqueId;
  for (std::size_t k = 0; k + 1 < value.items.size(); k += 2) {
    if (is(value.items[k], ValueKind::kText) && values_[value.items[k]].text == key)
      return value.items[k + 1];
  }
  return kOpaqueId;
}

std::string PickleValues::global_name(ValueId id) const {
  const Value& value = values_[id];
  if (value.module.empty() && value.text.empty()) return "an unnamed class";
  return std::string(value.module.substr(0, kLongestName)) + "." +
         std::string(value.text.substr(0, kLongestName));
}

}  // namespace videoenhance
