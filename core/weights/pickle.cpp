#include "core/weights/pickle.h"

#include <cstring>
#include <unordered_map>
#include <utility>

// The machine of Python's pickle module, described in Lib/pickletools.py. It has a stack, marks on the stack
// and a memo; every instruction is one byte followed by its argument.
namespace videoenhance {
namespace {

constexpr std::uint64_t kMostWork = 1 << 22;  // instructions and copied items; large checkpoints have 10^6
constexpr std::uint8_t kNewestProtocol = 5;
constexpr std::uint8_t kStop = '.';

class PickleMachine {
 public:
  explicit PickleMachine(ByteReader& bytes) : bytes_(bytes) {}

  Read<PickleValues> run();

 private:
  // Each knows one family of instructions and returns whether `code` is one of them.
  bool frame(std::uint8_t code);
  bool number(std::uint8_t code);
  bool text(std::uint8_t code);
  bool container(std::uint8_t code);
  bool fill(std::uint8_t code);
  bool stack(std::uint8_t code);
  bool memo(std::uint8_t code);
  bool global(std::uint8_t code);
  bool call(std::uint8_t code);

  void push(ValueId id) { stack_.push_back(id); }
  void push(Value value) { stack_.push_back(values_.add(std::move(value))); }
  void push_integer(std::int64_t integer) { push(Value{.kind = ValueKind::kInteger, .integer = integer}); }
  void push_long(std::string_view little_endian);
  void push_text(std::uint64_t length) { push(Value{.kind = ValueKind::kText, .text = bytes_.text(length)}); }
  void push_opaque(std::uint64_t skipped);
  void push_sequence(std::vector<ValueId> items);
  void push_global(std::string_view module, std::string_view name);
  void push_object(ValueId callee, ValueId arguments);
  void fill_from_pairs(ValueId dictionary, ValueId pairs);

  std::size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }
  ValueId pop();
  ValueId top();
  std::vector<ValueId> pop_to_mark();
  std::vector<ValueId> pop_many(std::size_t count);
  void append(ValueId container, const std::vector<ValueId>& items);
  void remember(std::uint64_t place) { memo_[place] = top(); }
  void recall(std::uint64_t place);
  void damaged(const char* why) { fault_ = fault_ == nullptr ? why : fault_; }

