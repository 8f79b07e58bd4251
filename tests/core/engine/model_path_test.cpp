#include "core/engine/model_path.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

namespace videoenhance {
namespace {

namespace fs = std::filesystem;

// A folder of its own for each test, and an environment that names nothing outside it.
class ModelPath : public testing::Test {
 protected:
  ModelPath() {
    std::string pattern = (fs::temp_directory_path() / "model-path-XXXXXX").string();
    root_ = fs::canonical(mkdtemp(pattern.data()));
    setenv("VIDEOENHANCE_MODEL_PATH", "", 1);
    setenv("XDG_DATA_HOME", (root_ / "data").c_str(), 1);
  }
  ~ModelPath() override { fs::remove_all(root_); }

  fs::path make_file(const fs::path& relative) {
    const fs::path path = root_ / relative;
    fs::create_directories(path.parent_path());
    std::ofstream(path) << "weights";
    return path;
  }

  void list(const std::string& folders) { setenv("VIDEOENHANCE_MODEL_PATH", folders.c_str(), 1); }

  static Error error_of(const std::string& location) {
    const auto path = find_model(location);
    EXPECT_FALSE(path) << "found " << path->string();
    return path ? Error{} : path.error();
  }

  // What the probe, copied to `place` below the root, says of `location`.
  std::string probe(const fs::path& place, const std::string& location) {
    fs::create_directories((root_ / place).parent_path());
    fs::copy_file(MODEL_PATH_PROBE, root_ / place);
    FILE* output = popen((root_ / place).string().append(" ").append(location).c_str(), "r");
    char line[1000] = "";
    EXPECT_TRUE(fgets(line, sizeof line, output));
    pclose(output);
    return std::string(line, std::string(line).find('\n'));
  }

  fs::path root_;
};

TEST_F(ModelPath, TakesAPathThatExistsAsItIs) {
  const fs::path file = make_file("any/where.pkl");
  EXPECT_EQ(find_model(file).value(), file);
  EXPECT_EQ(find_model(file.parent_path()).value(), file.parent_path());
}

TEST_F(ModelPath, SearchesTheListedFoldersInOrder) {
  make_file("second/net.pkl");
  list((root_ / "first").string() + ":" + (root_ / "second").string());
  EXPECT_EQ(find_model("net.pkl").value(), root_ / "second/net.pkl");
  make_file("first/net.pkl");
  EXPECT_EQ(find_model("net.pkl").value(), root_ / "first/net.pkl");
}

TEST_F(ModelPath, SkipsEmptyEntriesOfTheList) {
  make_file("second/net.pkl");
  list("::" + (root_ / "second").string() + ":");
  EXPECT_EQ(find_model("net.pkl").value(), root_ / "second/net.pkl");
  EXPECT_EQ(error_of("other.pkl").detail.find(", ,"), std::string::npos);
}

TEST_F(ModelPath, FindsAFolderByItsName) {
  make_file("models/flow-v1/weights.bin");
  list((root_ / "models").string());
  EXPECT_EQ(find_model("flow-v1").value(), root_ / "models/flow-v1");
}

TEST_F(ModelPath, SearchesTheUsersDataFolder) {
  EXPECT_EQ(find_model(make_file("data/videoenhance/models/net.pkl").filename()).value(),
            root_ / "data/videoenhance/models/net.pkl");
}

TEST_F(ModelPath, FallsBackToTheHomeFolderWithoutADataFolder) {
  unsetenv("XDG_DATA_HOME");
  const std::string home = getenv("HOME") ? getenv("HOME") : "";
  setenv("HOME", root_.c_str(), 1);
  const fs::path file = make_file(".local/share/videoenhance/models/net.pkl");
  const auto found = find_model("net.pkl");
  setenv("HOME", home.c_str(), 1);
  EXPECT_EQ(found.value(), file);
}

TEST_F(ModelPath, PrefersTheListToTheUsersDataFolder) {
  make_file("data/videoenhance/models/net.pkl");
  make_file("listed/net.pkl");
  list((root_ / "listed").string());
  EXPECT_EQ(find_model("net.pkl").value(), root_ / "listed/net.pkl");
}

TEST_F(ModelPath, FindsTheModelsOfTheCheckoutItWasBuiltIn) {
  make_file("checkout/meson.build");
  make_file("checkout/models/shipped.pkl");
  make_file("checkout/.deps/models/fetched.pkl");
  EXPECT_EQ(probe("checkout/build/gst/probe", "shipped.pkl"), root_ / "checkout/models/shipped.pkl");
  EXPECT_EQ(probe("checkout/build/tests/core/x/probe", "fetched.pkl"),
            root_ / "checkout/.deps/models/fetched.pkl");
  EXPECT_EQ(probe("checkout/build/probe", "fetched.pkl"), root_ / "checkout/.deps/models/fetched.pkl");
}

TEST_F(ModelPath, TakesNothingFromFoldersAroundAnInstalledPlugin) {
  make_file("usr/models/net.pkl");
  EXPECT_EQ(probe("usr/lib/gstreamer-1.0/probe", "net.pkl").find("Searched: "), 0u);
}

TEST_F(ModelPath, ADefaultModelIsNotTakenFromTheWorkingFolder) {
  const fs::path before = fs::current_path();
  make_file("work/net.pkl");
  fs::current_path(root_ / "work");
  EXPECT_EQ(find_model("net.pkl").value(), "net.pkl");
  EXPECT_FALSE(find_default_model("net.pkl"));
  make_file("data/videoenhance/models/net.pkl");
  EXPECT_EQ(find_default_model("net.pkl").value(), root_ / "data/videoenhance/models/net.pkl");
  fs::current_path(before);
}

TEST_F(ModelPath, NamesEachSearchedFolderOnce) {
  const std::string folder = (root_ / "twice").string();
  list(folder + ":" + folder + "/:" + (root_ / "data/videoenhance/models").string());
  const std::string detail = error_of("net.pkl").detail;
  for (const char* name : {"twice", "data/videoenhance/models"}) {
    const std::size_t first = detail.find((root_ / name).string());
    ASSERT_NE(first, std::string::npos);
    EXPECT_EQ(detail.find((root_ / name).string(), first + 1), std::string::npos) << detail;
  }
}

TEST_F(ModelPath, SaysInAPlainSentenceThatANameIsNowhere) {
  list((root_ / "listed").string());
  const Error error = error_of("no-such-net.pkl");
  EXPECT_EQ(error.kind, ErrorKind::kNotFound);
  EXPECT_NE(error.message.find("'no-such-net.pkl'"), std::string::npos) << error.message;
  EXPECT_LT(error.message.size(), 300u);
  EXPECT_EQ(error.message.back(), '.');
  for (const fs::path& folder : {root_ / "listed", root_ / "data/videoenhance/models"})
    EXPECT_NE(error.detail.find(folder.string()), std::string::npos) << error.detail;
}

TEST_F(ModelPath, DoesNotSearchForAPathWithFolders) {
  make_file("data/videoenhance/models/sub/net.pkl");
  EXPECT_EQ(error_of("sub/net.pkl").kind, ErrorKind::kNotFound);
  EXPECT_NE(error_of("/no/such/net.pkl").message.find("'/no/such/net.pkl'"), std::string::npos);
}

TEST_F(ModelPath, RefusesAnEmptyName) {
  list(root_.string());
  EXPECT_EQ(error_of("").kind, ErrorKind::kNotFound);
}

}  // namespace
}  // namespace videoenhance
