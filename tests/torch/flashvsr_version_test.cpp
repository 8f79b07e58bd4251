#include "core/torch/flashvsr/version.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/torch/flashvsr_miniature.h"

namespace videoenhance {
namespace {

namespace fs = std::filesystem;
using Version = FlashVsrOptions::Version;

// A safetensors file of one number with this metadata.
WeightFile file_with(const fs::path& path, const std::string& metadata) {
  const std::string header = "{" + metadata + R"("a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})";
  const std::uint64_t length = header.size();
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(&length), sizeof length);
  file << header << std::string(4, '\0');
  file.close();
  return WeightFile::open(path).value();
}

class VersionOf : public testing::Test {
 protected:
  std::optional<Version> in_folder(const std::string& folder, const std::string& metadata = "") {
    const fs::path path = root_ / folder;
    fs::create_directories(path);
    return recognise_version(file_with(path / "dit.safetensors", metadata), path / "LQ_proj_in.ckpt");
  }
  void TearDown() override { fs::remove_all(root_); }

  fs::path root_ = fs::path(testing::TempDir()) / "videoenhance-version-test";
};

TEST_F(VersionOf, MetadataComesBeforeTheFoldersName) {
  EXPECT_EQ(in_folder("FlashVSR-v1.1", R"("__metadata__":{"version":"v1"},)"), Version::kV1);
  EXPECT_EQ(in_folder("FlashVSR-v1", R"("__metadata__":{"version":"v1.1"},)"), Version::kV11);
}

TEST_F(VersionOf, TheFoldersNameTells) {
  EXPECT_EQ(in_folder("FlashVSR-v1.1"), Version::kV11);
  EXPECT_EQ(in_folder("flashvsr_V1_1"), Version::kV11);
  EXPECT_EQ(in_folder("FlashVSR-v1"), Version::kV1);
}

TEST_F(VersionOf, OneFileTellsByItsOwnName) {
  fs::create_directories(root_);
  const fs::path path = root_ / "small-v1.safetensors";
  EXPECT_EQ(recognise_version(file_with(path, ""), path), Version::kV1);
}

TEST_F(VersionOf, NothingIsGuessedWhereNothingTells) {
  EXPECT_EQ(in_folder("FlashVSR"), std::nullopt);
  EXPECT_EQ(in_folder("models", R"("__metadata__":{"version":"banana"},)"), std::nullopt);
}

TEST_F(VersionOf, AnEngineThatGuessesWarns) {
  fs::create_directories(root_);
  const fs::path copy = root_ / "unnamed.safetensors";
  fs::copy_file(flashvsr_folder() / "miniature.safetensors", copy);
  // Four letters of the metadata's key are changed in place, so that nothing else moves.
  std::fstream file(copy, std::ios::in | std::ios::out | std::ios::binary);
  std::string head(4096, '\0');
  file.read(head.data(), static_cast<std::streamsize>(head.size()));
  file.seekp(static_cast<std::streamoff>(head.find("\"version\"") + 1));
  file << "VERS";
  file.close();
  EngineOptions options = miniature_options();
  options.model_path = copy.string();
  EXPECT_NE(make_flashvsr(options)->report().notice.find("model-version"), std::string::npos);
  std::get<FlashVsrOptions>(options.model).version = Version::kV1;
  EXPECT_EQ(make_flashvsr(options)->report().notice, "");
}

}  // namespace
}  // namespace videoenhance