  ByteReader& bytes_;
  PickleValues values_;
  std::vector<ValueId> stack_;
  std::vector<std::size_t> marks_;
  std::unordered_map<std::uint64_t, ValueId> memo_;
  std::uint64_t work_ = 0;
  const char* fault_ = nullptr;
};

Read<PickleValues> PickleMachine::run() {
  while (true) {
    const auto code = bytes_.number<std::uint8_t>();
    if (code == kStop && !bytes_.failed()) break;
    const bool known = frame(code) || number(code) || text(code) || container(code) || fill(code) ||
                       stack(code) || memo(code) || global(code) || call(code);
    if (bytes_.failed())
      return refuse("is cut off: the description of its tensors does not end; fetch it again");
    if (!known) damaged("an unknown instruction");
    if (++work_ > kMostWork) damaged("too many entries");
    if (fault_ != nullptr) break;
  }
  const ValueId root = pop();
  if (fault_ != nullptr) return refuse(std::string("has a damaged description of its tensors: ") + fault_);
  values_.set_root(root);
  return std::move(values_);
}

bool PickleMachine::frame(std::uint8_t code) {
  switch (code) {
    case 0x80:  // PROTO
      if (bytes_.number<std::uint8_t>() > kNewestProtocol) damaged("its pickle protocol is newer than 5");
      return true;
    case 0x95:  // FRAME
      bytes_.take(8);
      return true;
    default:
      return false;
  }
}

bool PickleMachine::number(std::uint8_t code) {
  switch (code) {
    case 'N':  // NONE
      return push(PickleValues::kNoneId), true;
    case 0x88:  // NEWTRUE
    case 0x89:  // NEWFALSE
      return push_integer(code == 0x88), true;
    case 'K':  // BININT1
      return push_integer(bytes_.number<std::uint8_t>()), true;
    case 'M':  // BININT2
      return push_integer(bytes_.number<std::uint16_t>()), true;
    case 'J':  // BININT
      return push_integer(bytes_.number<std::int32_t>()), true;
    case 0x8A:  // LONG1
      return push_long(bytes_.text(bytes_.number<std::uint8_t>())), true;
    case 0x8B:  // LONG4
      return push_long(bytes_.text(bytes_.number<std::uint32_t>())), true;
    case 'G':  // BINFLOAT
      return push_opaque(8), true;
    default:
      return false;
  }
}

bool PickleMachine::text(std::uint8_t code) {
  switch (code) {
    case 0x8C:  // SHORT_BINUNICODE
    case 'U':   // SHORT_BINSTRING
      return push_text(bytes_.number<std::uint8_t>()), true;
    case 'X':  // BINUNICODE
    case 'T':  // BINSTRING
      return push_text(bytes_.number<std::uint32_t>()), true;
    case 0x8D:  // BINUNICODE8
      return push_text(bytes_.number<std::uint64_t>()), true;
    case 'C':  // SHORT_BINBYTES
      return push_opaque(bytes_.number<std::uint8_t>()), true;
    case 'B':  // BINBYTES
      return push_opaque(bytes_.number<std::uint32_t>()), true;
    case 0x8E:  // BINBYTES8
    case 0x96:  // BYTEARRAY8
      return push_opaque(bytes_.number<std::uint64_t>()), true;
    default:
      return false;
  }
}

bool PickleMachine::container(std::uint8_t code) {
  switch (code) {
    case '(':  // MARK
      return marks_.push_back(stack_.size()), true;
    case ')':  // EMPTY_TUPLE
    case ']':  // EMPTY_LIST
      return push_sequence({}), true;
    case '}':  // EMPTY_DICT
      return push(Value{.kind = ValueKind::kDictionary}), true;
    case 0x8F:  // EMPTY_SET
      return push_opaque(0), true;
    case 0x85:  // TUPLE1
    case 0x86:  // TUPLE2
    case 0x87:  // TUPLE3
      return push_sequence(pop_many(code - 0x84)), true;
    case 't':  // TUPLE
    case 'l':  // LIST
      return push_sequence(pop_to_mark()), true;
    case 'd':  // DICT
      return push(Value{.kind = ValueKind::kDictionary, .items = pop_to_mark()}), true;
    case 0x91:  // FROZENSET
      return pop_to_mark(), push_opaque(0), true;
    default:
      return false;
  }
}

bool PickleMachine::fill(std::uint8_t code) {
  std::vector<ValueId> items;
  switch (code) {
    case 'a':  // APPEND
      items = pop_many(1);
      break;
    case 's':  // SETITEM
      items = pop_many(2);
      break;
    case 'e':   // APPENDS
    case 'u':   // SETITEMS
    case 0x90:  // ADDITEMS
      items = pop_to_mark();
      break;
    default:
      return false;
  }
  const ValueKind kind = values_[top()].kind;
  const bool pairs = code == 's' || code == 'u';
  if (pairs && items.size() % 2 != 0) damaged("a key without a value");
  if (pairs ? kind == ValueKind::kDictionary || kind == ValueKind::kObject : kind == ValueKind::kSequence) {
    append(top(), items);
  }
  return true;
}

bool PickleMachine::stack(std::uint8_t code) {
  switch (code) {
    case '0':  // POP; on a mark it takes the mark away
      if (stack_.size() == floor() && !marks_.empty()) {
        marks_.pop_back();
      } else {
        pop();
      }
      return true;
    case '1':  // POP_MARK
      return pop_to_mark(), true;
    case '2':  // DUP
      return push(top()), true;
    default:
      return false;
  }
}

bool PickleMachine::memo(std::uint8_t code) {
  switch (code) {
    case 'q':  // BINPUT
      return remember(bytes_.number<std::uint8_t>()), true;
    case 'r':  // LONG_BINPUT
      return remember(bytes_.number<std::uint32_t>()), true;
    case 0x94:  // MEMOIZE
      return remember(memo_.size()), true;
    case 'h':  // BINGET
      return recall(bytes_.number<std::uint8_t>()), true;
    case 'j':  // LONG_BINGET
      return recall(bytes_.number<std::uint32_t>()), true;
    default:
      return false;
  }
}

bool PickleMachine::global(std::uint8_t code) {
  switch (code) {
    case 'c': {  // GLOBAL
      const std::string_view module = bytes_.line();
      return push_global(module, bytes_.line()), true;
    }
    case 0x93: {  // STACK_GLOBAL
      const std::string_view name = values_[pop()].text;
      return push_global(values_[pop()].text, name), true;
    }
    case 0x82:  // EXT1: a number instead of a global's name
      return push_opaque(1), true;
    case 0x83:  // EXT2
      return push_opaque(2), true;
    case 0x84:  // EXT4
      return push_opaque(4), true;
    default:
      return false;
  }
}

bool PickleMachine::call(std::uint8_t code) {
  switch (code) {
    case 'R':     // REDUCE
    case 0x81: {  // NEWOBJ
      const ValueId arguments = pop();
      return push_object(pop(), arguments), true;
    }
    case 0x92: {  // NEWOBJ_EX
      pop();      // keyword arguments
      const ValueId arguments = pop();
      return push_object(pop(), arguments), true;
    }
    case 'o': {  // OBJ: the class stands in front of the arguments
      std::vector<ValueId> items = pop_to_mark();
      if (items.empty()) return damaged("an object without a class"), true;
      const ValueId callee = items.front();
      push_sequence({items.begin() + 1, items.end()});
      return push_object(callee, pop()), true;
    }
    case 'i': {  // INST
      push_sequence(pop_to_mark());
      const ValueId arguments = pop();
      const std::string_view module = bytes_.line();
      push_global(module, bytes_.line());
      return push_object(pop(), arguments), true;
    }
    case 'b': {  // BUILD
      const ValueId state = pop();
      if (values_.is(top(), ValueKind::kObject)) values_[top()].state = state;
      return true;
    }
    case 'Q': {  // BINPERSID
      const ValueId arguments = pop();
      return push(Value{.kind = ValueKind::kPersistent, .arguments = arguments}), true;
    }
    default:
      return false;
  }
}

void PickleMachine::push_long(std::string_view little_endian) {
  if (little_endian.size() > sizeof(std::int64_t)) return push(Value{.text = little_endian});
  const bool negative =
      !little_endian.empty() && (static_cast<std::uint8_t>(little_endian.back()) & 0x80) != 0;
  std::int64_t integer = negative ? -1 : 0;
  if (!little_endian.empty()) std::memcpy(&integer, little_endian.data(), little_endian.size());
  push_integer(integer);
}

void PickleMachine::push_opaque(std::uint64_t skipped) {
  bytes_.take(skipped);
  push(PickleValues::kOpaqueId);
}

void PickleMachine::push_sequence(std::vector<ValueId> items) {
  push(Value{.kind = ValueKind::kSequence, .items = std::move(items)});
}

void PickleMachine::push_global(std::string_view module, std::string_view name) {
  push(Value{.kind = ValueKind::kGlobal, .text = name, .module = module});
}

// Of all classes only Python's own dictionaries are filled here; their arguments may be a sequence of pairs.
void PickleMachine::push_object(ValueId callee, ValueId arguments) {
  const std::string_view module = values_[callee].module;
  const std::string_view name = values_[callee].text;
  if (module == "collections" && (name == "OrderedDict" || name == "defaultdict")) {
    push(Value{.kind = ValueKind::kDictionary});
    return fill_from_pairs(top(), values_.item(arguments, 0));
  }
  push(Value{.kind = ValueKind::kObject, .arguments = arguments, .text = name, .module = module});
}

void PickleMachine::fill_from_pairs(ValueId dictionary, ValueId pairs) {
  if (!values_.is(pairs, ValueKind::kSequence)) return;
  for (const ValueId pair : values_[pairs].items)
    append(dictionary, {values_.item(pair, 0), values_.item(pair, 1)});
}

ValueId PickleMachine::top() {
  if (stack_.size() > floor()) return stack_.back();
  damaged("a missing value");
  return PickleValues::kOpaqueId;
}

ValueId PickleMachine::pop() {
  const ValueId id = top();
  if (stack_.size() > floor()) stack_.pop_back();
  return id;
}

std::vector<ValueId> PickleMachine::pop_many(std::size_t count) {
  if (stack_.size() - floor() < count) {
    damaged("a missing value");
    return {};
  }
  const std::vector<ValueId> items(stack_.end() - static_cast<std::ptrdiff_t>(count), stack_.end());
  stack_.resize(stack_.size() - count);
  return items;
}

std::vector<ValueId> PickleMachine::pop_to_mark() {
  if (marks_.empty()) {
    damaged("a missing mark");
    return {};
  }
  std::vector<ValueId> items = pop_many(stack_.size() - marks_.back());
  marks_.pop_back();
  return items;
}

void PickleMachine::append(ValueId container, const std::vector<ValueId>& items) {
  if ((work_ += items.size()) > kMostWork) return damaged("too many entries");
  auto& target = values_[container].items;
  target.insert(target.end(), items.begin(), items.end());
}

void PickleMachine::recall(std::uint64_t place) {
  const auto found = memo_.find(place);
  if (found == memo_.end()) return damaged("a reference to nothing");
  push(found->second);
}

}  // namespace

Read<PickleValues> read_pickle(ByteReader& bytes) {
  return PickleMachine(bytes).run();
}

}  // namespace videoenhance
