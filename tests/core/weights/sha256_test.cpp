#include "core/weights/sha256.h"

#include <gtest/gtest.h>

#include <fstream>

namespace videoenhance {
namespace {

namespace fs = std::filesystem;

std::optional<std::string> sum_of(const std::string& content) {
  const fs::path path = fs::path(testing::TempDir()) / "videoenhance-sha256-test";
  std::ofstream(path, std::ios::binary) << content;
  const auto sum = sha256_of(path);
  fs::remove(path);
  return sum;
}

// The examples of FIPS 180-2, appendix B.
TEST(Sha256, EqualsTheStandardsExamples) {
  EXPECT_EQ(sum_of(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sum_of("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sum_of(std::string(1000000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, AFileThatCannotBeReadHasNone) {
  EXPECT_EQ(sha256_of("/nowhere/at/all"), std::nullopt);
  EXPECT_EQ(sha256_of("/"), std::nullopt);
}

}  // namespace
}  // namespace videoenhance
