// Each loop beside the plain formula, with every instruction set and at lengths that no vector divides.
#include "core/torch/kernels/rows.h"

#include <c10/util/BFloat16.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "tests/instruction_sets.h"

namespace videoenhance {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

std::vector<float> any_row(std::size_t count, float largest = 1.0f, unsigned seed = 7) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> value(-largest, largest);
  std::vector<float> row(count);
  for (float& x : row) x = value(random);
  return row;
}

template <typename Check>
void at_each_length(const Check& check) {
  on_each_instruction_set([&] {
    for (const std::size_t count : {0, 1, 15, 16, 67}) {
      SCOPED_TRACE(count);
      check(count);
    }
  });
}

TEST(Rows, AreRoundedAsBFloat16Is) {
  at_each_length([](std::size_t count) {
    auto row = any_row(count, 1e3f);
    for (std::size_t k = 0; k < std::min<std::size_t>(count, 6); ++k)
      row[k] = std::array{0.0f, -0.0f, kInfinity, -kInfinity, kNan, 1.00390625f}[k];  // the last one is a tie
    std::vector<std::uint16_t> rounded(count);
    round_row(row.data(), rounded.data(), static_cast<std::int64_t>(count));
    for (std::size_t k = 0; k < count; ++k) EXPECT_EQ(rounded[k], c10::BFloat16(row[k]).x) << row[k];
  });
}

template <typename Sample>
void expect_nearest_samples(std::size_t count) {
  constexpr float kLargest = std::numeric_limits<Sample>::max();
  const auto n = static_cast<std::int64_t>(count);
  auto row = any_row(count, 1.2f);
  for (std::size_t k = 0; k < std::min<std::size_t>(count, 4); ++k)
    row[k] = std::array{kNan, kInfinity, -kInfinity, 0.5f / kLargest}[k];
  std::vector<Sample> samples(count);
  std::vector<float> values(count);
  sample_row(row.data(), samples.data(), n);
  value_row(samples.data(), values.data(), n);
  for (std::size_t k = 0; k < count; ++k) {
    const float inside = row[k] > 0 ? std::min(row[k], 1.0f) : 0.0f;
    EXPECT_EQ(samples[k], static_cast<Sample>(inside * kLargest + 0.5f)) << row[k];
    EXPECT_EQ(values[k], static_cast<float>(samples[k]) * (1.0f / kLargest));
  }
}

TEST(Rows, BecomeTheNearestSamplesAndValuesAgain) {
  at_each_length([](std::size_t count) {
    expect_nearest_samples<std::uint8_t>(count);
    expect_nearest_samples<std::uint16_t>(count);
  });
}

TEST(Rows, OfWordsWithFewerBitsKeepTheOthersZero) {
  at_each_length([](std::size_t count) {
    const auto n = static_cast<std::int64_t>(count);
    const auto row = any_row(count, 1.2f);
    std::vector<std::uint16_t> words(count);
    std::vector<float> values(count);
    sample_row(row.data(), words.data(), n, {10, 6});
    value_row(words.data(), values.data(), n, {10, 6});
    for (std::size_t k = 0; k < count; ++k) {
      EXPECT_EQ(words[k] % 64, 0);
      EXPECT_NEAR(values[k], std::clamp(row[k], 0.0f, 1.0f), 0.5 / 1023 + 1e-6);
    }
  });
}

TEST(Rows, OfThreeColoursBecomeTheirMatrixClamped) {
  constexpr ColourMatrix kColours = {{{{0.5f, 0.4f, 0.3f}, {-0.9f, 0.2f, 1.5f}, {0, 0, 1}}},
                                     {0.1f, 0, -0.2f}};
  at_each_length([&](std::size_t count) {
    std::array<std::vector<float>, 3> rows;
    for (std::size_t i = 0; i < 3; ++i) {
      rows[i] = any_row(count + i, 1.5f, static_cast<unsigned>(i));
      if (count > i) rows[i][i] = std::array{kNan, kInfinity, -kInfinity}[i];
    }
    const auto before = rows;
    colour_rows(kColours, rows[0].data(), rows[1].data(), rows[2].data(), static_cast<std::int64_t>(count));
    const auto clamped = [](double value) { return value > 0 ? std::min(value, 1.0) : 0.0; };
    for (std::size_t k = 0; k < count; ++k) {
      for (std::size_t i = 0; i < 3; ++i) {
        double sum = kColours.offset[i];
        for (std::size_t c = 0; c < 3; ++c)
          sum += static_cast<double>(kColours.matrix[i][c]) * clamped(before[c][k]);
        ASSERT_NEAR(rows[i][k], clamped(sum), 1e-6) << i << " " << k;
      }
    }
    for (std::size_t i = 1; i < 3; ++i) EXPECT_EQ(rows[i][count], before[i][count]);  // what follows
  });
}

