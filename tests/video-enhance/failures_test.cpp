// Each failure: its exit code, its sentence, and nothing half-written.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/video-enhance/program.h"

namespace videoenhance {
namespace {

using testing::HasSubstr;

std::vector<std::string> twice(const std::string& in, const std::string& out,
                               std::vector<std::string> more = {}) {
  std::vector<std::string> arguments = {in, out, "--fps", "x2", "--model", "fake.model", "--segment", "5"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

void expect_refused(const Desk& desk, const Ran& ran, int code, const std::string& about) {
  EXPECT_EQ(ran.code, code) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr(about));
  EXPECT_FALSE(desk.has("out.mp4"));
  EXPECT_FALSE(desk.has("out.mp4.partial"));
}

TEST(Input, ThatIsNotThereIsRefused) {
  const Desk desk;
  expect_refused(desk, desk.run(twice("none.mp4", "out.mp4")), 3, "no file 'none.mp4'");
}

TEST(Input, ThatIsAFolderIsRefused) {
  const Desk desk;
  expect_refused(desk, desk.run(twice(".", "out.mp4")), 3, "is no file");
}

TEST(Input, ThatIsEmptyIsRefused) {
  const Desk desk;
  desk.write("in.mp4", "");
  expect_refused(desk, desk.run(twice("in.mp4", "out.mp4")), 3, "is empty");
}

TEST(Input, ThatIsNoMediaIsRefused) {
  const Desk desk;
  desk.write("in.mp4", std::string(5000, '?'));
  expect_refused(desk, desk.run(twice("in.mp4", "out.mp4")), 3, "in.mp4");
}

TEST(Input, WithoutVideoIsRefused) {
  const Desk desk;
  desk.make("in.mkv", "audiotestsrc num-buffers=20 ! flacenc ! matroskamux ! filesink location=OUT");
  expect_refused(desk, desk.run(twice("in.mkv", "out.mp4")), 3, "no video");
}

TEST(Range, AfterTheEndIsRefused) {
  const Desk desk;
  desk.make_clip("in.mp4", 10);
  expect_refused(desk, desk.run(twice("in.mp4", "out.mp4", {"--start", "60"})), 2, "--start");
}

TEST(Output, ThatExistsIsKeptUnlessForced) {
  const Desk desk;
  desk.make_clip("in.mp4", 10);
  desk.write("out.mp4", "precious");
  const Ran refused = desk.run(twice("in.mp4", "out.mp4"));
  EXPECT_EQ(refused.code, 4);
  EXPECT_THAT(refused.err, HasSubstr("--force"));
  EXPECT_FALSE(desk.has("out.mp4.partial"));
  EXPECT_EQ(std::filesystem::file_size(desk.path("out.mp4")), 8u);
  EXPECT_EQ(desk.run(twice("in.mp4", "out.mp4", {"--force"})).code, 0);
  EXPECT_EQ(desk.frames("out.mp4").size(), 20u);
}

TEST(Output, ThatIsWhatIsReadIsRefusedAlsoWhereForced) {
  const Desk desk;
  desk.make_clip("in.mp4", 10);
  std::filesystem::create_hard_link(desk.path("in.mp4"), desk.path("same.mp4"));
  std::filesystem::create_symlink("in.mp4", desk.path("linked.mp4"));
  std::filesystem::create_symlink("in.mp4", desk.path("x-before.png"));
  const std::string before = desk.bytes("in.mp4");
  const std::vector<std::string> compared = {"--force", "--compare"};
  const Ran all[] = {desk.run(twice("in.mp4", "in.mp4", {"--force"})),
                     desk.run(twice("in.mp4", "./same.mp4", {"--force"})),
                     desk.run(twice("in.mp4", "linked.mp4", {"--force"})),
                     desk.run(twice("in.mp4", "in.mp4", compared)),
                     desk.run(twice("in.mp4", "x.mp4", compared)),
                     desk.run(twice("in.mp4", "out.mp4", {"--force", "--preview", "same.mp4"}))};
  for (const Ran& ran : all) {
    EXPECT_EQ(ran.code, 2) << ran.err;
    EXPECT_THAT(ran.err, HasSubstr("that is read"));
  }
  EXPECT_EQ(desk.bytes("in.mp4"), before);
}

TEST(Output, ThatIsTheReferenceIsRefused) {
  const Desk desk;
  desk.make_clip("in.mp4", 10);
  desk.make_clip("large.mp4", 20);
  const Ran ran =
      desk.run(twice("in.mp4", "large.mp4", {"--force", "--compare", "--reference", "./large.mp4"}));
  EXPECT_EQ(ran.code, 2) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("that is read"));
  EXPECT_EQ(desk.frames("large.mp4").size(), 20u);
}

TEST(Output, ThatIsAFolderIsRefusedAlsoWhereForced) {
  const Desk desk;
  desk.make_clip("in.mp4", 10);
  std::filesystem::create_directory(desk.path("folder.mp4"));
  for (const auto& more : {std::vector<std::string>{}, {"--force"}, {"--compare", "--force"}}) {
    const Ran ran = desk.run(twice("in.mp4", "folder.mp4", more));
    EXPECT_EQ(ran.code, 4) << ran.err;
    EXPECT_THAT(ran.err, HasSubstr("'folder.mp4' is a folder"));
    EXPECT_FALSE(desk.has("folder.mp4.partial"));
  }
}

TEST(Output, InAFolderThatIsNotThereIsRefused) {
  const Desk desk;
  desk.make_clip("in.mp4", 10);
  expect_refused(desk, desk.run(twice("in.mp4", "nowhere/out.mp4")), 4, "no folder");
}

TEST(Model, ThatIsNotThereIsRefusedInTheElementsWords) {
  const Desk desk;
  desk.make_clip("in.mp4", 10);
  expect_refused(desk, desk.run({"in.mp4", "out.mp4", "--fps", "x2", "--model", "./none.pkl"}), 5,
                 "./none.pkl");
}

TEST(Model, ThatIsNoneIsRefused) {
  const Desk desk;
  desk.make_clip("in.mp4", 10);
  desk.write("bad.model", "nonsense");
  expect_refused(desk, desk.run({"in.mp4", "out.mp4", "--fps", "x2", "--model", "bad.model"}), 5, "no model");
}

TEST(Device, ThatIsNotThereIsRefused) {
  const Desk desk;
  desk.make_clip("in.mp4", 10);
  expect_refused(desk, desk.run(twice("in.mp4", "out.mp4", {"--device", "cuda:7"})), 5, "device");
}

// A picture that is easy to encode and then, from frame 15 on, one that is not.
void make_heavy_end(const Desk& desk, const std::string& name) {
  const std::string caps = " ! video/x-raw,format=I420,width=128,height=96,framerate=20/1 ! c. ";
  desk.make("raw", "concat name=c ! filesink location=OUT videotestsrc pattern=black num-buffers=15" + caps +
                       "videotestsrc pattern=snow num-buffers=15" + caps);
  desk.make(
      name,
      "filesrc location=" + desk.path("raw") +
          " ! rawvideoparse format=i420 width=128 height=96 framerate=20/1 ! x264enc threads=1 ! h264parse ! "
          "mp4mux ! filesink location=OUT");
}

constexpr long kLittleRoom = 20000;

// Leaves out.mp4.partial.
void fail_half_way(const Desk& desk) {
  make_heavy_end(desk, "in.mp4");
  const Ran ran = desk.run_with_file_limit(twice("in.mp4", "out.mp4"), kLittleRoom);
  ASSERT_EQ(ran.code, 4) << ran.err;
}

TEST(Output, ThatCannotGrowIsAnErrorAfterWhichResumeGoesOn) {
  const Desk desk;
  fail_half_way(desk);
  EXPECT_FALSE(desk.has("out.mp4"));
  EXPECT_TRUE(desk.has("out.mp4.partial/segment-1"));
  ASSERT_EQ(desk.run(twice("in.mp4", "whole.mp4")).code, 0);
  ASSERT_EQ(desk.run(twice("in.mp4", "out.mp4", {"--resume"})).code, 0);
  EXPECT_EQ(desk.frames("out.mp4"), desk.frames("whole.mp4"));
}

TEST(Output, OnAFullDiskIsAnErrorAfterWhichResumeGoesOnWhereThereIsSomething) {
  const Desk desk;
  desk.make_clip("in.mp4", 30);
  std::filesystem::create_directory(desk.path("out.mp4.partial"));
  const auto arguments = twice("in.mp4", "out.mp4", {"--resume"});
  const Ran at_once = desk.run_with_full_disk(arguments, "out.mp4.partial/unfinished");
  EXPECT_THAT(at_once.err, testing::EndsWith("The disk is full; make room.\n"));
  expect_refused(desk, at_once, 4, "disk");
  std::filesystem::create_directory(desk.path("out.mp4.partial"));
  const Ran at_last = desk.run_with_full_disk(arguments, "out.mp4.partial/joined");
  EXPECT_EQ(at_last.code, 4);
  EXPECT_THAT(at_last.err, HasSubstr("The disk is full; make room. --resume goes on"));
  EXPECT_FALSE(desk.has("out.mp4"));
  std::filesystem::remove(desk.path("out.mp4.partial/joined"));  // the full disk
  EXPECT_EQ(desk.run(arguments).code, 0);
}

TEST(Network, ThatFailsIsAnErrorInTheElementsWords) {
  const Desk desk;
  desk.make_clip("in.mp4", 30);
  desk.write("fake.model", "model=fake\nfail=pop\nat=3\n");
  expect_refused(desk, desk.run(twice("in.mp4", "out.mp4")), 5, "fails as it was told");
}

TEST(Resume, IsAskedForWhereARunWasStopped) {
  const Desk desk;
  fail_half_way(desk);
  const Ran ran = desk.run(twice("in.mp4", "out.mp4"));
  EXPECT_EQ(ran.code, 2);
  EXPECT_THAT(ran.err, HasSubstr("--resume"));
}

TEST(Resume, WithOtherOptionsIsRefusedByName) {
  const Desk desk;
  fail_half_way(desk);
  const Ran ran = desk.run(twice("in.mp4", "out.mp4", {"--resume", "--crf", "30"}));
  EXPECT_EQ(ran.code, 2);
  EXPECT_THAT(ran.err, HasSubstr("crf"));
}

TEST(Resume, OfAnotherInputIsRefused) {
  const Desk desk;
  fail_half_way(desk);
  desk.make_clip("in.mp4", 31);
  const Ran ran = desk.run(twice("in.mp4", "out.mp4", {"--resume"}));
  EXPECT_EQ(ran.code, 2);
  EXPECT_THAT(ran.err, HasSubstr("input"));
}

TEST(Resume, WithOtherWeightsUnderTheSameNameIsRefused) {
  const Desk desk;
  fail_half_way(desk);
  desk.write("fake.model", "model=fake\n\n");
  const Ran ran = desk.run(twice("in.mp4", "out.mp4", {"--resume"}));
  EXPECT_EQ(ran.code, 2);
  EXPECT_THAT(ran.err, HasSubstr("interpolate-model-sha256"));
}

TEST(Resume, ForcedAwayBeginsAnew) {
  const Desk desk;
  fail_half_way(desk);
  EXPECT_EQ(desk.run(twice("in.mp4", "out.mp4", {"--force"})).code, 0);
  EXPECT_EQ(desk.frames("out.mp4").size(), 60u);
  EXPECT_FALSE(desk.has("out.mp4.partial"));
}

TEST(Resume, KnowsAnInputWhoseNameIsNoUtf8) {
  const Desk desk;
  make_heavy_end(desk, "in.mp4");
  const std::string name = "caf\xE9.mp4";
  std::filesystem::rename(desk.path("in.mp4"), desk.path(name));
  ASSERT_EQ(desk.run_with_file_limit(twice(name, "out.mp4"), kLittleRoom).code, 4);
  const Ran ran = desk.run(twice(name, "out.mp4", {"--resume"}));
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(desk.frames("out.mp4").size(), 60u);
}

TEST(Resume, OfADamagedManifestBeginsAnew) {
  const Desk desk;
  fail_half_way(desk);
  desk.write("out.mp4.partial/manifest.json", "{ half");
  EXPECT_EQ(desk.run(twice("in.mp4", "out.mp4", {"--resume"})).code, 0);
  EXPECT_EQ(desk.frames("out.mp4").size(), 60u);
}

TEST(Input, ThatIsInterlacedWithMoreThanEightBitsIsRefused) {
  const Desk desk;
  desk.make_lossless(
      "in.mkv",
      "videotestsrc num-buffers=10 ! video/x-raw,format=I420_10LE,width=64,height=48,framerate=25/1 ! "
      "capssetter caps=video/x-raw,interlace-mode=interleaved,field-order=top-field-first");
  expect_refused(desk, desk.run(twice("in.mkv", "out.mp4")), 3, "of the format I420_10LE progressive");
}

TEST(Json, TellsAlsoAnUnknownOptionWithItsCode) {
  const Desk desk;
  const Ran ran = desk.run(twice("in.mkv", "out.mp4", {"--json", "--nonsense"}));
  EXPECT_EQ(ran.code, 2);
  EXPECT_THAT(ran.out, HasSubstr("\"code\":2"));
  EXPECT_THAT(ran.err, HasSubstr("nonsense"));
}

TEST(Json, TellsAFailureWithItsCode) {
  const Desk desk;
  const Ran ran = desk.run(twice("none.mp4", "out.mp4", {"--json"}));
  EXPECT_EQ(ran.code, 3);
  EXPECT_THAT(ran.out, HasSubstr("\"code\":3"));
}

}  // namespace
}  // namespace videoenhance
