// What comes out of good runs.
#include <gmock/gmock.h>
#include <gst/gst.h>
#include <gtest/gtest.h>

#include <csignal>

#include "tests/video-enhance/program.h"

namespace videoenhance {
namespace {

using testing::HasSubstr;

const std::vector<std::string> kTwice = {"--fps", "x2", "--model", "fake.model", "--segment", "7"};

std::vector<std::string> with(std::vector<std::string> arguments, std::vector<std::string> more) {
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

std::vector<std::string> twice(const std::string& in, const std::string& out,
                               std::vector<std::string> more = {}) {
  return with(with({in, out}, kTwice), more);
}

TEST(VideoEnhance, GivesFramesTimesFactorAtExactTimes) {
  const Desk desk;
  desk.make_clip("in.mp4", 30);
  const Ran ran = desk.run(twice("in.mp4", "out.mp4"));
  ASSERT_EQ(ran.code, 0) << ran.err;
  const auto times = desk.times("out.mp4");
  ASSERT_EQ(times.size(), 60u);
  for (std::size_t k = 0; k < times.size(); ++k) EXPECT_EQ(times[k] - times[0], k * 25000000);
  EXPECT_FALSE(desk.has("out.mp4.partial"));
}

TEST(VideoEnhance, KeepsTheSourceFramesBitForBit) {
  const Desk desk;
  desk.make_clip("in.mkv", 20);
  ASSERT_EQ(desk.run(twice("in.mkv", "out.mkv", {"--codec", "ffv1"})).code, 0);
  const auto before = desk.frames("in.mkv"), after = desk.frames("out.mkv");
  ASSERT_EQ(after.size(), 40u);
  for (std::size_t k = 0; k < before.size(); ++k) EXPECT_EQ(after[2 * k], before[k]) << k;
}

TEST(VideoEnhance, GivesTheSameFramesWhereverItCuts) {
  const Desk desk;
  desk.make_clip("in.mkv", 20);
  const std::vector<std::string> arguments = {"--fps", "50", "--model", "fake.model", "--codec", "ffv1"};
  ASSERT_EQ(desk.run(with({"in.mkv", "whole.mkv"}, arguments)).code, 0);
  ASSERT_EQ(desk.run(with({"in.mkv", "cut.mkv", "--segment", "4"}, arguments)).code, 0);
  EXPECT_EQ(desk.frames("whole.mkv").size(), 50u);
  EXPECT_EQ(desk.frames("whole.mkv"), desk.frames("cut.mkv"));
}

TEST(VideoEnhance, EnlargesAndSmoothsAcrossItsCuts) {
  const Desk desk;
  desk.make_clip("in.mkv", 50);
  const std::vector<std::string> arguments = {
      "--scale",    "2",       "--fps", "x2", "--upscale-model", "fake.model", "--interpolate-model",
      "fake.model", "--codec", "ffv1"};
  ASSERT_EQ(desk.run(with({"in.mkv", "whole.mkv"}, arguments)).code, 0);
  ASSERT_EQ(desk.run(with({"in.mkv", "cut.mkv", "--segment", "20"}, arguments)).code, 0);
  EXPECT_EQ(desk.frames("whole.mkv").size(), 100u);
  EXPECT_EQ(desk.frames("whole.mkv"), desk.frames("cut.mkv"));
}

// glibc fills memory with these bytes as it is handed out.
TEST(VideoEnhance, EncodesToTheSameFramesWhateverWasInMemory) {
  const Desk desk;
  desk.make_clip("in.mkv", 30);
  for (const char* byte : {"1", "170", "255"}) {
    g_setenv("MALLOC_PERTURB_", byte, TRUE);
    EXPECT_EQ(desk.run(twice("in.mkv", std::string(byte) + ".mkv")).code, 0);
  }
  g_unsetenv("MALLOC_PERTURB_");
  EXPECT_EQ(desk.frames("1.mkv"), desk.frames("170.mkv"));
  EXPECT_EQ(desk.frames("1.mkv"), desk.frames("255.mkv"));
}

// The file says the range of its colours only: a small picture is then taken for BT.601, a large one for
// BT.709.
TEST(VideoEnhance, KeepsTheColoursOfASmallPictureThatItEnlarges) {
  const Desk desk;
  desk.make(
      "in.mkv",
      "videotestsrc num-buffers=3 ! video/x-raw,format=I420,width=80,height=96,framerate=20/1 ! avenc_ffv1 "
      "! capssetter caps=video/x-ffv,ffversion=1,colorimetry=2:0:0:0 ! matroskamux ! filesink "
      "location=OUT");
  ASSERT_EQ(desk.run({"in.mkv", "out.mkv", "--scale", "8", "--model", "fake.model"}).code, 0);
  desk.make("bt601", "filesrc location=" + desk.path("out.mkv") +
                         " ! decodebin ! video/x-raw,height=768,colorimetry=bt601 ! filesink location=OUT");
  EXPECT_NE(desk.bytes("bt601"), "");
}

TEST(VideoEnhance, LeavesOutALastRowAndColumnThatAreOddWhereTheEncoderCannotTakeThem) {
  const Desk desk;
  desk.make_lossless(
      "in.mkv", "videotestsrc num-buffers=3 ! video/x-raw,format=I420,width=65,height=47,framerate=20/1");
  for (const std::string codec : {"h264", "h265"}) {
    const std::string name = codec + ".mp4";
    const Ran ran = desk.run(twice("in.mkv", name, {"--codec", codec}));
    ASSERT_EQ(ran.code, 0) << ran.err;
    desk.make("frames", "filesrc location=" + desk.path(name) +
                            " ! decodebin ! video/x-raw,width=64,height=46 ! filesink location=OUT");
    EXPECT_EQ(desk.bytes("frames").size(), 6u * 64 * 46 * 3 / 2);
  }
  ASSERT_EQ(desk.run(twice("in.mkv", "out.mkv", {"--codec", "ffv1"})).code, 0);
  desk.make("whole", "filesrc location=" + desk.path("out.mkv") +
                         " ! decodebin ! video/x-raw,width=65,height=47 ! filesink location=OUT");
  EXPECT_NE(desk.bytes("whole"), "");  // rows have padding, in which anything may lie
}

TEST(VideoEnhance, CopiesAudioPacketByPacket) {
  const Desk desk;
  desk.make_clip("in.mkv", 30);
  ASSERT_EQ(desk.run(twice("in.mkv", "out.mkv")).code, 0);
  EXPECT_EQ(desk.packets("out.mkv", "audio/x-flac"), desk.packets("in.mkv", "audio/x-flac"));
}

// As it is only copied.
TEST(VideoEnhance, EnhancesThePictureThoughTheAudioIsDamaged) {
  const Desk desk;
  desk.make_clip("in.mkv", 30);
  ASSERT_EQ(desk.run(twice("in.mkv", "whole.mkv")).code, 0);
  std::string bytes = desk.bytes("in.mkv");
  const std::string start_of_frame = "\xFF\xF8Z";
  for (auto at = bytes.find(start_of_frame); at < bytes.size() - 60; at = bytes.find(start_of_frame, at + 1))
    bytes.replace(at + 20, 40, 40, '?');
  desk.write("in.mkv", bytes);
  const Ran ran = desk.run(twice("in.mkv", "out.mkv"));
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(desk.packets("out.mkv", "video/x-h264"), desk.packets("whole.mkv", "video/x-h264"));
}

TEST(VideoEnhance, StoresAudioThatTheContainerLacksWithoutLossAndSaysSo) {
  const Desk desk;
  desk.make_clip("in.mkv", 30);
  const Ran ran = desk.run(twice("in.mkv", "out.mp4"));
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("ALAC"));
  ASSERT_FALSE(desk.audio("in.mkv").empty());
  EXPECT_TRUE(desk.audio("out.mp4") == desk.audio("in.mkv"));  // too long to be printed
}

TEST(VideoEnhance, StoresOpusWithoutLossWhereItWouldBeSpoilt) {
  const Desk desk;
  desk.make_clip("silent.mp4", 30);
  desk.make("in.mkv",
            "matroskamux name=mux ! filesink location=OUT filesrc location=" + desk.path("silent.mp4") +
                " ! qtdemux ! h264parse ! mux. audiotestsrc samplesperbuffer=2400 num-buffers=30 ! "
                "audio/x-raw,rate=48000,channels=1 ! opusenc ! mux.");
  const Ran ran = desk.run(twice("in.mkv", "out.mp4"));
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("audio/x-opus"));
  ASSERT_FALSE(desk.audio("in.mkv").empty());
  EXPECT_TRUE(desk.audio("out.mp4") == desk.audio("in.mkv"));  // too long to be printed
  ASSERT_EQ(desk.run(twice("in.mkv", "out.mkv")).code, 0);
  EXPECT_EQ(desk.packets("out.mkv", "audio/x-opus"), desk.packets("in.mkv", "audio/x-opus"));
}

TEST(VideoEnhance, KnowsAContainerByAnEndingInCapitals) {
  const Desk desk;
  desk.make_clip("in.mkv", 10);
  ASSERT_EQ(desk.run(twice("in.mkv", "out.MKV", {"--codec", "ffv1"})).code, 0);
  EXPECT_EQ(desk.frames("out.MKV").size(), 20u);
  EXPECT_EQ(desk.packets("out.MKV", "audio/x-flac"), desk.packets("in.mkv", "audio/x-flac"));
}

TEST(VideoEnhance, MakesOnlyTheRangeWithItsAudio) {
  const Desk desk;
  desk.make_clip("in.mkv", 40);
  ASSERT_EQ(desk.run(twice("in.mkv", "out.mkv", {"--start", "0.5", "--end", "1.5", "--codec", "ffv1"})).code,
            0);
  const auto before = desk.frames("in.mkv"), after = desk.frames("out.mkv");
  ASSERT_EQ(after.size(), 40u);
  EXPECT_EQ(after[0], before[10]);
  EXPECT_EQ(desk.times("out.mkv")[0], 0u);
  EXPECT_NEAR(static_cast<double>(desk.audio("out.mkv").size()), 96000, 2 * 4608 * 2);
}

// As GStreamer writes a text into caps and pipelines.
std::string quoted(const std::string& text) {
  GValue value = G_VALUE_INIT;
  g_value_init(&value, G_TYPE_STRING);
  g_value_set_string(&value, text.c_str());
  gchar* serialized = gst_value_serialize(&value);
  const std::string result = serialized;
  g_free(serialized);
  g_value_unset(&value);
  return result;
}

// Looks at the bytes, as GStreamer's own reader takes quotes away.
TEST(VideoEnhance, WritesTitlesAsTheyAre) {
  const Desk desk;
  const std::string titles[] = {"My \"Film\" f\u00fcr \\ \u00e4", "\"quoted\"",
                                "Long and longe" + std::string(300, 'r')};
  for (const std::string& title : titles) {
    desk.make(
        "in.mp4",
        "videotestsrc num-buffers=5 ! video/x-raw,width=64,height=48,framerate=20/1 ! x264enc ! h264parse ! "
        "taginject tags=" +
            quoted("title=" + quoted(title)) + " ! mp4mux ! filesink location=OUT");
    ASSERT_EQ(desk.run(twice("in.mp4", "out.mkv", {"--force"})).code, 0);
    EXPECT_THAT(desk.bytes("out.mkv"), HasSubstr(title + std::string(1, '\0')));
    EXPECT_EQ(desk.frames("out.mkv").size(), 10u);
  }
}

TEST(VideoEnhance, KeepsTheTimesOfAnUnevenSource) {
  const Desk desk;
  desk.make_clip("even.mkv", 20);
  desk.make(
      "in.mkv",
      "filesrc location=" + desk.path("even.mkv") +
          " ! matroskademux ! h264parse ! avdec_h264 ! identity drop-probability=0 ! videorate "
          "drop-only=true "
          "! video/x-raw,framerate=20/1 ! capssetter caps=video/x-raw,framerate=13/1 ! x264enc threads=1 ! "
          "h264parse ! matroskamux ! filesink location=OUT");
  ASSERT_EQ(desk.run(twice("in.mkv", "out.mkv")).code, 0);
  const auto before = desk.times("in.mkv"), after = desk.times("out.mkv");
  ASSERT_EQ(after.size(), 2 * before.size());
  for (std::size_t k = 0; k < before.size(); ++k) EXPECT_EQ(after[2 * k], before[k]) << k;
}

TEST(VideoEnhance, WritesOnePictureForAPreview) {
  const Desk desk;
  desk.make_clip("in.mp4", 12);
  const Ran ran = desk.run({"in.mp4", "--scale", "2", "--model", "fake.model", "--preview", "p.png"});
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(desk.frames("p.png").size(), 1u);
}

TEST(VideoEnhance, EndsItsJsonWithASummary) {
  const Desk desk;
  desk.make_clip("in.mp4", 10);
  const Ran ran = desk.run(twice("in.mp4", "out.mp4", {"--json"}));
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("\"event\":\"done\""));
  EXPECT_THAT(ran.out, HasSubstr("\"frames_out\":20"));
  EXPECT_EQ(ran.err, "");
}

