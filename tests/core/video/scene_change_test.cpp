#include "core/video/scene_change.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <random>

namespace videoenhance {
namespace {

constexpr int kWidth = 160, kHeight = 90;

// A grey float picture and a view of it, all three components the same.
struct Picture {
  int width = kWidth, height = kHeight;
  std::vector<float> values = std::vector<float>(static_cast<std::size_t>(kWidth) * kHeight);

  FrameView view() const {
    const auto* data = reinterpret_cast<const std::byte*>(values.data());
    const BasicComponent<const std::byte> plane{data, width * static_cast<std::ptrdiff_t>(sizeof(float)),
                                                sizeof(float)};
    return {width, height, SampleType::kFloat32, {plane, plane, plane, {}}};
  }
};

Picture draw(const std::function<double(int x, int y)>& luma) {
  Picture picture;
  for (int y = 0; y < kHeight; ++y)
    for (int x = 0; x < kWidth; ++x)
      picture.values[static_cast<std::size_t>(y) * kWidth + x] =
          static_cast<float>(std::clamp(luma(x, y), 0.0, 1.0));
  return picture;
}

Picture flat(double luma) {
  return draw([=](int, int) { return luma; });
}

// Blocks of random luma around a mean, seen `shift` pixels further to the right.
Picture scene(unsigned seed, double mean, double spread, double shift = 0) {
  std::mt19937 random(seed);
  std::vector<double> blocks(4096);
  for (auto& block : blocks) block = mean + spread * (static_cast<double>(random()) / 4294967296.0 - 0.5);
  return draw([&](int x, int y) {
    const double place = (x + shift) / 12;
    const int column = static_cast<int>(place), row = y / 15;
    const auto at = [&](int c) { return blocks[static_cast<std::size_t>((row * 61 + c) % 4096)]; };
    const double blend = std::clamp((place - column) * 6 - 5, 0.0, 1.0);  // soft edges
    return at(column) * (1 - blend) + at(column + 1) * blend;
  });
}

Picture street(double shift = 0) {
  return scene(1, 0.35, 0.5, shift);
}
Picture room(double shift = 0) {
  return scene(2, 0.6, 0.6, shift);
}

Picture with_noise(Picture picture, unsigned seed, float deviation) {
  std::mt19937 random(seed);
  std::normal_distribution<float> noise(0, deviation);
  for (auto& value : picture.values) value = std::clamp(value + noise(random), 0.0f, 1.0f);
  return picture;
}

Picture mixed(const Picture& a, const Picture& b, float share) {
  Picture out = a;
  for (std::size_t i = 0; i < out.values.size(); ++i)
    out.values[i] = a.values[i] * (1 - share) + b.values[i] * share;
  return out;
}

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

std::vector<Picture> sequence(int count, const std::function<Picture(int)>& frame) {
  std::vector<Picture> frames;
  for (int i = 0; i < count; ++i) frames.push_back(frame(i));
  return frames;
}

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

TEST(Thumbnail, IsAtMost64PixelsWideAndHighAndHasAtLeastOnePixel) {
  struct Case {
    int width, height, expected_width, expected_height;
  };
  std::vector<float> values(4000 * 4);
  for (const auto& c : {Case{1920, 1, 64, 1}, Case{1, 1, 1, 1}, Case{64, 36, 64, 36}, Case{3, 4000, 3, 64},
                        Case{100, 100, 64, 64}, Case{65, 17, 64, 16}}) {
    Thumbnail picture;
    ASSERT_TRUE(picture.take(Picture{c.width, c.height, values}.view()));
    EXPECT_EQ(picture.width, c.expected_width);
    EXPECT_EQ(picture.height, c.expected_height);
    EXPECT_EQ(picture.luma.size(), static_cast<std::size_t>(c.expected_width * c.expected_height));
  }
}

TEST(Thumbnail, AveragesTheFrame) {
  const auto picture = Thumbnail::of(draw([](int x, int y) { return (x + y) % 2; }).view());
  double sum = 0;
  for (const float value : picture->luma) sum += value;
  EXPECT_NEAR(sum / static_cast<double>(picture->luma.size()), 0.5, 0.02);
}

// Blue, green and red bytes side by side, with rows longer than the picture, against planes of 16 bits.
TEST(Thumbnail, IsTheSameForPackedBytesAndForPlanesOf16Bits) {
  constexpr int kSide = 40, kRow = 3 * kSide + 17;
  std::vector<std::uint8_t> packed(kRow * kSide, 0xEE);
  std::vector<std::uint16_t> planes(3 * kSide * kSide);
  for (int c = 0; c < 3; ++c)
    for (int y = 0; y < kSide; ++y)
      for (int x = 0; x < kSide; ++x) {
        const auto value = static_cast<std::uint8_t>(40 * c + 3 * x + 2 * y);
        packed[static_cast<std::size_t>(y * kRow + 3 * x + (2 - c))] = value;
        planes[static_cast<std::size_t>((c * kSide + y) * kSide + x)] =
            static_cast<std::uint16_t>(value * 257);
      }
  FrameView bytes{kSide, kSide, SampleType::kUint8, {}}, words{kSide, kSide, SampleType::kUint16, {}};
  for (std::size_t c = 0; c < 3; ++c) {
    bytes.components[c] = {reinterpret_cast<const std::byte*>(packed.data()) + (2 - c), kRow, 3};
    words.components[c] = {reinterpret_cast<const std::byte*>(planes.data() + c * kSide * kSide), 2 * kSide,
                           2};
  }
  const auto a = Thumbnail::of(bytes), b = Thumbnail::of(words);
  for (std::size_t i = 0; i < a->luma.size(); ++i) EXPECT_NEAR(a->luma[i], b->luma[i], 1e-6);
  EXPECT_NEAR(a->luma[0], (0.7152 * 40 + 0.0722 * 80) / 255, 1e-6);
}

TEST(Difference, LiesBetweenZeroAndOneAndIsTheSameBothWays) {
  const auto a = *Thumbnail::of(street().view()), b = *Thumbnail::of(room().view());
  EXPECT_EQ(difference(a, a), 0.0);
  EXPECT_GT(difference(a, b), SceneChange::kThreshold);
  EXPECT_LE(difference(a, b), 1.0);
  EXPECT_NEAR(difference(a, b), difference(b, a), 1e-12);
}

}  // namespace
}  // namespace videoenhance
