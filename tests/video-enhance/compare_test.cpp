// --compare: the result beside what was there before.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "tests/video-enhance/program.h"

namespace videoenhance {
namespace {

using testing::HasSubstr;

const std::vector<std::string> kTwice = {"--fps", "x2", "--model", "fake.model", "--codec", "ffv1"};
const std::vector<std::string> kEnlarge = {"--scale", "2", "--model", "fake.model", "--codec", "ffv1"};

std::vector<std::string> with(std::vector<std::string> arguments, const std::vector<std::string>& more) {
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

Ran compare(const Desk& desk, const std::vector<std::string>& how,
            const std::vector<std::string>& more = {}) {
  return desk.run(with(with({"in.mkv", "out.mkv", "--compare"}, how), more));
}

// The last line of --json.
nlohmann::json last_line(const Ran& ran) {
  const std::string lines = ran.out.substr(0, ran.out.size() - 1);
  return nlohmann::json::parse(lines.substr(lines.rfind('\n') + 1), nullptr, false);
}

void crop(const Desk& desk, const std::string& name, const std::string& sides) {
  desk.make_lossless(name, "filesrc location=" + desk.path("out.mkv") + " ! decodebin ! videocrop " + sides);
}

void expect_nothing_written(const Desk& desk) {
  for (const auto& entry : std::filesystem::directory_iterator(desk.path("")))
    EXPECT_NE(entry.path().filename().string().rfind("out", 0), 0u) << entry.path();
}

void expect_refused(const Desk& desk, const Ran& ran, int code, const std::string& about) {
  EXPECT_EQ(ran.code, code) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr(about));
  expect_nothing_written(desk);
}

TEST(Comparison, ShowsRepeatedFramesOnTheLeftAndTheResultOnTheRight) {
  const Desk desk;
  desk.make_clip("in.mkv", 12);
  ASSERT_EQ(desk.run(with({"in.mkv", "alone.mkv"}, kTwice)).code, 0);
  const Ran ran = compare(desk, kTwice);
  ASSERT_EQ(ran.code, 0) << ran.err;
  crop(desk, "left.mkv", "right=64");
  crop(desk, "right.mkv", "left=64");
  const auto before = desk.frames("in.mkv"), left = desk.frames("left.mkv");
  ASSERT_EQ(left.size(), 24u);
  for (std::size_t k = 0; k < left.size(); ++k) EXPECT_EQ(left[k], before[k / 2]) << k;
  EXPECT_EQ(desk.frames("right.mkv"), desk.frames("alone.mkv"));
}

TEST(Comparison, ShowsARangeWithItsOwnTimes) {
  const Desk desk;
  desk.make_clip("in.mkv", 30);
  ASSERT_EQ(compare(desk, kTwice, {"--start", "0.5", "--end", "1"}).code, 0);
  crop(desk, "left.mkv", "right=64");
  const auto before = desk.frames("in.mkv"), left = desk.frames("left.mkv");
  ASSERT_EQ(left.size(), 20u);
  EXPECT_EQ(left[0], before[10]);
  EXPECT_EQ(left[19], before[19]);
  EXPECT_EQ(desk.times("out.mkv")[19], 19 * 25000000u);
}

TEST(Comparison, MakesPicturesOfAFrameThatIsDrawn) {
  const Desk desk;
  desk.make_clip("in.mkv", 12);
  ASSERT_EQ(compare(desk, kTwice).code, 0);
  EXPECT_EQ(desk.frames("out-before.png").size(), 1u);
  EXPECT_NE(desk.frames("out-before.png"), desk.frames("out-after.png"));
}

TEST(Comparison, WithTheResultItselfFindsItEqual) {
  const Desk desk;
  desk.make_clip("in.mkv", 12);
  ASSERT_EQ(desk.run(with({"in.mkv", "alone.mkv"}, kEnlarge)).code, 0);
  const Ran ran = compare(desk, kEnlarge, {"--reference", "alone.mkv"});
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("after: PSNR-Y 100.00 dB, SSIM-Y 1.0000"));
  EXPECT_THAT(ran.err, Not(HasSubstr("before: PSNR-Y 100")));
}

TEST(Comparison, MeasuresRgbAsWell) {
  const Desk desk;
  desk.make_lossless(
      "in.mkv",
      "videotestsrc pattern=ball num-buffers=5 ! video/x-raw,format=BGRx,width=64,height=48,framerate=20/1");
  ASSERT_EQ(desk.run(with({"in.mkv", "alone.mkv"}, kTwice)).code, 0);
  const auto done = last_line(compare(desk, kTwice, {"--json", "--reference", "alone.mkv"}));
  EXPECT_EQ(done["after"]["psnr_y"], 100);
  EXPECT_LT(done["before"]["psnr_y"], 100);
}

TEST(Comparison, LeavesOutALastRowAndColumnThatAreOdd) {
  const Desk desk;
  desk.make_lossless(
      "in.mkv", "videotestsrc num-buffers=3 ! video/x-raw,format=I420,width=33,height=47,framerate=20/1");
  const Ran ran = desk.run({"in.mkv", "out.mp4", "--compare", "--fps", "x2", "--model", "fake.model"});
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(desk.frames("out.mp4").size(), 6u);
}

TEST(Comparison, EndsItsJsonWithWhatWasMeasured) {
  const Desk desk;
  desk.make_clip("in.mkv", 12);
  ASSERT_EQ(desk.run(with({"in.mkv", "alone.mkv"}, kEnlarge)).code, 0);
  const auto done = last_line(compare(desk, kEnlarge, {"--json", "--reference", "alone.mkv"}));
  EXPECT_EQ(done["event"], "done");
  EXPECT_EQ(done["frames_in"], 12);
  EXPECT_EQ(done["frames_out"], 12);
  EXPECT_EQ(done["after"]["psnr_y"], 100);
  EXPECT_LT(done["before"]["ssim_y"], 1);
  EXPECT_EQ(done["before"]["picture"], "out-before.png");
}

TEST(Comparison, OfBothElementsHasAllFramesInTheSizeOfTheResult) {
  const Desk desk;
  desk.make_clip("in.mkv", 12);
  const std::vector<std::string> both = {
      "--scale",    "2",       "--fps", "x2", "--upscale-model", "fake.model", "--interpolate-model",
      "fake.model", "--codec", "ffv1"};
  ASSERT_EQ(desk.run(with({"in.mkv", "alone.mkv"}, both)).code, 0);
  const Ran ran = compare(desk, both);
  ASSERT_EQ(ran.code, 0) << ran.err;
  crop(desk, "right.mkv", "left=128");
  EXPECT_EQ(desk.frames("right.mkv"), desk.frames("alone.mkv"));
}

// Repeated pixels would have no values but those of the bars.
TEST(Comparison, EnlargesTheFramesBeforeByInterpolation) {
  const Desk desk;
  desk.make_lossless(
      "in.mkv",
      "videotestsrc pattern=bar num-buffers=3 ! video/x-raw,format=I420,width=64,height=48,framerate=20/1");
  ASSERT_EQ(compare(desk, kEnlarge).code, 0);
  crop(desk, "left.mkv", "right=128");
  const auto values = [&](const std::string& name) {
    const std::string luma = desk.luma(name);
    return std::set<char>(luma.begin(), luma.end()).size();
  };
  EXPECT_GT(values("left.mkv"), values("in.mkv"));
}

TEST(Comparison, WithAReferenceOfAnotherSizeIsRefused) {
  const Desk desk;
  desk.make_clip("in.mkv", 12);
  expect_refused(desk, compare(desk, kEnlarge, {"--reference", "in.mkv"}), 2,
                 "'in.mkv' has 64x48 pixels and the result 128x96");
}

TEST(Comparison, WithAReferenceOfAnotherLengthIsRefused) {
  const Desk desk;
  desk.make_clip("in.mkv", 12);
  desk.make_clip("longer.mkv", 13);
  expect_refused(desk, compare(desk, kEnlarge, {"--reference", "longer.mkv"}), 2,
                 "'longer.mkv' has 13 frames and the result 12");
}

// Where only times tell how many frames there will be.
TEST(Comparison, WithAReferenceThatProvesTooShortIsRefused) {
  const Desk desk;
  desk.make_clip("even.mkv", 20);
  desk.make("in.mkv", "filesrc location=" + desk.path("even.mkv") +
                          " ! matroskademux ! h264parse ! avdec_h264 ! capssetter "
                          "caps=video/x-raw,framerate=13/1 ! x264enc threads=1 ! h264parse ! matroskamux ! "
                          "filesink location=OUT");
  expect_refused(
      desk,
      compare(desk, {"--fps", "60", "--model", "fake.model", "--codec", "ffv1"}, {"--reference", "even.mkv"}),
      2, "'even.mkv' has 20 frames and the result more");
}

TEST(Comparison, WithAReferenceThatCannotBeReadIsRefused) {
  const Desk desk;
  desk.make_clip("in.mkv", 12);
  desk.write("bad.mkv", "nonsense, and not enough of it");
  expect_refused(desk, compare(desk, kEnlarge, {"--reference", "none.mkv"}), 3, "no file 'none.mkv'");
  expect_refused(desk, compare(desk, kEnlarge, {"--reference", "bad.mkv"}), 3, "bad.mkv");
}

TEST(Comparison, OfPicturesTooSmallToMeasureIsRefused) {
  const Desk desk;
  desk.make_lossless(
      "in.mkv", "videotestsrc num-buffers=3 ! video/x-raw,format=I420,width=32,height=10,framerate=20/1");
  ASSERT_EQ(desk.run(with({"in.mkv", "alone.mkv"}, kTwice)).code, 0);
  expect_refused(desk, compare(desk, kTwice, {"--reference", "alone.mkv"}), 2, "too small to measure");
}

TEST(Comparison, KeepsAPictureThatExistsUnlessForced) {
  const Desk desk;
  desk.make_clip("in.mkv", 12);
  desk.write("out-after.png", "precious");
  const Ran refused = compare(desk, kTwice);
  EXPECT_EQ(refused.code, 4);
  EXPECT_THAT(refused.err, HasSubstr("'out-after.png' exists"));
  EXPECT_FALSE(desk.has("out.mkv"));
  EXPECT_EQ(compare(desk, kTwice, {"--force"}).code, 0);
}

TEST(Comparison, WhoseNetworkFailsLeavesNothing) {
  const Desk desk;
  desk.make_clip("in.mkv", 30);
  desk.write("fake.model", "model=fake\nfail=pop\nat=3\n");
  expect_refused(desk, compare(desk, kTwice), 5, "fails as it was told");
}

TEST(Comparison, WhoseDiskIsFullLeavesNothing) {
  const Desk desk;
  desk.make_clip("in.mkv", 12);
  const std::vector<std::string> arguments = with({"in.mkv", "out.mkv", "--compare"}, kTwice);
  for (const char* name :
       {"out.mkv.PID.unfinished", "out-before.png.PID.unfinished", "out-after.png.PID.unfinished"}) {
    const Ran ran = desk.run_with_full_disk(arguments, name);
    EXPECT_THAT(ran.err, Not(HasSubstr("--resume")));
    expect_refused(desk, ran, 4, "disk");
  }
}

TEST(Comparison, ThatIsStoppedLeavesNothing) {
  const Desk desk;
  desk.make_lossless("in.mkv",
                     "videotestsrc pattern=snow num-buffers=30 ! "
                     "video/x-raw,format=I420,width=64,height=48,framerate=20/1");
  std::vector<std::string> arguments = with({"in.mkv", "out.mkv", "--compare"}, kTwice);
  expect_refused(desk, desk.run_and_interrupt_writing(arguments, "out.mkv.PID.unfinished"), 130,
                 "nothing was written");
}

}  // namespace
}  // namespace videoenhance