TEST(VideoEnhance, GoesOnAfterAKillToTheSameFrames) {
  const Desk desk;
  desk.make_clip("in.mkv", 60);
  const std::vector<std::string> arguments = {"--fps", "x2", "--model", "fake.model", "--segment", "3"};
  ASSERT_EQ(desk.run(with({"in.mkv", "whole.mkv"}, arguments)).code, 0);
  for (const char* segment : {"segment-0", "segment-4", "segment-9"}) {
    const Ran killed = desk.run_and_signal(with({"in.mkv", "out.mkv", "--resume"}, arguments),
                                           std::string("out.mkv.partial/") + segment, SIGKILL);
    ASSERT_EQ(killed.code, 128 + SIGKILL);
    EXPECT_FALSE(desk.has("out.mkv"));
  }
  ASSERT_EQ(desk.run(with({"in.mkv", "out.mkv", "--resume"}, arguments)).code, 0);
  EXPECT_EQ(desk.frames("out.mkv"), desk.frames("whole.mkv"));
  EXPECT_EQ(desk.packets("out.mkv", "audio/x-flac"), desk.packets("in.mkv", "audio/x-flac"));
}

TEST(VideoEnhance, MakesAPlayableFileWhenItIsStoppedAndGoesOnFromThere) {
  const Desk desk;
  desk.make_clip("in.mkv", 60);
  const std::vector<std::string> arguments = {"--fps", "x2", "--model", "fake.model", "--segment", "3"};
  ASSERT_EQ(desk.run(with({"in.mkv", "whole.mkv"}, arguments)).code, 0);
  const Ran stopped = desk.run_and_signal(with({"in.mkv", "out.mkv", "--resume"}, arguments),
                                          "out.mkv.partial/segment-3", SIGINT);
  ASSERT_EQ(stopped.code, 130) << stopped.err;
  EXPECT_THAT(stopped.err, HasSubstr("--resume"));
  const auto part = desk.frames("out.mkv");
  EXPECT_GE(part.size(), 24u);
  EXPECT_LT(part.size(), 120u);
  ASSERT_EQ(desk.run(with({"in.mkv", "out.mkv", "--resume"}, arguments)).code, 0);
  EXPECT_EQ(desk.frames("out.mkv"), desk.frames("whole.mkv"));
}

