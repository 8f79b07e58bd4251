#include "core/weights/weight_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <optional>

#include "tests/core/weights/file_writers.h"
#include "tests/core/weights/tensor_elements.h"

namespace videoenhance {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::string kSafetensors = safetensors_file(
    R"({"__metadata__":{"a":"b"},"w":{"dtype":"F32","shape":[6],"data_offsets":[0,24]}})", counting(6));
const std::string kWeights = pickled::dictionary(pickled::text("w") + pickled::tensor({}));

TEST(WeightFile, RecognisesContainersByContentNotByName) {
  for (const auto& [content, container] :
       {std::pair(kSafetensors, Container::kSafetensors),
        std::pair(torch_file(kWeights, {counting(6)}), Container::kTorchZip),
        std::pair(legacy_file(kWeights, {counting(6)}), Container::kTorchLegacy)}) {
    for (const char* name : {"model.pkl", "model.safetensors", "model"}) {
      const TemporaryFile file(name, content);
      const auto weights = WeightFile::open(file.path());
      ASSERT_TRUE(weights) << weights.error().message;
      EXPECT_EQ(weights->container(), container);
      EXPECT_EQ(weights->path(), file.path());
      EXPECT_THAT(elements_of(weights->tensors().at("w")), ElementsAre(0, 1, 2, 3, 4, 5));
    }
  }
}

TEST(WeightFile, RecognisesSafetensorsWhateverTheHeadersLength) {
  std::string header = R"({"w":{"dtype":"F32","shape":[6],"data_offsets":[0,24]}})";
  for (int length = 0; length < 256; ++length, header += ' ') {
    const TemporaryFile file("model", safetensors_file(header, counting(6)));
    const auto weights = WeightFile::open(file.path());
    ASSERT_TRUE(weights) << header.size() << ": " << weights.error().message;
  }
}

TEST(WeightFile, LivesLongerThanTheFileAndMoves) {
  std::optional<WeightFile> kept;
  {
    const TemporaryFile file("model.safetensors", kSafetensors);
    auto weights = WeightFile::open(file.path());
    ASSERT_TRUE(weights);
    kept = std::move(*weights);
  }
  EXPECT_THAT(elements_of(kept->tensors().at("w")), ElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_EQ(kept->metadata().at("a"), "b");
}

struct Wrong {
  std::string name;
  std::string content;
  std::string said;
};

void PrintTo(const Wrong& wrong, std::ostream* out) {
  *out << wrong.name;
}

class WrongWeightFile : public testing::TestWithParam<Wrong> {};

TEST_P(WrongWeightFile, IsRefusedInOnePlainSentenceThatNamesIt) {
  const TemporaryFile file("flownet.pkl", GetParam().content);
  const auto weights = WeightFile::open(file.path());
  ASSERT_FALSE(weights);
  const auto& [kind, message, detail] = weights.error();
  EXPECT_EQ(kind, ErrorKind::kBadModel);
  EXPECT_THAT(message, HasSubstr(GetParam().said));
  EXPECT_THAT(message, HasSubstr("'flownet.pkl'"));
  EXPECT_THAT(detail, HasSubstr(file.path().string()));
  EXPECT_LT(message.size(), 300U);
  EXPECT_TRUE(message.ends_with('.'));
  EXPECT_EQ(message.find('\n'), std::string::npos);
}

std::string noise(std::size_t length, unsigned factor, unsigned shift, unsigned modulus) {
  std::string bytes;
  for (std::size_t k = 0; k < length; ++k) bytes += static_cast<char>((k * factor + shift) % modulus);
  return bytes;
}

std::string long_names() {
  const std::string name(5000, 'n');
  return safetensors_file("{\"" + name + R"(":{"dtype":")" + name + R"(","shape":[],"data_offsets":[0,4]}})",
                          counting(1));
}

const Wrong kWrong[] = {
    {"Empty", "", "is empty"},
    {"OneByte", std::string(1, '\0'), "no weight file"},
    {"WebPage", "<html><body>404 Not Found</body></html>\n", "a text"},
    {"LinkOfAStore", "version https://example.org/spec/v1\noid sha256:0123\nsize 10\n", "a text"},
    {"Noise", noise(4096, 131, 17, 251), "no weight file"},
    {"OtherNoise", noise(4096, 89, 5, 253), "no weight file"},
    {"SafetensorsWithoutTensors", safetensors_file("{}"), "holds no tensors"},
    {"SafetensorsOfMetadata", safetensors_file(R"({"__metadata__":{}})"), "holds no tensors"},
    {"CutSafetensors", kSafetensors.substr(0, kSafetensors.size() - 1), "cut off"},
    {"LongNames", long_names(), "not supported"},
    {"ControlCharacters", safetensors_file(R"({"a\n\u0007":7})"), "'a��'"},
};

INSTANTIATE_TEST_SUITE_P(Table, WrongWeightFile, testing::ValuesIn(kWrong),
                         [](const auto& info) { return info.param.name; });

TEST(WeightFile, WithLongNamesEverywhereIsStillRefusedInAShortSentence) {
  const std::string root = pickled::dictionary(pickled::text(std::string(5000, 'w')) +
                                               pickled::tensor({.key = std::string(5000, 'k')}));
  const TemporaryFile file(std::string(250, 'f'), torch_file(root, {}));
  const auto weights = WeightFile::open(file.path());
  ASSERT_FALSE(weights);
  EXPECT_LT(weights.error().message.size(), 300U) << weights.error().message;
}

TEST(WeightFile, ThatDoesNotExistIsNotFoundByItsPath) {
  for (const char* path : {"/nonexistent/model.safetensors", "/dev/null/model.safetensors", ""}) {
    const auto weights = WeightFile::open(path);
    ASSERT_FALSE(weights);
    EXPECT_EQ(weights.error().kind, ErrorKind::kNotFound);
    EXPECT_THAT(weights.error().message, HasSubstr(path));
  }
}

TEST(WeightFile, ThatIsAFolderIsUnreadable) {
  const TemporaryFile file("model", "");
  const auto weights = WeightFile::open(file.path().parent_path());
  ASSERT_FALSE(weights);
  EXPECT_EQ(weights.error().kind, ErrorKind::kUnreadable);
  EXPECT_THAT(weights.error().message, HasSubstr("is a folder"));
}

TEST(WeightFile, ThatIsAPipeIsUnreadableAndNotWaitedFor) {
  const TemporaryFile file("model", "");
  const std::string pipe = file.path().string() + ".pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  const auto weights = WeightFile::open(pipe);
  ASSERT_FALSE(weights);
  EXPECT_EQ(weights.error().kind, ErrorKind::kUnreadable);
}

TEST(WeightFile, WithoutPermissionIsUnreadable) {
  if (geteuid() == 0) GTEST_SKIP() << "root may read everything";
  const TemporaryFile file("model.pkl", kSafetensors);
  std::filesystem::permissions(file.path(), std::filesystem::perms::none);
  const auto weights = WeightFile::open(file.path());
  ASSERT_FALSE(weights);
  EXPECT_EQ(weights.error().kind, ErrorKind::kUnreadable);
}

}  // namespace
}  // namespace videoenhance
