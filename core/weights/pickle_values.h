// What a pickle describes, as plain data: a graph of values that refer to each other by number. Objects of
// classes and results of calls are described by the name of what would be called; nothing is ever called.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace videoenhance {

using ValueId = std::uint32_t;

enum class ValueKind {
  kOpaque,  // bytes, floats, sets, long integers: of no interest here; `text` holds a long integer's bytes
  kNone,
  kInteger,  // of 64 bits; truth values are 0 and 1
  kText,
  kSequence,  // list or tuple
  kDictionary,
  kGlobal,      // a class or function: `module`, `text`
  kPersistent,  // something outside the pickle, such as a storage: `arguments` tells which
  kObject,  // what calling the global `module`, `text` with `arguments` would give, then filled with `state`
};

struct Value {
  ValueKind kind = ValueKind::kOpaque;
  ValueId arguments = 0;
  ValueId state = 0;
  std::int64_t integer = 0;
  std::string_view text = {};
  std::string_view module = {};
  std::vector<ValueId> items = {};  // of a sequence; key, value, key, value … of dictionaries and objects
};

// Texts are views of the pickle's bytes, which outlive the graph. Cycles are possible.
class PickleValues {
 public:
  static constexpr ValueId kOpaqueId = 0;
  static constexpr ValueId kNoneId = 1;

  PickleValues();

  const Value& operator[](ValueId id) const { return values_[id]; }
  Value& operator[](ValueId id) { return values_[id]; }
  ValueId add(Value value);
  std::size_t size() const { return values_.size(); }

  ValueId root() const { return root_; }
  void set_root(ValueId id) { root_ = id; }

  bool is(ValueId id, ValueKind kind) const { return values_[id].kind == kind; }
  // The k-th item of a sequence, else an opaque value.
  ValueId item(ValueId sequence, std::size_t k) const;
  std::optional<std::int64_t> integer(ValueId id) const;
  // Nothing unless a sequence of integers, at most `longest`.
  std::optional<std::vector<std::int64_t>> integers(ValueId sequence, std::size_t longest) const;
  // Value of a text key in a dictionary; an opaque value if there is none.
  ValueId lookup(ValueId dictionary, std::string_view key) const;
  // "posix.system" of a global or object, shortened if it is long. May hold any bytes.
  std::string global_name(ValueId id) const;

 private:
  std::vector<Value> values_;
  ValueId root_ = kOpaqueId;
};

}  // namespace videoenhance
