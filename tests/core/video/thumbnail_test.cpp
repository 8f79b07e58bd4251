#include "core/video/thumbnail.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

#include "tests/core/video/drawn.h"

namespace videoenhance {
namespace {

Thumbnail thumbnail_of(const FrameView& view, int most = Thumbnail::kMost) {
  Thumbnail thumbnail;
  EXPECT_TRUE(thumbnail.take(view, most));
  return thumbnail;
}

// One row of samples of one type, as a grey picture.
template <typename Sample>
FrameView row_of(const std::vector<Sample>& samples, SampleType type) {
  const BasicComponent<const std::byte> plane{reinterpret_cast<const std::byte*>(samples.data()), 0,
                                              sizeof(Sample)};
  return {static_cast<int>(samples.size()), 1, type, {plane, plane, plane, {}}};
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
  const auto picture = thumbnail_of(draw([](int x, int y) { return (x + y) % 2; }).view());
  double sum = 0;
  for (const float value : picture.luma) sum += value;
  EXPECT_NEAR(sum / static_cast<double>(picture.luma.size()), 0.5, 0.02);
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
  const auto a = thumbnail_of(bytes), b = thumbnail_of(words);
  for (std::size_t i = 0; i < a.luma.size(); ++i) EXPECT_NEAR(a.luma[i], b.luma[i], 1e-6);
  EXPECT_NEAR(a.luma[0], (0.7152 * 40 + 0.0722 * 80) / 255, 1e-6);
}

// Rows and columns of chroma are half as many, or one where there is one pixel: nothing beyond them is read.
TEST(Thumbnail, OfLumaAndHalvedChromaIsTheLumaOfTheirColours) {
  constexpr ColourMatrix kToRgb = {{{{1, 0, 1.6f}, {1, -0.4f, -0.8f}, {1, 2, 0}}}, {-0.8f, 0.6f, -1}};
  for (const auto& [width, height] : {std::pair{1, 1}, {22, 10}, {5, 7}, {64, 2}, {63, 64}}) {
    const int columns = (width + 1) / 2, rows = (height + 1) / 2;
    std::vector<std::uint16_t> luma(width * height, 500 << 6), chroma(2 * columns * rows);
    const auto cb_at = [](int x, int y) { return 300 + 7 * x + 5 * y; };
    for (int i = 0; i < columns * rows; ++i) {
      chroma[2 * i] = static_cast<std::uint16_t>(cb_at(i % columns, i / columns) << 6);
      chroma[2 * i + 1] = 450 << 6;
    }
    FrameView frame{width,
                    height,
                    SampleType::kUint16,
                    {},
                    kToRgb,
                    ChromaSampling::kFirstOfTwo,
                    ChromaSampling::kBetweenTwo,
                    {10, 6}};
    const auto* bytes = reinterpret_cast<const std::byte*>(chroma.data());
    frame.components[0] = {reinterpret_cast<const std::byte*>(luma.data()), 2 * width, 2};
    for (int c : {1, 2}) frame.components[c] = {bytes + 2 * (c - 1), 4 * columns, 4};
    const auto thumbnail = thumbnail_of(frame);
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        const double cb = cb_at(x * columns / width, y * rows / height) / 1023.0;
        const double red = (500 + 1.6 * 450) / 1023 - 0.8, green = (500 - 0.8 * 450) / 1023 - 0.4 * cb + 0.6,
                     blue = 500 / 1023.0 + 2 * cb - 1;
        ASSERT_NEAR(thumbnail.luma[static_cast<std::size_t>(y * width + x)],
                    0.2126 * red + 0.7152 * green + 0.0722 * blue, 1e-5)
            << x << "," << y << " of " << width << "x" << height;
      }
    }
  }
}

TEST(Thumbnail, ACellIsTheMeanOfAllItsColumnsAndOfRowsFromTopToBottom) {
  const Picture picture = draw([](int x, int y) { return (x % 5) * 0.1 + y * 0.005; });
  const auto thumbnail = thumbnail_of(picture.view(), 32);  // cells of 5x5
  ASSERT_EQ(thumbnail.height, 18);
  for (int y = 0; y < 18; ++y)
    for (int x = 0; x < 32; ++x)
      EXPECT_NEAR(thumbnail.luma[static_cast<std::size_t>(y * 32 + x)], 0.2 + 0.005 * (5 * y + 2), 1e-5);
}

// Gray whose black and white are these samples of the largest one.
FrameView of_range(FrameView frame, double black, double white, double largest) {
  frame.colours = gray_between(black / largest, white / largest);
  return frame;
}

TEST(Thumbnail, BlackAndWhiteAreZeroAndOneWhateverTheirCodes) {
  const std::vector<std::uint8_t> bytes = {16, 235, 125};
  const auto of_bytes = thumbnail_of(of_range(row_of(bytes, SampleType::kUint8), 16, 235, 255));
  const std::vector<std::uint16_t> words = {64 << 6, 940 << 6, 500 << 6};
  FrameView ten_bits = of_range(row_of(words, SampleType::kUint16), 64, 940, 1023);
  ten_bits.word = {10, 6};
  for (const auto& thumbnail : {of_bytes, thumbnail_of(ten_bits)}) {
    EXPECT_NEAR(thumbnail.luma[0], 0, 1e-6);
    EXPECT_NEAR(thumbnail.luma[1], 1, 1e-6);
    EXPECT_NEAR(thumbnail.luma[2], 109.0 / 219, 0.001);
  }
}

TEST(Thumbnail, SamplesBeyondBlackAndWhiteCountAsThese) {
  const std::vector<std::uint8_t> bytes = {0, 255};
  const auto thumbnail = thumbnail_of(of_range(row_of(bytes, SampleType::kUint8), 16, 235, 255));
  EXPECT_EQ(thumbnail.luma, (std::vector<float>{0, 1}));
}

TEST(Thumbnail, ValuesThatAreNoNumbersOrOutOfRangeDoNotSpread) {
  constexpr float kInfinite = std::numeric_limits<float>::infinity();
  const std::vector<float> values = {std::numeric_limits<float>::quiet_NaN(), kInfinite, -kInfinite, 0.5f};
  EXPECT_EQ(thumbnail_of(row_of(values, SampleType::kFloat32)).luma, (std::vector<float>{0, 1, 0, 0.5f}));
}

TEST(Thumbnail, TakesTheNextFrameIntoTheMemoryOfTheLastOne) {
  Thumbnail thumbnail;
  thumbnail.take(street().view());
  const float* memory = thumbnail.luma.data();
  thumbnail.take(room().view());
  EXPECT_EQ(thumbnail.luma.data(), memory);
  EXPECT_EQ(thumbnail.luma, thumbnail_of(room().view()).luma);
}

TEST(Thumbnail, AFrameWithoutPixelsIsRefusedAndLeavesItAsItWas) {
  auto thumbnail = thumbnail_of(street().view());
  const Picture picture = room();
  FrameView no_width = picture.view(), no_memory = picture.view();
  no_width.width = 0;
  no_memory.components[2].data = nullptr;
  EXPECT_FALSE(thumbnail.take(no_width));
  EXPECT_FALSE(thumbnail.take(no_memory));
  EXPECT_EQ(thumbnail.luma, thumbnail_of(street().view()).luma);
}

}  // namespace
}  // namespace videoenhance
