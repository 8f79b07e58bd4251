#include "tools/video-enhance/models.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

namespace videoenhance {
namespace {

namespace fs = std::filesystem;

constexpr char kSome[] = "c814b209";  // how the checksum of "no weights" begins

// The only folder of models that has any of these names.
class Checksum : public testing::Test {
 protected:
  Checksum() {
    std::string name = (fs::temp_directory_path() / "video-enhance-XXXXXX").string();
    folder_ = mkdtemp(name.data());
    setenv("VIDEOENHANCE_MODEL_PATH", folder_.c_str(), 1);
  }
  ~Checksum() override {
    unsetenv("VIDEOENHANCE_MODEL_PATH");
    fs::remove_all(folder_);
  }

  void write(const std::string& name) const {
    fs::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name) << "no weights";
  }

  fs::path folder_;
};

TEST_F(Checksum, IsThatOfTheFileThatIsNamed) {
  write("some.pkl");
  EXPECT_EQ(interpolator_sha256("some.pkl").substr(0, 8), kSome);
  EXPECT_EQ(interpolator_sha256(folder_ / "some.pkl").substr(0, 8), kSome);
}

TEST_F(Checksum, OfAFolderIsThatOfAllItsWeights) {
  write("FlashVSR-v1.1/diffusion_pytorch_model_streaming_dmd.safetensors");
  const std::string main = upscaler_sha256("FlashVSR-v1.1");
  EXPECT_EQ(main.substr(0, 8), kSome);
  write("FlashVSR-v1.1/README.md");
  EXPECT_EQ(upscaler_sha256("FlashVSR-v1.1"), main);
  write("FlashVSR-v1.1/LQ_proj_in.ckpt");
  const std::string both = upscaler_sha256("FlashVSR-v1.1");
  EXPECT_NE(both, main);
  std::ofstream(folder_ / "FlashVSR-v1.1/LQ_proj_in.ckpt") << "others";
  EXPECT_NE(upscaler_sha256("FlashVSR-v1.1"), both);
}

TEST_F(Checksum, IsThatOfTheDefaultModelWhereNoneIsNamed) {
  write("rife-4.25.pkl");
  write("flashvsr-small.safetensors");
  EXPECT_EQ(interpolator_sha256("").substr(0, 8), kSome);
  EXPECT_EQ(upscaler_sha256("").substr(0, 8), kSome);
}

TEST_F(Checksum, OfWhatIsNotThereIsEmpty) {
  EXPECT_EQ(interpolator_sha256("none.pkl"), "");
  fs::create_directory(folder_ / "empty");
  EXPECT_EQ(upscaler_sha256("empty"), "");
}

}  // namespace
}  // namespace videoenhance
