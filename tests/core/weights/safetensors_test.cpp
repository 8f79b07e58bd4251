#include "core/weights/safetensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/core/weights/file_writers.h"
#include "tests/core/weights/tensor_elements.h"

namespace videoenhance {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

// One tensor "a" as the header describes it, in front of 24 bytes.
std::string one_tensor(std::string_view dtype, std::string_view shape, std::string_view offsets) {
  return safetensors_file(R"({"a":{"dtype":")" + std::string(dtype) + R"(","shape":)" + std::string(shape) +
                              R"(,"data_offsets":)" + std::string(offsets) + "}}",
                          counting(6));
}

TEST(Safetensors, TensorsAreFoundByNameWhateverTheirOrder) {
  const std::string file = safetensors_file(R"( {"b":{"dtype":"F32","shape":[2],"data_offsets":[16,24]},)"
                                            R"("a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}}  )",
                                            counting(6));
  const auto contents = read_safetensors(as_bytes(file));
  ASSERT_TRUE(contents) << contents.error().reason;
  EXPECT_THAT(elements_of(contents->tensors.at("a")), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(elements_of(contents->tensors.at("b")), ElementsAre(4, 5));
}

TEST(Safetensors, UnalignedDataAndMetadataAreRead) {
  const std::string file = safetensors_file(R"({"__metadata__":{"note":"quote \" brace }","":""},)"
                                            R"("odd":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
                                            R"("a":{"dtype":"F32","shape":[2],"data_offsets":[1,9]}})",
                                            "\x07" + counting(2));
  const auto contents = read_safetensors(as_bytes(file));
  ASSERT_TRUE(contents) << contents.error().reason;
  EXPECT_THAT(elements_of(contents->tensors.at("a")), ElementsAre(0, 1));
  EXPECT_THAT(elements_of(contents->tensors.at("odd")), ElementsAre(7));
  EXPECT_THAT(contents->metadata, ElementsAre(Pair("", ""), Pair("note", "quote \" brace }")));
}

TEST(Safetensors, EmptyTensorsMayLieAnywhereAndScalarsHaveNoShape) {
  const std::string file = safetensors_file(R"({"none":{"dtype":"F16","shape":[0,3],"data_offsets":[2,2]},)"
                                            R"("one":{"dtype":"F32","shape":[],"data_offsets":[0,4]}})",
                                            counting(1));
  const auto contents = read_safetensors(as_bytes(file));
  ASSERT_TRUE(contents) << contents.error().reason;
  EXPECT_THAT(elements_of(contents->tensors.at("one")), ElementsAre(0));
  EXPECT_THAT(elements_of(contents->tensors.at("none")), ElementsAre());
}

struct Wrong {
  std::string name;
  std::string file;
  std::string said;
};

void PrintTo(const Wrong& wrong, std::ostream* out) {
  *out << wrong.name;
}

class WrongSafetensors : public testing::TestWithParam<Wrong> {};

TEST_P(WrongSafetensors, AreRefusedInWords) {
  const auto contents = read_safetensors(as_bytes(GetParam().file));
  ASSERT_FALSE(contents);
  EXPECT_THAT(contents.error().reason, HasSubstr(GetParam().said));
}

const Wrong kWrong[] = {
    {"LengthBeyondTheFile", safetensors_file("{}", "", std::uint64_t{1} << 60), "1152921504606846976 bytes"},
    {"LengthOfAllBits", safetensors_file("{}", "", ~std::uint64_t{0}), "cut off"},
    {"NoLength", "abc", "header"},
    {"NoJson", safetensors_file(std::string(64, '{')), "no JSON"},
    {"CutJson", safetensors_file(R"({"a":{"dtype":"F32","shape":[2],)"), "no JSON"},
    {"NoUtf8", safetensors_file("{\"\xFF\":1}"), "no JSON"},
    {"List", safetensors_file("[1, 2]"), "no JSON object"},
    {"Number", safetensors_file("7"), "no JSON object"},
    {"DeepBrackets", safetensors_file("{\"a\":" + std::string(100000, '[')), "no JSON"},
    {"TensorIsANumber", safetensors_file(R"({"a":7})"), "'a'"},
    {"NoType", safetensors_file(R"({"a":{"shape":[],"data_offsets":[0,0]}})"), "'a'"},
    {"UnknownType", one_tensor("Q7_K", "[2]", "[0,8]"), "'Q7_K'"},
    {"NoShape", safetensors_file(R"({"a":{"dtype":"F32","data_offsets":[0,4]}})", counting(1)), "'a'"},
    {"NestedShape", one_tensor("F32", "[[2]]", "[0,8]"), "'a'"},
    {"DeeplyNestedShape", one_tensor("F32", "[[[[2]]]]", "[0,8]"), "'a'"},
    {"NegativeSize", one_tensor("F32", "[-2]", "[0,8]"), "'a'"},
    {"FractionalSize", one_tensor("F32", "[2.0]", "[0,8]"), "'a'"},
    {"SizeBeyond63Bits", one_tensor("F32", "[9223372036854775808]", "[0,8]"), "'a'"},
    {"ProductOverflows", one_tensor("F32", "[9223372036854775807,9223372036854775807]", "[0,8]"), "'a'"},
    {"ProductWrapsToTheRightLength", one_tensor("F32", "[2305843009213693954,2]", "[0,16]"), "'a'"},
    {"OffsetsSwapped", one_tensor("F32", "[2]", "[8,0]"), "'a'"},
    {"OneOffset", one_tensor("F32", "[2]", "[8]"), "'a'"},
    {"OtherLength", one_tensor("F32", "[2]", "[0,12]"), "'a'"},
    {"BeyondTheEnd", one_tensor("F32", "[2]", "[20,28]"), "beyond its end"},
    {"FarBeyondTheEnd", one_tensor("F32", "[2]", "[9223372036854775799,9223372036854775807]"),
     "beyond its end"},
    {"Overlap",
     safetensors_file(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
                      R"("b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}})",
                      counting(3)),
     "'a' and 'b'"},
};

INSTANTIATE_TEST_SUITE_P(Table, WrongSafetensors, testing::ValuesIn(kWrong),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace videoenhance
