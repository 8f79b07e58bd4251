#include "core/video/scene_change.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/core/video/drawn.h"

namespace videoenhance {
namespace {

// The numbers of the frames before which a cut was found.
std::vector<int> cuts(const std::vector<Picture>& frames, double threshold = SceneChange::kThreshold) {
  SceneChange detector(threshold);
  std::vector<int> found;
  for (int i = 0; i < static_cast<int>(frames.size()); ++i) {
    if (detector.push(frames[static_cast<std::size_t>(i)].view())) found.push_back(i);
  }
  return found;
}

using Cuts = std::vector<int>;

TEST(SceneChange, FindsAHardCutAndNothingElse) {
  EXPECT_EQ(cuts(sequence(20, [](int i) { return i < 11 ? street(i) : room(i); })), (Cuts{11}));
}

TEST(SceneChange, FindsACutBetweenTheFirstTwoFrames) {
  EXPECT_EQ(cuts({street(), room(), room(1)}), (Cuts{1}));
}

TEST(SceneChange, FindsCutsThatFollowSoonAfterEachOther) {
  EXPECT_EQ(
      cuts(sequence(20, [](int i) { return i < 8    ? street(i)
                                           : i < 12 ? room(i)
                                                    : scene(3, 0.3, 0.4, i); })),
      (Cuts{8, 12}));
}

TEST(SceneChange, FindsACutSoonAfterAMuchStrongerOne) {
  EXPECT_EQ(cuts({flat(1), flat(1), street(), street(1), scene(4, 0.45, 0.4), scene(4, 0.45, 0.4, 1)}),
            (Cuts{2, 4}));
}

TEST(SceneChange, WhereEveryFrameShowsSomethingElseNothingStandsOut) {
  const auto restless =
      sequence(30, [](int i) { return scene(10 + i, 0.45 + 0.15 * ((i + 1) % 2 * (i % 4 - 1)), 0.5); });
  for (std::size_t i = 1; i < restless.size(); ++i)  // each pair alone is a cut
    EXPECT_EQ(cuts({restless[i - 1], restless[i]}), (Cuts{1}));
  const Cuts found = cuts(restless);
  EXPECT_TRUE(found.empty() || found.back() <= 15) << found.back();
}

TEST(SceneChange, FindsACutInNoise) {
  EXPECT_EQ(cuts(sequence(20, [](int i) { return with_noise(i < 11 ? street() : room(), i, 0.1f); })),
            (Cuts{11}));
}

// Random luma in blocks of 5x5, seen `shift` pixels further to the right.
Picture texture(int seed, int shift) {
  return draw([=](int x, int y) {
    const int column = (x + shift) / 5, row = y / 5;
    return std::fmod(std::abs(std::sin(12.9898 * column + 78.233 * row + seed)) * 43758.5453, 1.0);
  });
}

TEST(SceneChange, FindsACutBetweenScenesOfTheSameHistogram) {
  EXPECT_EQ(cuts(sequence(20, [](int i) { return i < 11 ? texture(0, 0) : texture(1, 0); })), (Cuts{11}));
}

TEST(SceneChange, FindsCutsToBlackAndFromIt) {
  EXPECT_EQ(cuts({street(), street(1), flat(0), flat(0), flat(0), room(), room(1)}), (Cuts{2, 5}));
}

TEST(SceneChange, AFadeIsNoCut) {
  EXPECT_EQ(cuts(sequence(12, [](int i) { return mixed(street(), flat(0), static_cast<float>(i) / 11); })),
            Cuts{});
  EXPECT_EQ(cuts(sequence(12, [](int i) { return mixed(flat(1), room(), static_cast<float>(i) / 11); })),
            Cuts{});
}

TEST(SceneChange, ACrossFadeIsNoCut) {
  EXPECT_EQ(cuts(sequence(25, [](int i) { return mixed(street(), room(), static_cast<float>(i) / 24); })),
            Cuts{});
}

TEST(SceneChange, AFastPanIsNoCut) {
  for (const int pixels : {2, 8, 16})
    EXPECT_EQ(cuts(sequence(30, [=](int i) { return street(pixels * i); })), Cuts{}) << pixels;
}

TEST(SceneChange, APanThatBeginsAtOnceOverFineTextureIsNoCut) {
  for (const int pixels : {3, 8, 19})
    EXPECT_EQ(cuts(sequence(20, [=](int i) { return texture(0, i < 10 ? 0 : pixels * (i - 9)); })), Cuts{})
        << pixels;
}

TEST(SceneChange, AFlashIsNoCut) {
  const auto flash = [](const Picture& picture) {
    return draw(
        [&](int x, int y) { return 0.2 + 1.1 * picture.values[static_cast<std::size_t>(y) * kWidth + x]; });
  };
  EXPECT_EQ(cuts(sequence(12, [&](int i) { return i == 5 ? flash(street(i)) : street(i); })), Cuts{});
}

TEST(SceneChange, ReturningFromAWhiteFrameIsNoCut) {
  EXPECT_EQ(cuts(sequence(12, [](int i) { return i == 5 ? flat(1) : street(); })), (Cuts{5}));
}

TEST(SceneChange, NoiseIsNoCut) {
  EXPECT_EQ(cuts(sequence(20, [](int i) { return with_noise(flat(0.4), i, 0.15f); })), Cuts{});
  EXPECT_EQ(cuts(sequence(20, [](int i) { return with_noise(room(), i, 0.15f); })), Cuts{});
}

TEST(SceneChange, FlatFramesOfNearlyTheSameLumaAreNoCut) {
  EXPECT_EQ(cuts(sequence(10, [](int i) { return flat(0.5 + 0.004 * (i % 2)); })), Cuts{});
  EXPECT_EQ(cuts(sequence(10, [](int) { return flat(0); })), Cuts{});
}

TEST(SceneChange, FlatFramesOfQuiteAnotherLumaAreACut) {
  EXPECT_EQ(cuts({flat(0.2), flat(0.2), flat(0.8), flat(0.8)}), (Cuts{2}));
  EXPECT_EQ(cuts(sequence(25, [](int i) { return flat(0.04 * i); })), Cuts{});  // a fade
}

// A film of 51 scenes, dark and bright ones, that pan slowly, joined by 40 hard cuts and 10 fades, half of
// them through black; noted is where the cuts are.
struct Film {
  std::vector<Picture> frames;
  Cuts cuts;
};

Picture of_film(int number, int frame) {
  const double mean = 0.25 + 0.37 * (number % 2) + 0.04 * (number % 5 - 2);
  return with_noise(scene(100 + static_cast<unsigned>(number), mean, 0.35, 0.7 * frame),
                    static_cast<unsigned>(1000 * number + frame), 0.01f);
}

Film film() {
  constexpr int kJoints = 50;
  Film film;
  for (int number = 0, index = 0;; ++number) {
    for (const int end = index + 8 + number * 7 % 11; index < end; ++index)
      film.frames.push_back(of_film(number, index));
    if (number == kJoints) return film;
    const bool fades = number % 5 == 2;
    const int length = fades ? 8 + 17 * number / kJoints : 0;
    if (!fades) film.cuts.push_back(static_cast<int>(film.frames.size()));
    for (int k = 1; k <= length; ++k, ++index) {
      const Picture from = of_film(number, index), to = of_film(number + 1, k - 1);
      const float share = static_cast<float>(k) / static_cast<float>(length + 1);
      if (number % 2)
        film.frames.push_back(mixed(from, to, share));
      else
        film.frames.push_back(share < 0.5f ? mixed(from, flat(0), 2 * share)
                                           : mixed(flat(0), to, 2 * share - 1));
    }
    index = length;
  }
}

TEST(SceneChange, FindsAll40HardCutsOfAFilmAndNoneOfIts10Fades) {
  const Film made = film();
  ASSERT_EQ(made.cuts.size(), 40u);
  EXPECT_EQ(cuts(made.frames), made.cuts);
}

TEST(SceneChange, PansOfUpTo12PercentOfTheWidthAFrameAreNoCuts) {
  for (unsigned number = 0; number < 10; ++number)
    for (const double percent : {2, 4, 8, 12}) {
      const double pixels = percent / 100 * kWidth;
      EXPECT_EQ(cuts(sequence(25, [=](int i) { return scene(200 + number, 0.45, 0.6, pixels * i); })), Cuts{})
          << number << ", " << percent << " %";
    }
}

TEST(SceneChange, TheFirstFrameIsNoCutNorTheFirstAfterAReset) {
  SceneChange detector;
  EXPECT_FALSE(detector.push(street().view()));
  detector.reset();
  EXPECT_FALSE(detector.push(room().view()));
  EXPECT_TRUE(detector.push(street().view()));
}

TEST(SceneChange, AFrameOfAnotherShapeIsNoCut) {
  SceneChange detector;
  detector.push(street().view());
  Picture tall = room();
  std::swap(tall.width, tall.height);
  EXPECT_FALSE(detector.push(tall.view()));
  EXPECT_FALSE(detector.push(tall.view()));
  EXPECT_FALSE(detector.push(street().view()));
}

TEST(SceneChange, ThresholdsDecide) {
  const auto frames = sequence(10, [](int i) { return i < 5 ? street() : room(); });
  EXPECT_EQ(cuts(frames, 1.01), Cuts{});
  EXPECT_EQ(cuts(frames, 0.05), (Cuts{5}));
}

TEST(SceneChange, FramesWithoutPixelsArePassedOver) {
  const Picture before = street(), after = room();
  for (const auto& [width, height] :
       {std::pair{0, kHeight}, {kWidth, 0}, {-5, kHeight}, {kWidth, -1}, {0, 0}}) {
    SceneChange detector;
    detector.push(before.view());
    FrameView broken = before.view();
    broken.width = width;
    broken.height = height;
    EXPECT_FALSE(detector.push(broken));
    EXPECT_TRUE(detector.push(after.view()));
  }
}

TEST(SceneChange, FramesWithoutMemoryArePassedOver) {
  const Picture picture = street();
  for (std::size_t component = 0; component < 3; ++component) {
    SceneChange detector;
    FrameView broken = picture.view();
    broken.components[component].data = nullptr;
    EXPECT_FALSE(detector.push(broken));
    EXPECT_FALSE(detector.push(picture.view()));
  }
}

TEST(SceneChange, ValuesThatAreNoNumbersAreBlack) {
  const auto broken = flat(0);
  Picture nan = broken;
  nan.values.assign(nan.values.size(), std::numeric_limits<float>::quiet_NaN());
  EXPECT_EQ(cuts({nan, broken, nan, street()}), (Cuts{3}));
}

TEST(Difference, LiesBetweenZeroAndOneAndIsTheSameBothWays) {
  Thumbnail a, b;
  a.take(street().view());
  b.take(room().view());
  EXPECT_EQ(difference(a, a), 0.0);
  EXPECT_GT(difference(a, b), SceneChange::kThreshold);
  EXPECT_LE(difference(a, b), 1.0);
  EXPECT_NEAR(difference(a, b), difference(b, a), 1e-12);
}

}  // namespace
}  // namespace videoenhance
