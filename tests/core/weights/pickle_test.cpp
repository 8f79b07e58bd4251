#include "core/weights/pickle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/core/weights/file_writers.h"

namespace videoenhance {
namespace {

using namespace pickled;
using testing::ElementsAre;
using testing::HasSubstr;

// `instructions` outlives the result.
Read<PickleValues> read(const std::string& instructions) {
  ByteReader bytes(as_bytes(instructions));
  return read_pickle(bytes);
}

std::optional<std::int64_t> read_integer(const std::string& instructions) {
  const auto values = read(instructions);
  return values ? values->integer(values->root()) : std::nullopt;
}

TEST(Pickle, ReadsIntegersOfEveryWidth) {
  EXPECT_EQ(read_integer("K\xFF."), 255);
  EXPECT_EQ(read_integer("M\xFE\xFF."), 65534);
  EXPECT_EQ(read_integer("J\xFB\xFF\xFF\xFF."), -5);
  EXPECT_EQ(read_integer(std::string("\x8A\0.", 3)), 0);
  EXPECT_EQ(read_integer("\x8A\x01\x80."), -128);
  EXPECT_EQ(read_integer(std::string("\x8A\x06\0\0\0\0\0\x01.", 9)), std::int64_t{1} << 40);
  EXPECT_EQ(read_integer(std::string("\x8B\x02\0\0\0\xFF\x7F.", 8)), 0x7FFF);
  EXPECT_EQ(read_integer("\x88."), 1);
  EXPECT_EQ(read_integer("\x8A\x09\x01\x02\x03\x04\x05\x06\x07\x08\x09."),
            std::nullopt);  // more than 64 bits
}

TEST(Pickle, ReadsOneAndStopsBehindIt) {
  const std::string two = "K\x01.K\x02.";
  ByteReader bytes(as_bytes(two));
  const auto first = read_pickle(bytes);
  const auto second = read_pickle(bytes);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->integer(first->root()), 1);
  EXPECT_EQ(second->integer(second->root()), 2);
  EXPECT_TRUE(bytes.rest().empty());
}

TEST(Pickle, BuildsSequencesAndDictionaries) {
  const std::string pickle = kStart + "}(" + text("list") + "](K\x01K\x02" + "eK\x03" + "a" + text("tuple") +
                             "K\x04K\x05\x86u" + text("more") + "K\x06s.";
  const auto values = read(pickle);
  ASSERT_TRUE(values) << values.error().reason;
  const auto numbers = [&](const char* key) {
    return values->integers(values->lookup(values->root(), key), 9);
  };
  EXPECT_THAT(numbers("list").value(), ElementsAre(1, 2, 3));
  EXPECT_THAT(numbers("tuple").value(), ElementsAre(4, 5));
  EXPECT_EQ(values->integer(values->lookup(values->root(), "more")), 6);
  EXPECT_FALSE(values->integers(values->lookup(values->root(), "list"), 2)) << "longer than asked for";
}

TEST(Pickle, OrderedDictionariesTakePairs) {
  const std::string pickle =
      kStart +
      call("collections", "OrderedDict", "](" + text("a") + "K\x01\x86" + text("b") + "K\x02\x86" + "e") +
      ".";
  const auto values = read(pickle);
  ASSERT_TRUE(values) << values.error().reason;
  EXPECT_EQ(values->integer(values->lookup(values->root(), "b")), 2);
}

TEST(Pickle, RemembersAndRecalls) {
  EXPECT_EQ(read_integer("K\x05q\x07"
                         "0h\x07."),
            5);
  EXPECT_EQ(read_integer(std::string("K\x05r\0\0\0\x7F"
                                     "0j\0\0\0\x7F.",
                                     14)),
            5);
  EXPECT_EQ(read_integer(std::string("\x80\x04K\x05\x94"
                                     "0K\x06\x94"
                                     "0h\0.",
                                     13)),
            5);
}

TEST(Pickle, DescribesObjectsAndCallsByName) {
  const std::string arguments = text("true");
  for (const std::string& made : {
           global("posix", "system") + "(" + arguments + "tR",           // REDUCE
           global("posix", "system") + "(" + arguments + "t\x81",        // NEWOBJ
           global("posix", "system") + "(" + arguments + "t}\x92",       // NEWOBJ_EX
           "(" + global("posix", "system") + arguments + "o",            // OBJ
           "(" + arguments + "iposix\nsystem\n",                         // INST
           text("posix") + text("system") + "\x93(" + arguments + "tR",  // STACK_GLOBAL
           global("posix", "system") + ")R(" + arguments + "tR",         // calls what a call gave
       }) {
    const std::string pickle = made + "}" + text("rate") + "K\x03sb.";
    const auto values = read(pickle);
    ASSERT_TRUE(values) << values.error().reason;
    EXPECT_TRUE(values->is(values->root(), ValueKind::kObject));
    EXPECT_EQ(values->global_name(values->root()), "posix.system");
    const Value& object = (*values)[values->root()];
    EXPECT_EQ((*values)[values->item(object.arguments, 0)].text, "true");
    EXPECT_EQ(values->integer(values->lookup(object.state, "rate")), 3);
  }
}

TEST(Pickle, PassesOverWhatIsOfNoInterest) {
  const std::string raw(300, '\xAB');
  const std::string pickle = std::string("\x80\x05\x95\0\0\0\0\0\0\0\0](", 13) + "G" + raw.substr(0, 8) +
                             "C\x02" + raw.substr(0, 2) + std::string("B\x2C\x01\0\0", 5) + raw +
                             std::string("\x8E\x01\0\0\0\0\0\0\0\xAB", 10) +
                             std::string("\x96\x01\0\0\0\0\0\0\0\xAB", 10) + "\x8F(K\x01K\x02\x90" +
                             "(K\x03\x91" + "\x82\x07" + "N" + "K\x09" + "e.";
  const auto values = read(pickle);
  ASSERT_TRUE(values) << values.error().reason;
  const Value& root = (*values)[values->root()];
  ASSERT_EQ(root.items.size(), 10U);
  EXPECT_EQ(values->integer(root.items.back()), 9);
  EXPECT_TRUE(values->is(root.items[8], ValueKind::kNone));
}

TEST(Pickle, SurvivesListsThatHoldThemselves) {
  const auto values = read(std::string("]q\0h\0a.", 7));
  ASSERT_TRUE(values) << values.error().reason;
  EXPECT_EQ(values->item(values->root(), 0), values->root());
}

struct Wrong {
  std::string name;
  std::string pickle;
  std::string said;
};

void PrintTo(const Wrong& wrong, std::ostream* out) {
  *out << wrong.name;
}

class WrongPickle : public testing::TestWithParam<Wrong> {};

TEST_P(WrongPickle, IsRefusedInWords) {
  const auto values = read(GetParam().pickle);
  ASSERT_FALSE(values);
  EXPECT_THAT(values.error().reason, HasSubstr(GetParam().said));
}

std::string repeated(std::size_t count, const std::string& part) {
  std::string result;
  for (std::size_t k = 0; k < count; ++k) result += part;
  return result;
}

const Wrong kWrong[] = {
    {"Empty", "", "cut off"},
    {"NoStop", "K\x01", "cut off"},
    {"CutText", "X\xFF\xFF\xFF\xFFtext.", "cut off"},
    {"CutLongText", "\x8D" + std::string(8, '\xFF') + "text.", "cut off"},
    {"CutGlobal", "cposix\nsystem", "cut off"},
    {"StopOnAnEmptyStack", ".", "a missing value"},
    {"StopOnAMark", "K\x01(.", "a missing value"},
    {"PopsNothing", "0.", "a missing value"},
    {"CallsNothing", "R.", "a missing value"},
    {"ReachesBelowAMark", "K\x01(K\x02\x86.", "a missing value"},
    {"MarkMissing", "K\x01t.", "a missing mark"},
    {"ObjectWithoutClass", "(o.", "without a class"},
    {"KeyWithoutValue", "}(" + text("a") + "u.", "without a value"},
    {"UnknownReference", "h\x05.", "reference to nothing"},
    {"UnknownInstruction", "\xFE.", "unknown instruction"},
    {"NewerProtocol", "\x80\x06K\x01.", "newer"},
    {"EndlessPushes", std::string(10'000'000, 'N') + ".", "too many"},
    {"CopiesWithoutEnd",
     "](" + std::string(100'000, 'N') + "eq\x01" +
         repeated(1000, global("collections", "OrderedDict") + "h\x01\x85R0") + ".",
     "too many"},
};

INSTANTIATE_TEST_SUITE_P(Table, WrongPickle, testing::ValuesIn(kWrong),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace videoenhance
