#include "core/video/repeat.h"

#include <gtest/gtest.h>

#include <limits>

#include "tests/core/video/drawn.h"

namespace videoenhance {
namespace {

using Repeats = std::vector<int>;

// The numbers of the frames that repeat the one before.
Repeats repeats(const std::vector<Picture>& frames, double threshold = RepeatDetector::kThreshold) {
  RepeatDetector detector;
  Repeats found;
  for (int i = 0; i < static_cast<int>(frames.size()); ++i)
    if (detector.push(frames[static_cast<std::size_t>(i)].view(), threshold)) found.push_back(i);
  return found;
}

// A B C C D: which picture of the film frame `i` shows.
int telecined(int i) {
  return i / 5 * 4 + std::min(i % 5, 2) + (i % 5 == 4);
}

const Repeats kTelecined = {3, 8, 13, 18};

// As a coder leaves it: each block of 8x8 a little off, by another amount in each frame.
Picture coded(Picture picture, unsigned frame, float most) {
  std::mt19937 random(frame);
  std::vector<float> off(20 * 12);
  for (auto& value : off) value = most * (static_cast<float>(random()) / 2147483648.0f - 1);
  for (int y = 0; y < kHeight; ++y)
    for (int x = 0; x < kWidth; ++x)
      picture.values[static_cast<std::size_t>(y * kWidth + x)] +=
          off[static_cast<std::size_t>(y / 8 * 20 + x / 8)];
  return picture;
}

// A still picture in which one thing of a few pixels moves.
Picture mouth(int i) {
  Picture picture = room();
  for (int y = 40; y < 41 + i * 3 % 5; ++y)
    for (int x = 80; x < 85; ++x) picture.values[static_cast<std::size_t>(y * kWidth + x)] = 0.1f;
  return picture;
}

TEST(RepeatDetector, FindsTheRepeatsOfTelecinedFilm) {
  EXPECT_EQ(repeats(sequence(20, [](int i) { return street(2 * telecined(i)); })), kTelecined);
}

TEST(RepeatDetector, FindsRepeatsThatWereCodedAnew) {
  EXPECT_EQ(repeats(sequence(20, [](int i) { return coded(street(2 * telecined(i)), i, 0.012f); })),
            kTelecined);
}

TEST(RepeatDetector, FindsRepeatsUnderGrain) {
  EXPECT_EQ(repeats(sequence(20, [](int i) { return with_noise(street(2 * telecined(i)), i, 0.01f); })),
            kTelecined);
}

TEST(RepeatDetector, FindsRepeatsInADarkScene) {
  const auto dark =
      sequence(20, [](int i) { return coded(scene(3, 0.08, 0.1, 3 * telecined(i)), i, 0.002f); });
  EXPECT_EQ(repeats(dark), kTelecined);
}

TEST(RepeatDetector, FindsRepeatsOfOneSmallThingThatMoves) {
  EXPECT_EQ(repeats(sequence(20, [](int i) { return mouth(telecined(i)); })), kTelecined);
}

TEST(RepeatDetector, FindsFramesThatAreHeldForThree) {
  const Repeats held = {4, 5, 7, 8, 10, 11};  // the first is compared with nothing before
  auto found = repeats(sequence(12, [](int i) { return coded(street(4 * (i / 3)), i, 0.01f); }));
  std::erase_if(found, [](int i) { return i < 3; });
  EXPECT_EQ(found, held);
}

TEST(RepeatDetector, FramesThatAreEqualBitForBitAreRepeatsFromTheSecondOn) {
  EXPECT_EQ(repeats(sequence(5, [](int) { return street(); })), (Repeats{1, 2, 3, 4}));
}

TEST(RepeatDetector, FlatFramesAreRepeats) {
  EXPECT_EQ(repeats(sequence(4, [](int) { return flat(0); })), (Repeats{1, 2, 3}));
}

TEST(RepeatDetector, OneSmallThingThatMovesMakesAnotherPicture) {
  EXPECT_EQ(repeats(sequence(20, mouth)), Repeats{});
}

TEST(RepeatDetector, ASmallThingIsSeenSoonAfterLargeMotion) {
  const auto frames = sequence(40, [](int i) { return i < 20 ? street(4 * i) : mouth(i); });
  EXPECT_EQ(repeats(frames), Repeats{});
}

TEST(RepeatDetector, ASlowPanIsNoRepeat) {
  for (const double pixels : {0.1, 0.25, 1.0})
    EXPECT_EQ(repeats(sequence(30, [=](int i) { return street(pixels * i); })), Repeats{}) << pixels;
}

TEST(RepeatDetector, AFadeIsNoRepeat) {
  const auto fade = sequence(60, [](int i) { return mixed(street(), flat(0), static_cast<float>(i) / 59); });
  EXPECT_EQ(repeats(fade), Repeats{});
}

TEST(RepeatDetector, AStillPictureUnderNoiseIsNoRepeatForItsNoiseMoves) {
  EXPECT_EQ(repeats(sequence(30, [](int i) { return with_noise(street(), i, 0.01f); })), Repeats{});
}

TEST(RepeatDetector, MotionBelowTheThresholdEndsARunOnceItHasAddedUp) {
  // Fast, then so slow that each frame is like the one before it.
  RepeatDetector detector;
  Thumbnail first, next;
  int found = 0;
  for (int i = 0; i < 25; ++i) {
    const Picture picture = street(i < 10 ? 16 * i : 160 + 0.05 * (i - 10));
    ASSERT_TRUE(next.take(picture.view(), RepeatDetector::kCells));
    if (detector.push(picture.view())) {
      EXPECT_LT(local_difference(first, next), RepeatDetector::kThreshold) << i;
      ++found;
    } else {
      std::swap(first, next);
    }
  }
  EXPECT_GT(found, 2);
}

TEST(RepeatDetector, AFrameOfAnotherShapeIsNoRepeat) {
  RepeatDetector detector;
  Picture tall = flat(0.5);
  std::swap(tall.width, tall.height);
  EXPECT_FALSE(detector.push(flat(0.5).view()));
  EXPECT_FALSE(detector.push(tall.view()));
  EXPECT_TRUE(detector.push(tall.view()));
  EXPECT_FALSE(detector.push(flat(0.5).view()));
}

TEST(RepeatDetector, AFrameWithoutPixelsRepeatsNothingAndIsNotRepeated) {
  const Picture picture = street();
  FrameView no_height = picture.view(), no_memory = picture.view();
  no_height.height = 0;
  no_memory.components[1].data = nullptr;
  for (const auto& broken : {no_height, no_memory}) {
    RepeatDetector detector;
    detector.push(picture.view());
    EXPECT_FALSE(detector.push(broken));
    EXPECT_FALSE(detector.push(picture.view()));
    EXPECT_TRUE(detector.push(picture.view()));
  }
}

TEST(RepeatDetector, TheFirstFrameRepeatsNothingNorTheFirstAfterAReset) {
  RepeatDetector detector;
  EXPECT_FALSE(detector.push(street().view()));
  EXPECT_TRUE(detector.push(street().view()));
  detector.reset();
  EXPECT_FALSE(detector.push(street().view()));
}

TEST(RepeatDetector, AResetForgetsWhatWasUsual) {
  RepeatDetector detector;
  for (int i = 0; i < 10; ++i) detector.push(street(8 * i).view());
  detector.reset();
  detector.push(with_noise(street(), 1, 0.005f).view());
  EXPECT_FALSE(detector.push(with_noise(street(), 2, 0.005f).view()));
}

TEST(RepeatDetector, ValuesThatAreNoNumbersAreBlack) {
  Picture nan = flat(0);
  nan.values.assign(nan.values.size(), std::numeric_limits<float>::quiet_NaN());
  EXPECT_EQ(repeats({street(), nan, nan, flat(0), street()}), (Repeats{2, 3}));
}

TEST(RepeatDetector, ThresholdsDecide) {
  const auto frames = sequence(20, [](int i) { return coded(street(2 * telecined(i)), i, 0.02f); });
  EXPECT_EQ(repeats(frames, 0.005), Repeats{});
  EXPECT_EQ(repeats(frames, 0.05), kTelecined);
  for (const double none : {0.0, -1.0, std::numeric_limits<double>::quiet_NaN()})
    EXPECT_EQ(repeats(sequence(5, [](int) { return street(); }), none), Repeats{}) << none;
}

TEST(LocalDifference, LiesBetweenTheMeanAndTheLargestDifference) {
  Thumbnail a{2, 2, {0.5f, 0.5f, 0.5f, 0.5f}}, b = a;
  EXPECT_EQ(local_difference(a, b), 0);
  b.luma[3] = 0.9f;
  EXPECT_GT(local_difference(a, b), 0.1 + 0.1);
  EXPECT_LT(local_difference(a, b), 0.4);
  EXPECT_EQ(local_difference(a, b), local_difference(b, a));
}

}  // namespace
}  // namespace videoenhance
