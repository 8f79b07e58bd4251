// Rows of any length, whatever vectors the processor has.
#include "gst/colourmatrix.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "tests/instruction_sets.h"

namespace videoenhance {
namespace {

ColourMatrix matrix_of(GstVideoFormat format) {
  GstVideoInfo info;
  gst_video_info_set_format(&info, format, 64, 64);
  return ColourMatrix(info);
}

std::vector<std::uint16_t> any_words(std::size_t count) {
  std::mt19937 random(1);
  std::vector<std::uint16_t> words(count);
  for (auto& word : words) word = static_cast<std::uint16_t>(random());
  return words;
}

constexpr int kPixels = 67;  // some vectors of any width, and a rest

TEST(ColourMatrix, MakesOfARowWhatItMakesOfEachPixel) {
  const ColourMatrix matrix = matrix_of(GST_VIDEO_FORMAT_I420);
  on_each_instruction_set([&] {
    auto row = any_words(4 * kPixels), pixels = row;
    matrix.to_rgb(row.data(), kPixels);
    for (int x = 0; x < kPixels; ++x) matrix.to_rgb(pixels.data() + 4 * x, 1);
    EXPECT_EQ(row, pixels);
    matrix.from_rgb(row.data(), kPixels);
    for (int x = 0; x < kPixels; ++x) matrix.from_rgb(pixels.data() + 4 * x, 1);
    EXPECT_EQ(row, pixels);
  });
}

TEST(ColourMatrix, LeavesAlphaAndWhatFollowsTheRowAlone) {
  const ColourMatrix matrix = matrix_of(GST_VIDEO_FORMAT_I420);
  on_each_instruction_set([&] {
    const auto before = any_words(4 * (kPixels + 1));
    auto row = before;
    matrix.to_rgb(row.data(), kPixels);
    for (int x = 0; x <= kPixels; ++x) EXPECT_EQ(row[4 * x], before[4 * x]) << x;
    EXPECT_TRUE(std::equal(row.end() - 4, row.end(), before.end() - 4));
  });
}

TEST(ColourMatrix, CutsColoursThatNoRgbHas) {
  const ColourMatrix matrix = matrix_of(GST_VIDEO_FORMAT_I420);
  on_each_instruction_set([&] {
    std::vector<std::uint16_t> row;
    for (int x = 0; x < kPixels; ++x) row.insert(row.end(), {7, 0xffff, 0, 0xffff});
    matrix.to_rgb(row.data(), kPixels);
    for (int x = 0; x < kPixels; ++x) {
      EXPECT_EQ(row[4 * x + 1], 0xffff) << x;
      EXPECT_LT(row[4 * x + 3], 0x8000) << x;
    }
  });
}

}  // namespace
}  // namespace videoenhance
