// The declaration beside a TorchScript module.
#include "core/torch/interpolation/script_declaration.h"

#include <gtest/gtest.h>

#include <fstream>

namespace videoenhance {
namespace {

namespace fs = std::filesystem;
using Time = ScriptDeclaration::Time;

class Declaration : public testing::Test {
 protected:
  void SetUp() override { fs::create_directories(folder_); }
  void TearDown() override { fs::remove_all(folder_); }

  Result<ScriptDeclaration> read(const std::string& text) {
    std::ofstream(ScriptDeclaration::path_of(module_), std::ios::binary) << text;
    return ScriptDeclaration::of(module_);
  }
  static std::string with_time(const std::string& time) {
    return R"({"name": "n", "range": [0, 1], "multiple": 1, "time": )" + time + "}";
  }

  const fs::path folder_ = fs::path(testing::TempDir()) / "videoenhance-declaration-test";
  const fs::path module_ = folder_ / "model.pt";
};

TEST_F(Declaration, LiesBesideTheModuleUnderItsWholeName) {
  EXPECT_EQ(ScriptDeclaration::path_of("/models/my.model.pt"), "/models/my.model.pt.json");
}

TEST_F(Declaration, SaysNameRangeMultipleAndTime) {
  const auto found = read(R"({"time": "map", "multiple": 64, "range": [-1, 1.0], "name": "übergang 2"})");
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->name, "übergang 2");
  EXPECT_EQ(found->black, -1);
  EXPECT_EQ(found->white, 1);
  EXPECT_EQ(found->multiple, 64);
  EXPECT_EQ(found->time, Time::kMap);
}

TEST_F(Declaration, KnowsEveryWayToTellTheTime) {
  EXPECT_EQ(read(with_time(R"("none")"))->time, Time::kNone);
  EXPECT_EQ(read(with_time(R"("number")"))->time, Time::kNumber);
  EXPECT_EQ(read(with_time(R"("map")"))->time, Time::kMap);
  EXPECT_EQ(read(with_time("[1]"))->time_shape, (std::vector<std::int64_t>{1}));
  EXPECT_EQ(read(with_time("[1, 1]"))->time_shape, (std::vector<std::int64_t>{1, 1}));
  EXPECT_EQ(read(with_time("[1, 1, 1, 1]"))->time_shape, (std::vector<std::int64_t>{1, 1, 1, 1}));
  EXPECT_EQ(read(with_time("[1]"))->time, Time::kTensor);
}

struct Wrong {
  const char* name;
  std::string text;
  const char* word;  // in the message
};

void PrintTo(const Wrong& wrong, std::ostream* out) {
  *out << wrong.name;
}

std::string replaced(const std::string& key, const std::string& value) {
  const std::string name = key == "name" ? value : R"("n")", range = key == "range" ? value : "[0, 1]",
                    multiple = key == "multiple" ? value : "1", time = key == "time" ? value : R"("none")";
  return R"({"name": )" + name + R"(, "range": )" + range + R"(, "multiple": )" + multiple + R"(, "time": )" +
         time + "}";
}

class WrongDeclaration : public Declaration, public testing::WithParamInterface<Wrong> {};

TEST_P(WrongDeclaration, IsRefusedWithFileAndKey) {
  const auto found = read(GetParam().text);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().kind, ErrorKind::kBadModel);
  EXPECT_NE(found.error().message.find("'model.pt.json'"), std::string::npos) << found.error().message;
  EXPECT_NE(found.error().message.find(GetParam().word), std::string::npos) << found.error().message;
  EXPECT_EQ(found.error().message.back(), '.');
}

INSTANTIATE_TEST_SUITE_P(
    Entries, WrongDeclaration,
    testing::Values(Wrong{"empty", "", "no JSON object"}, Wrong{"text", "name: n", "no JSON object"},
                    Wrong{"cut", R"({"name": "n", )", "no JSON object"},
                    Wrong{"list", "[1]", "no JSON object"}, Wrong{"nothing", "{}", "lacks \"name\""},
                    Wrong{"no_time", R"({"name": "n", "range": [0, 1], "multiple": 1})", "lacks \"time\""},
                    Wrong{"unknown_key", R"({"name": "n", "scale": 2})", "'scale'"},
                    Wrong{"no_name", replaced("name", R"("")"), "\"name\""},
                    Wrong{"number_as_name", replaced("name", "4"), "\"name\""},
                    Wrong{"long_name", replaced("name", '"' + std::string(65, 'n') + '"'), "\"name\""},
                    Wrong{"line_break", replaced("name", R"("a\nb")"), "\"name\""},
                    Wrong{"no_utf8", replaced("name", "\"\xff\""), "no JSON object"},
                    Wrong{"other_range", replaced("range", "[0, 2]"), "\"range\""},
                    Wrong{"long_range", replaced("range", "[0, 1, 1]"), "\"range\""},
                    Wrong{"text_range", replaced("range", R"(["0", "1"])"), "\"range\""},
                    Wrong{"reversed_range", replaced("range", "[1, 0]"), "\"range\""},
                    Wrong{"multiple_of_0", replaced("multiple", "0"), "\"multiple\""},
                    Wrong{"negative_multiple", replaced("multiple", "-32"), "\"multiple\""},
                    Wrong{"large_multiple", replaced("multiple", "1025"), "\"multiple\""},
                    Wrong{"broken_multiple", replaced("multiple", "32.5"), "\"multiple\""},
                    Wrong{"huge_multiple", replaced("multiple", "18446744073709551617"), "\"multiple\""},
                    Wrong{"unknown_time", replaced("time", R"("half")"), "\"time\""},
                    Wrong{"time_as_number", replaced("time", "0.5"), "\"time\""},
                    Wrong{"two_times", replaced("time", "[2]"), "\"time\""},
                    Wrong{"no_shape", replaced("time", "[]"), "\"time\""},
                    Wrong{"deep_shape", replaced("time", "[1, 1, 1, 1, 1]"), "\"time\""},
                    Wrong{"true_shape", replaced("time", "[true]"), "\"time\""}),
    [](const auto& info) { return info.param.name; });

TEST_F(Declaration, ThatIsMissingIsAskedForByName) {
  const auto found = ScriptDeclaration::of(module_);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().kind, ErrorKind::kBadModel);
  EXPECT_NE(found.error().message.find("'model.pt.json'"), std::string::npos) << found.error().message;
  EXPECT_NE(found.error().message.find("program"), std::string::npos) << found.error().message;
}

TEST_F(Declaration, ThatIsAFolderCannotBeRead) {
  fs::create_directory(ScriptDeclaration::path_of(module_));
  const auto found = ScriptDeclaration::of(module_);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().kind, ErrorKind::kUnreadable);
  EXPECT_NE(found.error().message.find("'model.pt.json'"), std::string::npos) << found.error().message;
}

TEST_F(Declaration, ThatIsHugeIsNotRead) {
  const auto found = read(std::string(100'000, ' ') + with_time(R"("none")"));
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().kind, ErrorKind::kUnreadable);
}

}  // namespace
}  // namespace videoenhance