// Samples and pixels on one line, where one sample is two pixels long.
TEST(Rows, OfSharedSamplesAreSpreadAlongALine) {
  at_each_length([](std::size_t count) {
    for (const auto sampling : {ChromaSampling::kBetweenTwo, ChromaSampling::kFirstOfTwo}) {
      const auto samples = any_row((count + 1) / 2);
      std::vector<float> row(count + 1, 7.0f);
      spread_row(samples.data(), sampling, row.data(), static_cast<std::int64_t>(count));
      for (std::size_t k = 0; k < count; ++k) {
        const double place =
            (static_cast<double>(k) - (sampling == ChromaSampling::kBetweenTwo ? 0.5 : 0)) / 2;
        const double inside = std::clamp(place, 0.0, static_cast<double>(samples.size() - 1));
        const auto left = static_cast<std::size_t>(inside);
        const double right = samples[std::min(left + 1, samples.size() - 1)];
        ASSERT_NEAR(row[k], samples[left] + (right - samples[left]) * (inside - left), 1e-6) << k;
      }
      EXPECT_EQ(row[count], 7.0f);
    }
  });
}

TEST(Rows, AreHalvedWithEqualSharesOrMostOfTheFirst) {
  at_each_length([](std::size_t count) {
    const auto row = any_row(count);
    const auto at = [&](std::size_t k) { return static_cast<double>(row[std::min(k, count - 1)]); };
    const auto n = static_cast<std::int64_t>(count);
    std::vector<float> between((count + 1) / 2 + 1, 7.0f), first = between;
    halve_row(row.data(), ChromaSampling::kBetweenTwo, between.data(), n);
    halve_row(row.data(), ChromaSampling::kFirstOfTwo, first.data(), n);
    for (std::size_t k = 0; k < (count + 1) / 2; ++k) {
      ASSERT_NEAR(between[k], (at(2 * k) + at(2 * k + 1)) / 2, 1e-6) << k;
      ASSERT_NEAR(first[k], (at(k ? 2 * k - 1 : 0) + 2 * at(2 * k) + at(2 * k + 1)) / 4, 1e-6) << k;
    }
    EXPECT_EQ(between.back(), 7.0f);
    EXPECT_EQ(first.back(), 7.0f);
  });
}

TEST(Rows, AreAddedUpAndMadeLevels) {
  at_each_length([](std::size_t count) {
    const auto n = static_cast<std::int64_t>(count);
    std::vector<std::uint8_t> bytes(count);
    std::vector<std::int32_t> sums(count, -1000);
    for (std::size_t k = 0; k < count; ++k) bytes[k] = static_cast<std::uint8_t>(5 * k);
    add_row(bytes.data(), 700, sums.data(), n);
    std::vector<std::uint8_t> levels(count);
    level_row(sums.data(), 9, levels.data(), n);
    for (std::size_t k = 0; k < count; ++k) {
      ASSERT_EQ(sums[k], 700 * bytes[k] - 1000);
      EXPECT_EQ(levels[k], std::clamp(sums[k] >> 9, 0, 255));
    }
    const auto row = any_row(count);
    std::vector<float> added(count, 2.0f);
    add_row(row.data(), 0.5f, added.data(), n);
    for (std::size_t k = 0; k < count; ++k) EXPECT_EQ(added[k], 2.0f + 0.5f * row[k]);
  });
}

