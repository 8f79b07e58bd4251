// Archives of torch.save, right and wrong, in both formats.
#include "core/weights/torch_archive.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "core/weights/torch_legacy.h"
#include "tests/core/weights/file_writers.h"
#include "tests/core/weights/tensor_elements.h"

namespace videoenhance {
namespace {

using pickled::call;
using pickled::dictionary;
using pickled::integer;
using pickled::Tensor;
using pickled::tensor;
using pickled::text;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

// The tensors are views of `file`.
Read<WeightContents> read(const std::string& file) {
  return is_torch_archive(as_bytes(file)) ? read_torch_archive(as_bytes(file))
                                          : read_torch_legacy(as_bytes(file));
}

// `object` under the name "w", in both formats, over one storage of 6 elements.
std::vector<std::string> in_both_formats(const std::string& object) {
  const std::string root = dictionary(text("w") + object);
  return {torch_file(root, {counting(6)}), legacy_file(root, {counting(6)})};
}

struct Good {
  std::string name;
  Tensor tensor;
  std::vector<double> elements;
};

void PrintTo(const Good& good, std::ostream* out) {
  *out << good.name;
}

class TorchTensor : public testing::TestWithParam<Good> {};

TEST_P(TorchTensor, IsReadThroughItsStrides) {
  for (const std::string& file : in_both_formats(tensor(GetParam().tensor))) {
    const auto contents = read(file);
    ASSERT_TRUE(contents) << contents.error().reason << " " << contents.error().detail;
    EXPECT_EQ(elements_of(contents->tensors.at("w")), GetParam().elements);
  }
}

const Good kGood[] = {
    {"Contiguous", {}, {0, 1, 2, 3, 4, 5}},
    {"Transposed", {.shape = {3, 2}, .strides = {1, 3}}, {0, 3, 1, 4, 2, 5}},
    {"EverySecond", {.shape = {2}, .strides = {2}, .offset = 1}, {1, 3}},
    {"LastElement", {.shape = {}, .strides = {}, .offset = 5}, {5}},
    {"Expanded", {.shape = {3, 1}, .strides = {0, 1}, .offset = 2}, {2, 2, 2}},
    {"EmptyAtTheEnd", {.shape = {0, 7}, .strides = {7, 1}, .offset = 6}, {}},
    {"PartOfTheStorage",
     {.shape = {2}, .strides = {1}, .offset = 1, .part = "(" + text("v") + integer(3) + integer(3) + "t"},
     {4, 5}},
};

INSTANTIATE_TEST_SUITE_P(Table, TorchTensor, testing::ValuesIn(kGood),
                         [](const auto& info) { return info.param.name; });

struct Wrong {
  std::string name;
  Tensor tensor;
};

void PrintTo(const Wrong& wrong, std::ostream* out) {
  *out << wrong.name;
}

class WrongTorchTensor : public testing::TestWithParam<Wrong> {};

TEST_P(WrongTorchTensor, IsRefusedByItsKey) {
  for (const std::string& file : in_both_formats(tensor(GetParam().tensor))) {
    const auto contents = read(file);
    ASSERT_FALSE(contents);
    EXPECT_THAT(contents.error().reason, HasSubstr("'w'"));
  }
}

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kHuge = std::int64_t{1} << 62;

const Wrong kWrong[] = {
    {"OneRowTooMany", {.shape = {3, 3}}},
    {"OffsetOneTooFar", {.offset = 1}},
    {"OffsetBeyondAll", {.offset = kMost}},
    {"EmptyBeyondTheEnd", {.shape = {0}, .strides = {1}, .offset = 7}},
    {"NegativeOffset", {.offset = -1}},
    {"HugeSize", {.shape = {kHuge, 3}}},
    {"SizesOverflow", {.shape = {kHuge, kHuge}, .strides = {0, 0}}},
    {"StrideOverflows", {.shape = {3, 2}, .strides = {kHuge, 1}}},
    {"StridesWrapAround", {.shape = {5, 1}, .strides = {kHuge, 1}}},
    {"NegativeSize", {.shape = {-2, 3}}},
    {"NegativeStride", {.strides = {-3, 1}, .offset = 3}},
    {"OneStrideTooFew", {.strides = {3}}},
    {"StorageClaimsTooMuch", {.count = 7}},
    {"StorageClaimsHugeCount", {.count = kMost}},
    {"PartBeyondTheStorage",
     {.shape = {1}, .strides = {1}, .part = "(" + text("v") + integer(4) + integer(3) + "t"}},
    {"PartThatOverflows",
     {.shape = {1}, .strides = {1}, .part = "(" + text("v") + integer(kMost) + integer(kMost) + "t"}},
    {"BeyondItsPart",
     {.shape = {3}, .strides = {1}, .part = "(" + text("v") + integer(3) + integer(2) + "t"}},
    {"RankOf65", {.shape = std::vector<std::int64_t>(65, 1), .strides = std::vector<std::int64_t>(65, 1)}},
};

INSTANTIATE_TEST_SUITE_P(Table, WrongTorchTensor, testing::ValuesIn(kWrong),
                         [](const auto& info) { return info.param.name; });

TEST(TorchArchive, NamesTheTensorWhoseDataAreMissing) {
  const auto contents = read(torch_file(dictionary(text("w") + tensor({.key = "9"})), {counting(6)}));
  ASSERT_FALSE(contents);
  EXPECT_THAT(contents.error().reason, HasSubstr("data/9"));
  EXPECT_THAT(contents.error().reason, HasSubstr("'w'"));
}

TEST(TorchArchive, JoinsNamesByDotsAndPassesOverOtherKeys) {
  const std::string root =
      dictionary(text("model") + dictionary(text("a") + tensor({}) + "K\x01" + tensor({})) + text("list") +
                 "](" + tensor({}) + "e" + text("count") + "K\x03");
  const std::string file = torch_file(root, {counting(6)});
  const auto contents = read(file);
  ASSERT_TRUE(contents) << contents.error().reason;
  EXPECT_EQ(contents->tensors.size(), 1U);
  EXPECT_TRUE(contents->tensors.contains("model.a"));
}

TEST(TorchArchive, ReadsParametersAndSizes) {
  const std::string size = call("torch", "Size", "K\x06\x85");
  const std::string storage =
      "(" + text("storage") + pickled::global("torch", "FloatStorage") + text("0") + text("cpu") + "K\x06tQ";
  const std::string inner =
      call("torch._utils", "_rebuild_tensor_v2", storage + std::string("K\0", 2) + size + "K\x01\x85\x89}");
  const std::string file = torch_file(
      dictionary(text("w") + call("torch._utils", "_rebuild_parameter", inner + "\x88}")), {counting(6)});
  const auto contents = read(file);
  ASSERT_TRUE(contents) << contents.error().reason;
  EXPECT_THAT(elements_of(contents->tensors.at("w")), ElementsAre(0, 1, 2, 3, 4, 5));
}

TEST(TorchArchive, ReadsUntypedStoragesByTheTensorsType) {
  const std::string storage = "(" + text("storage") + pickled::global("torch.storage", "UntypedStorage") +
                              text("0") + text("cpu") + "K\x18tQ";
  const auto rebuilt = [&](const char* type) {
    return call("torch._utils", "_rebuild_tensor_v3",
                storage + "K\x01K\x02\x85K\x01\x85\x89}" + pickled::global("torch", type));
  };
  const std::string file =
      torch_file(dictionary(text("w") + rebuilt("float32") + text("x") + rebuilt("uint16")), {counting(6)});
  const auto contents = read(file);
  ASSERT_TRUE(contents) << contents.error().reason;
  EXPECT_THAT(elements_of(contents->tensors.at("w")), ElementsAre(1, 2));
  EXPECT_THAT(contents->foreign, ElementsAre(Pair("x", "torch.uint16")));
}

TEST(TorchArchive, TorchScriptModulesAreTheirAttributes) {
  const std::string inner = call("__torch__", "Conv") + dictionary(text("weight") + tensor({})) + "b";
  const std::string module =
      call("__torch__", "Net") + dictionary(text("conv") + inner + text("training") + "\x89") + "b";
  const std::string file = zip_file(
      {{"n/data.pkl", pickled::kStart + module + "."}, {"n/constants.pkl", ""}, {"n/data/0", counting(6)}});
  const auto contents = read(file);
  ASSERT_TRUE(contents) << contents.error().reason;
  EXPECT_EQ(contents->container, Container::kTorchScript);
  EXPECT_TRUE(contents->tensors.contains("conv.weight"));
  EXPECT_TRUE(contents->foreign.empty());
}

// Its weights are constants of its program.
TEST(TorchArchive, AFrozenTorchScriptModuleHasNoNamedTensors) {
  const std::string module = call("__torch__", "Net") + dictionary(text("training") + "\x89") + "b";
  const std::string file =
      zip_file({{"n/data.pkl", pickled::kStart + module + "."}, {"n/constants.pkl", ""}});
  const auto contents = read(file);
  ASSERT_TRUE(contents) << contents.error().reason;
  EXPECT_EQ(contents->container, Container::kTorchScript);
  EXPECT_TRUE(contents->tensors.empty());
}

TEST(TorchArchive, ForeignObjectsAreNamedAndTheirAttributesRead) {
  const std::string object =
      call("somebody", "State") +
      dictionary(text("w") + tensor({}) + text("call") + call("posix", "system", text("true"))) + "b";
  const std::string file = torch_file(dictionary(text("ema") + object), {counting(6)});
  const auto contents = read(file);
  ASSERT_TRUE(contents) << contents.error().reason;
  EXPECT_TRUE(contents->tensors.contains("ema.w"));
  EXPECT_THAT(contents->foreign,
              ElementsAre(Pair("ema", "somebody.State"), Pair("ema.call", "posix.system")));
}

TEST(TorchArchive, SurvivesDictionariesThatHoldThemselves) {
  const auto contents =
      read(torch_file("}q\x05(" + text("self") + "h\x05" + text("w") + tensor({}) + "u", {counting(6)}));
  ASSERT_TRUE(contents) << contents.error().reason;
  EXPECT_EQ(contents->tensors.size(), 1U);
}

// Each of 60 dictionaries holds the one before twice: 2^60 names.
TEST(TorchArchive, RefusesNamesThatMultiply) {
  std::string root = "}(" + text("w") + tensor({}) + "u";
  for (int k = 0; k < 60; ++k) {
    const std::string place(1, static_cast<char>(100 + k));
    root += "q" + place + "0}(" + text("a") + "h" + place + text("b") + "h" + place + "u";
  }
  const auto contents = read(torch_file(root, {counting(6)}));
  ASSERT_FALSE(contents);
  EXPECT_THAT(contents.error().reason, HasSubstr("more entries"));
}

TEST(TorchArchive, RefusesEntriesWithoutABottom) {
  std::string root = tensor({});
  std::string ends;
  for (int k = 0; k < 100'000; ++k) ends += 's';
  std::string starts;
  for (int k = 0; k < 100'000; ++k) starts += "}" + text("a");
  const auto contents = read(torch_file(starts + root + ends, {counting(6)}));
  ASSERT_FALSE(contents);
  EXPECT_THAT(contents.error().reason, HasSubstr("deeper"));
}

struct WrongFile {
  std::string name;
  std::string file;
  std::string said;
};

void PrintTo(const WrongFile& wrong, std::ostream* out) {
  *out << wrong.name;
}

class WrongTorchFile : public testing::TestWithParam<WrongFile> {};

TEST_P(WrongTorchFile, IsRefusedInWords) {
  const auto contents = read(GetParam().file);
  ASSERT_FALSE(contents);
  EXPECT_THAT(contents.error().reason, HasSubstr(GetParam().said));
}

std::string good_pickle() {
  return pickled::kStart + dictionary(text("w") + tensor({})) + ".";
}

std::string without_last_byte(std::string file) {
  file.pop_back();
  return file;
}

const WrongFile kWrongFiles[] = {
    {"NoPickle", zip_file({{"net/version", "3\n"}}), "no PyTorch weights"},
    {"NoEntries", "PK\x03\x04" + std::string(200, '\0') + "PK\x05\x06" + std::string(18, '\0'),
     "no PyTorch weights"},
    {"CutZip", without_last_byte(torch_file(dictionary(text("w") + tensor({})), {counting(6)})), "cut off"},
    {"BigEndian",
     zip_file({{"n/data.pkl", good_pickle()}, {"n/byteorder", "big"}, {"n/data/0", counting(6)}}),
     "big-endian"},
    {"CompressedData", zip_file({{"n/data.pkl", good_pickle()}, {"n/data/0", counting(6), 8}}), "compressed"},
    {"CompressedPickle", zip_file({{"n/data.pkl", good_pickle(), 8}}), "compressed"},
    {"NoNames", torch_file("](" + tensor({}) + "e", {counting(6)}), "no named tensors"},
    {"NumbersOnly", torch_file(dictionary(text("step") + "K\x01"), {}), "no named tensors"},
    {"NothingButACall", torch_file(call("posix", "system", text("true")), {}), "'posix.system'"},
    {"NothingButACallInTheOldFormat", legacy_file(call("posix", "system", text("true")), {}),
     "'posix.system'"},
    {"CutOldFormat", without_last_byte(legacy_file(dictionary(text("w") + tensor({})), {counting(6)})),
     "cut off"},
    {"OldFormatOfBigEndians",
     pickled::kStart + "\x8A\x0A\x6C\xFC\x9C\x46\xF9\x20\x6A\xA8\x50\x19." + pickled::kStart + integer(1001) +
         "." + pickled::kStart + dictionary(text("little_endian") + "\x89") + ".",
     "big-endian"},
    {"PickleOfSomebodyElse", pickled::kStart + dictionary(text("w") + "K\x01") + ".",
     "not one that PyTorch wrote"},
};

INSTANTIATE_TEST_SUITE_P(Table, WrongTorchFile, testing::ValuesIn(kWrongFiles),
                         [](const auto& info) { return info.param.name; });

TEST(TorchLegacy, RefusesACountThatOverflows) {
  std::string file = legacy_file(dictionary(text("w") + tensor({})), {counting(6)});
  file.replace(file.size() - 24 - 8, 8,
               std::string("\0\0\0\0\0\0\0\x40", 8));  // 2^62 elements of 4 bytes wrap to none
  const auto contents = read(file);
  ASSERT_FALSE(contents);
  EXPECT_THAT(contents.error().reason, HasSubstr("cut off"));
}

TEST(TorchLegacy, RefusesEveryCutFile) {
  const std::string file = legacy_file(dictionary(text("w") + tensor({})), {counting(6)});
  for (std::size_t length = 1; length < file.size(); ++length) {
    EXPECT_FALSE(read_torch_legacy(as_bytes(file).first(length))) << length;
  }
}

}  // namespace
}  // namespace videoenhance