TEST(VideoEnhance, StoppedBeforeItMadeAFrameLeavesWhatWasThere) {
  const Desk desk;
  desk.make_clip("in.mkv", 60);
  const auto arguments = twice("in.mkv", "out.mkv", {"--resume"});
  ASSERT_EQ(desk.run_and_signal(arguments, "out.mkv.partial/segment-3", SIGINT).code, 130);
  const std::string part = desk.bytes("out.mkv");
  EXPECT_FALSE(desk.audio("out.mkv").empty());
  const Ran stopped = desk.run_and_interrupt_reading(arguments, "out.mkv.partial/manifest.json");
  EXPECT_EQ(stopped.code, 130);
  EXPECT_THAT(stopped.err, HasSubstr("nothing was written"));
  EXPECT_TRUE(desk.bytes("out.mkv") == part);
  ASSERT_EQ(desk.run(arguments).code, 0);
  EXPECT_EQ(desk.frames("out.mkv").size(), 120u);
}

// It may be done before the signal comes.
TEST(VideoEnhance, StoppedAfterItsLastSegmentFinishesLater) {
  const Desk desk;
  desk.make_clip("in.mkv", 14);
  const auto arguments = twice("in.mkv", "out.mkv", {"--resume"});
  const Ran stopped = desk.run_and_signal(arguments, "out.mkv.partial/segment-1", SIGINT);
  EXPECT_THAT(stopped.code, testing::AnyOf(130, 0)) << stopped.err;
  if (stopped.code == 130) {
    EXPECT_EQ(desk.run(arguments).code, 0);
  }
  EXPECT_EQ(desk.frames("out.mkv").size(), 28u);
}

// More than a pipe and the program's buffers hold, so that it waits.
void make_much(const Desk& desk) {
  desk.make_lossless("in.mkv",
                     "videotestsrc pattern=snow num-buffers=30 ! "
                     "video/x-raw,format=I420,width=64,height=48,framerate=20/1");
}

TEST(VideoEnhance, StopsWhileItPutsTheVideoTogetherAndFinishesLater) {
  const Desk desk;
  make_much(desk);
  const auto arguments = twice("in.mkv", "out.mkv", {"--codec", "ffv1", "--resume"});
  const Ran stopped = desk.run_and_interrupt_writing(arguments, "out.mkv.partial/joined");
  EXPECT_EQ(stopped.code, 130) << stopped.err;
  EXPECT_THAT(stopped.err, HasSubstr("--resume"));
  EXPECT_FALSE(desk.has("out.mkv"));
  std::filesystem::remove(desk.path("out.mkv.partial/joined"));  // the pipe
  ASSERT_EQ(desk.run(arguments).code, 0);
  EXPECT_EQ(desk.frames("out.mkv").size(), 60u);
}

}  // namespace
}  // namespace videoenhance