TEST(Rows, OfSmallValuesAreClampedByTheSeries) {
  at_each_length([](std::size_t count) {
    const auto n = static_cast<std::int64_t>(count);
    auto row = any_row(count);
    std::vector<float> clamped(count);
    EXPECT_TRUE(is_small_row(row.data(), n));
    clamp_small_row(row.data(), clamped.data(), n);
    for (std::size_t k = 0; k < count; ++k) EXPECT_NEAR(clamped[k], 3 * std::tanh(row[k] / 3), 4e-7f);
    for (const float value : {1.0001f, -1.0001f, kInfinity, kNan}) {
      if (count == 0) continue;
      row.back() = value;
      EXPECT_FALSE(is_small_row(row.data(), n)) << value;
    }
  });
}

TEST(Rows, OfLevelsAreWidenedAsTheirValuesAre) {
  at_each_length([](std::size_t count) {
    const auto n = static_cast<std::int64_t>(count);
    std::vector<std::uint8_t> levels(count);
    std::vector<float> values(count), wide(count), of_levels(count);
    for (std::size_t k = 0; k < count; ++k) {
      levels[k] = static_cast<std::uint8_t>(4 * k);
      values[k] = static_cast<float>(levels[k]) / 255.0f;
    }
    widen_row(values.data(), wide.data(), n);
    widen_row(levels.data(), of_levels.data(), n);
    EXPECT_EQ(of_levels, wide);
  });
}

TEST(Rows, AreRoundedToFineLevelsAndBack) {
  at_each_length([](std::size_t count) {
    const auto n = static_cast<std::int64_t>(count);
    auto row = any_row(count);
    if (count > 2) row[1] = kNan;
    std::vector<std::int16_t> levels(count);
    std::vector<float> wide(count);
    level_row(row.data(), levels.data(), n);
    widen_row(levels.data(), wide.data(), n);
    for (std::size_t k = 0; k < count; ++k) {
      const float inside = row[k] > 0 ? std::min(row[k], 1.0f) : 0.0f;
      EXPECT_NEAR(wide[k], inside * 2 - 1, 1.01 / 65535) << row[k];
    }
  });
}

TEST(Rows, ChangeTheirRangeAndTellWhatIsNotFinite) {
  at_each_length([](std::size_t count) {
    const auto n = static_cast<std::int64_t>(count);
    auto row = any_row(count);
    std::vector<float> wide(count), narrow(count);
    widen_row(row.data(), wide.data(), n);
    EXPECT_EQ(narrow_row(wide.data(), narrow.data(), n), 0.0f);
    for (std::size_t k = 0; k < count; ++k) {
      EXPECT_EQ(wide[k], row[k] * 2 - 1);
      EXPECT_NEAR(narrow[k], row[k], 1e-6f);
    }
    for (const float value : {kInfinity, -kInfinity, kNan}) {
      for (const std::size_t place : {std::size_t{0}, count - 1}) {
        if (count == 0) continue;
        auto wrong = wide;
        wrong[place] = value;
        EXPECT_NE(narrow_row(wrong.data(), narrow.data(), n), 0.0f) << value << " at " << place;
      }
    }
  });
}

TEST(Rows, GiveSumsAroundAPivotAndAreMoved) {
  at_each_length([](std::size_t count) {
    const auto n = static_cast<std::int64_t>(count);
    const auto row = any_row(count);
    const RowSums sums = sums_of_row(row.data(), n, 0.25f);
    double values = 0, squares = 0;
    std::vector<float> moved(count);
    move_row(row.data(), moved.data(), n, 0.25f, 3.0f, -0.5f);
    for (std::size_t k = 0; k < count; ++k) {
      values += row[k] - 0.25;
      squares += (row[k] - 0.25) * (row[k] - 0.25);
      EXPECT_NEAR(moved[k], std::clamp((row[k] - 0.25f) * 3 - 0.5f, -1.0f, 1.0f), 1e-6f);
    }
    EXPECT_NEAR(sums.values, values, 1e-4);
    EXPECT_NEAR(sums.squares, squares, 1e-4);
  });
}

}  // namespace
}  // namespace videoenhance
