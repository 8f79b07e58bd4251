#include "core/video/timeline.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

namespace videoenhance {
namespace {

constexpr Time kMillisecond = 1'000'000;
constexpr Time kSecond = 1'000'000'000;

constexpr Fraction k23_976{24000, 1001}, k29_97{30000, 1001}, k59_94{60000, 1001};
constexpr Fraction kVariable{0, 1};

Fraction times(Fraction a, Fraction b) {
  return {a.numerator * b.numerator, a.denominator * b.denominator};
}

// The exact time of frame `k`, rounded down.
Time frame_time(std::uint64_t k, Fraction rate) {
  return scale_exactly(k, kSecond * rate.denominator, rate.numerator);
}

std::vector<SourceTime> constant_rate(std::size_t count, Fraction rate, Time start = 0) {
  std::vector<SourceTime> frames;
  for (std::size_t k = 0; k < count; ++k)
    frames.push_back({start + frame_time(k, rate), start + frame_time(k + 1, rate)});
  return frames;
}

std::vector<SourceTime> of_lengths(const std::vector<Time>& lengths, Time start = 0) {
  std::vector<SourceTime> frames;
  for (const Time length : lengths) {
    frames.push_back({start, start + length});
    start += length;
  }
  return frames;
}

// An output frame and the source frame it is counted from.
struct Output {
  Slot slot;
  std::size_t left;

  // Number of the source frame that is shown; -1 if the frame is drawn.
  int source() const {
    if (slot.show == Show::kDrawn) return -1;
    return static_cast<int>(slot.show == Show::kRight ? left + 1 : left);
  }
};

std::vector<Output> play(Timeline& timeline, const std::vector<SourceTime>& frames) {
  std::vector<Output> outputs;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const bool last = i + 1 == frames.size();
    const Slots slots = last ? timeline.finish(frames[i]) : timeline.pair(frames[i], frames[i + 1]);
    for (std::uint64_t k = 0; k < slots.size(); ++k) outputs.push_back({slots[k], i});
  }
  return outputs;
}

std::vector<Output> play(TimelineSettings settings, const std::vector<SourceTime>& frames) {
  Timeline timeline(settings);
  return play(timeline, frames);
}

// Each output ends where the next one begins, the first begins and the last ends with the sources.
void expect_gapless(const std::vector<Output>& outputs, const std::vector<SourceTime>& frames) {
  ASSERT_FALSE(outputs.empty());
  EXPECT_EQ(outputs.front().slot.start, frames.front().start);
  for (std::size_t k = 0; k + 1 < outputs.size(); ++k) {
    ASSERT_EQ(outputs[k].slot.start + outputs[k].slot.duration, outputs[k + 1].slot.start) << "output " << k;
    ASSERT_LT(outputs[k].slot.start, outputs[k + 1].slot.start) << "output " << k;
  }
  EXPECT_EQ(outputs.back().slot.start + outputs.back().slot.duration, frames.back().end);
}

std::vector<Time> starts(const std::vector<Output>& outputs) {
  std::vector<Time> times;
  for (const Output& output : outputs) times.push_back(output.slot.start);
  return times;
}

std::vector<int> sources(const std::vector<Output>& outputs) {
  std::vector<int> numbers;
  for (const Output& output : outputs) numbers.push_back(output.source());
  return numbers;
}

// ---------------------------------------------------------------------------------------- constant rates

struct RateCase {
  Fraction in, out;
  std::size_t count, expected;
};

class ConstantRate : public testing::TestWithParam<RateCase> {};

TEST_P(ConstantRate, GivesTheExactGridWithoutGaps) {
  const auto [in, out, count, expected] = GetParam();
  const Time start = 1'234'567'891;
  const auto frames = constant_rate(count, in, start);
  const auto outputs = play({.output_rate = out}, frames);
  ASSERT_EQ(outputs.size(), expected);
  for (std::size_t k = 0; k < outputs.size(); ++k)
    ASSERT_EQ(outputs[k].slot.start, start + frame_time(k, out)) << "output " << k;
  expect_gapless(outputs, frames);
}

TEST_P(ConstantRate, ShowsEverySourceFrameThatLiesOnTheGrid) {
  const auto [in, out, count, expected] = GetParam();
  const auto outputs = play({.output_rate = out}, constant_rate(count, in));
  const std::uint64_t per_output = std::uint64_t{in.numerator} * out.denominator;
  const std::uint64_t per_source = std::uint64_t{out.numerator} * in.denominator;
  for (std::size_t k = 0; k < outputs.size(); ++k) {
    if (k * per_output % per_source != 0) continue;
    ASSERT_EQ(outputs[k].source(), static_cast<int>(k * per_output / per_source)) << "output " << k;
  }
}

TEST_P(ConstantRate, DrawsAtThePhaseOfTheOutputsTime) {
  const auto [in, out, count, expected] = GetParam();
  for (const Output& output : play({.output_rate = out}, constant_rate(count, in))) {
    const Slot& slot = output.slot;
    if (slot.show != Show::kDrawn) continue;
    const double position = slot.start * 1e-9 * in.numerator / in.denominator;
    ASSERT_NEAR(slot.phase, position - output.left, 1e-6);
    ASSERT_GE(slot.phase, 0.05);
    ASSERT_LE(slot.phase, 0.95);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Rates, ConstantRate,
    testing::Values(RateCase{{25, 1}, {50, 1}, 4, 8}, RateCase{k23_976, times(k23_976, {2, 1}), 12, 24},
                    RateCase{k29_97, times(k29_97, {3, 1}), 9, 27}, RateCase{{25, 1}, {35, 1}, 15, 21},
                    RateCase{{30, 1}, {75, 1}, 6, 15}, RateCase{{25, 1}, {100, 1}, 3, 12},
                    RateCase{{15, 1}, {135, 1}, 4, 36}, RateCase{k29_97, times(k29_97, {7, 4}), 8, 14},
                    RateCase{{15, 1}, times({15, 1}, {1, 4}), 8, 2},
                    RateCase{k29_97, times(k29_97, {5, 3}), 6, 10}, RateCase{k23_976, k59_94, 8, 20},
                    RateCase{{25, 1}, {30, 1}, 10, 12}, RateCase{{30, 1}, {24, 1}, 10, 8},
                    RateCase{{24, 1}, {60, 1}, 4, 10}, RateCase{{25, 1}, {25, 1}, 5, 5},
                    RateCase{{50, 1}, {60, 1}, 10, 12}, RateCase{{30, 1}, {15, 1}, 8, 4},
                    RateCase{{24, 1}, {1000, 1}, 3, 125}),
    [](const auto& info) {
      const RateCase& rate = info.param;
      return std::to_string(rate.in.numerator) + "_" + std::to_string(rate.in.denominator) + "_to_" +
             std::to_string(rate.out.numerator) + "_" + std::to_string(rate.out.denominator);
    });

TEST(Timeline, DoesNotDriftOverTenThousandFrames) {
  const auto frames = constant_rate(10'000, k23_976);
  const auto outputs = play({.output_rate = k59_94}, frames);
  ASSERT_EQ(outputs.size(), 25'000u);
  for (std::size_t k = 0; k < outputs.size(); ++k)
    ASSERT_EQ(outputs[k].slot.start, k * 1'001'000'000'000 / 60'000) << "output " << k;
  expect_gapless(outputs, frames);
}

TEST(Timeline, KeepsTheRateWhateverTheSourceTimesAre) {
  const auto outputs =
      play({.output_rate = {50, 1}}, of_lengths({40 * kMillisecond, 60 * kMillisecond, 20 * kMillisecond,
                                                 100 * kMillisecond, 40 * kMillisecond}));
  ASSERT_EQ(outputs.size(), 13u);
  for (std::size_t k = 0; k < outputs.size(); ++k) {
    EXPECT_EQ(outputs[k].slot.start, k * 20 * kMillisecond);
    EXPECT_EQ(outputs[k].slot.duration, 20 * kMillisecond);
  }
  EXPECT_EQ(outputs[5].source(), 2);
  EXPECT_EQ(outputs[6].source(), 3);
  EXPECT_EQ(outputs[11].source(), 4);
}

TEST(Timeline, RoundsTheNumberOfOutputsWhereItIsNotWhole) {
  EXPECT_EQ(play({.output_rate = {30, 1}}, constant_rate(3, {25, 1})).size(), 4u);  // 3.6
  EXPECT_EQ(play({.output_rate = {30, 1}}, constant_rate(2, {25, 1})).size(), 2u);  // 2.4
  EXPECT_EQ(play({.output_rate = {30, 1}}, constant_rate(7, k29_97)).size(), 7u);   // 7.007
  EXPECT_EQ(play({.output_rate = {50, 1}}, constant_rate(3, {20, 1})).size(), 8u);  // 7.5
}

TEST(Timeline, CutsTheLastOutputWhereTheSourcesEnd) {
  const auto frames = constant_rate(3, {25, 1});
  const auto outputs = play({.output_rate = {30, 1}}, frames);
  EXPECT_LT(outputs.back().slot.duration, kSecond / 30);
  expect_gapless(outputs, frames);
}

TEST(Timeline, StretchesTheLastOutputToWhereTheSourcesEnd) {
  std::vector<SourceTime> frames = constant_rate(4, {25, 1});
  frames.back().end += 9 * kMillisecond;
  const auto outputs = play({.output_rate = {50, 1}}, frames);
  EXPECT_EQ(outputs.size(), 8u);
  EXPECT_EQ(outputs.back().slot.duration, 29 * kMillisecond);
  expect_gapless(outputs, frames);
}

// ------------------------------------------------------------------------------------ times that are not
// exact

class MillisecondTimes : public testing::TestWithParam<std::uint32_t> {};

TEST_P(MillisecondTimes, GiveExactlyNTimesTheMultiplierAndEverySourceFrame) {
  const Fraction multiplier{GetParam(), 1};
  auto frames = constant_rate(1001, k23_976);
  for (SourceTime& frame : frames) {
    const Time length = frame.end - frame.start;
    frame.start = std::llround(frame.start / 1e6) * kMillisecond;
    frame.end = frame.start + length;
  }
  const auto outputs = play({.output_rate = times(k23_976, multiplier)}, frames);
  ASSERT_EQ(outputs.size(), 1001 * GetParam());
  for (std::size_t i = 0; i < frames.size(); ++i)
    ASSERT_EQ(outputs[i * GetParam()].source(), static_cast<int>(i)) << "source " << i;
  EXPECT_EQ(outputs.back().slot.start + outputs.back().slot.duration, frames.back().end);
}

INSTANTIATE_TEST_SUITE_P(Multipliers, MillisecondTimes, testing::Values(1, 2, 3, 5, 8));

TEST(Timeline, ShowsALastFrameOnceThatThePairBeforeShowedAlready) {
  // The last frame begins 1 ns after its place on the grid, so the pair before it gives the output of that
  // place.
  const std::vector<SourceTime> frames = {{0, 40'000'001}, {40'000'001, 80'000'000}};
  const auto outputs = play({.output_rate = {25, 1}}, frames);
  EXPECT_EQ(sources(outputs), (std::vector<int>{0, 1}));
  EXPECT_EQ(outputs[1].left, 0u);
  expect_gapless(outputs, frames);
}

TEST(Timeline, GivesNoOutputForAnEndALittleBehindTheGrid) {
  const std::vector<SourceTime> frames = {{0, 40'000'000}, {40'000'000, 80'400'000}};
  const auto outputs = play({.output_rate = {50, 1}}, frames);
  EXPECT_EQ(outputs.size(), 4u);
  expect_gapless(outputs, frames);
}

// ------------------------------------------------------------------------------------------------ snap

TEST(Timeline, SnapsToTheNearerSourceFrame) {
  const std::vector<SourceTime> frames = {{0, 100}, {100, 200}};
  struct Case {
    std::uint32_t outputs_per_source;
    double snap;
    std::vector<int> shown;
  };
  const Case cases[] = {{4, 0.05, {0, -1, -1, -1}},
                        {4, 0.26, {0, 0, -1, 1}},
                        {4, 0.25, {0, -1, -1, -1}},
                        {2, 0.5, {0, -1}},
                        {5, 0.41, {0, 0, 0, 1, 1}}};
  for (const Case& c : cases) {
    auto shown = sources(
        play({.output_rate = kVariable, .multiplier = {c.outputs_per_source, 1}, .snap = c.snap}, frames));
    shown.resize(c.outputs_per_source);
    EXPECT_EQ(shown, c.shown) << c.outputs_per_source << " outputs, snap " << c.snap;
  }
}

TEST(Timeline, ShowsTheSourceFrameAtPhaseZeroEvenWithoutSnap) {
  EXPECT_EQ(sources(play({.output_rate = {50, 1}, .snap = 0.0}, constant_rate(3, {25, 1}))),
            (std::vector<int>{0, -1, 1, -1, 2, 2}));
}

TEST(Timeline, ChangesSnapFromTheNextPairOn) {
  Timeline timeline({.output_rate = {100, 1}, .snap = 0.0});
  const Slots first = timeline.pair({0, 40'000'000}, {40'000'000, 80'000'000});
  timeline.set_snap(0.3);
  const Slots second = timeline.pair({40'000'000, 80'000'000}, {80'000'000, 120'000'000});
  EXPECT_EQ(first[1].show, Show::kDrawn);
  EXPECT_EQ(second[1].show, Show::kLeft);
  EXPECT_EQ(second[3].show, Show::kRight);
}

// --------------------------------------------------------------------------------------- variable output
// rate

TEST(VariableRate, DrawsInTheMiddleOfEachPairByItsRealTimes) {
  const auto frames = of_lengths({40'000'001, 60'000'001, 33'000'001, 100'000'001, 20'000'001, 47'000'001});
  const auto outputs = play({.output_rate = kVariable, .multiplier = {2, 1}}, frames);
  ASSERT_EQ(outputs.size(), 12u);
  for (std::size_t k = 0; k < outputs.size(); ++k) {
    const SourceTime& left = frames[k / 2];
    EXPECT_EQ(outputs[k].slot.start, left.start + k % 2 * (left.end - left.start) / 2);
    EXPECT_EQ(outputs[k].slot.phase, k % 2 && k < 10 ? 0.5 : 0.0);
  }
  expect_gapless(outputs, frames);
}

TEST(VariableRate, PlacesFractionalMultipliersExactlyInEachInterval) {
  const auto frames = of_lengths({100, 300, 200, 500});
  const auto outputs = play({.output_rate = kVariable, .multiplier = {3, 2}}, frames);
  EXPECT_EQ(starts(outputs), (std::vector<Time>{0, 66, 200, 400, 533, 766}));
  EXPECT_EQ(sources(outputs), (std::vector<int>{0, -1, -1, 2, -1, 3}));
  EXPECT_EQ(outputs.back().slot.start + outputs.back().slot.duration, frames.back().end);
}

TEST(VariableRate, EstimatesADurationThatReachesIntoTheNextPair) {
  Timeline timeline({.output_rate = kVariable, .multiplier = {1, 2}});
  const Slots first = timeline.pair({0, 40}, {40, 100});
  ASSERT_EQ(first.size(), 1u);
  EXPECT_EQ(first[0].duration, 80u);
  EXPECT_TRUE(timeline.pair({40, 100}, {100, 200}).empty());
  const Slots third = timeline.pair({100, 200}, {200, 300});
  ASSERT_EQ(third.size(), 1u);
  EXPECT_EQ(third[0].start, 100u);
}

TEST(VariableRate, CountsExactlyOverManyFrames) {
  std::vector<Time> lengths(10'000);
  for (std::size_t i = 0; i < lengths.size(); ++i) lengths[i] = (10 + i * 7 % 50) * kMillisecond + i % 3;
  const auto frames = of_lengths(lengths);
  for (const Fraction multiplier : {Fraction{7, 4}, Fraction{2, 1}, Fraction{9, 5}, Fraction{1, 1}}) {
    const auto outputs = play({.output_rate = kVariable, .multiplier = multiplier}, frames);
    ASSERT_EQ(outputs.size(), 10'000u * multiplier.numerator / multiplier.denominator);
    for (std::size_t i = 0; i < frames.size(); i += multiplier.denominator) {
      const Output& output = outputs[i * multiplier.numerator / multiplier.denominator];
      ASSERT_EQ(output.slot.start, frames[i].start);
      ASSERT_EQ(output.source(), static_cast<int>(i));
    }
    EXPECT_EQ(outputs.back().slot.start + outputs.back().slot.duration, frames.back().end);
  }
}

TEST(VariableRate, ShowsALastFrameOfUnknownLength) {
  const std::vector<SourceTime> frames = {{0, 40}, {40, 40}};
  const auto outputs = play({.output_rate = kVariable, .multiplier = {2, 1}}, frames);
  EXPECT_EQ(starts(outputs), (std::vector<Time>{0, 20, 40}));
  EXPECT_EQ(outputs.back().slot.duration, 0u);
}

// ------------------------------------------------------------------------------------------- uneven and
// wrong times

TEST(Timeline, GivesOneFrameForAPartOfOneFrame) {
  const std::vector<SourceTime> frame = {{500, 500 + 40 * kMillisecond}};
  for (const Fraction rate : {Fraction{25, 1}, Fraction{24, 1}, Fraction{1, 1}}) {
    const auto outputs = play({.output_rate = rate}, frame);
    ASSERT_EQ(outputs.size(), 1u);
    EXPECT_EQ(outputs[0].source(), 0);
    expect_gapless(outputs, frame);
  }
  EXPECT_EQ(play({.output_rate = kVariable, .multiplier = {1, 9}}, frame).size(), 1u);
}

TEST(Timeline, GivesOneFrameForAPartOfNoLength) {
  for (const Fraction rate : {Fraction{50, 1}, kVariable})
    for (const SourceTime& frame : {SourceTime{70, 70}, SourceTime{70, 60}}) {
      const auto outputs = play({.output_rate = rate, .multiplier = {2, 1}}, {frame});
      ASSERT_EQ(outputs.size(), 1u);
      EXPECT_EQ(outputs[0].slot.start, 70u);
      EXPECT_EQ(outputs[0].slot.duration, 0u);
    }
}

TEST(Timeline, GoesOnAfterTwoFramesOfTheSameTime) {
  auto frames = constant_rate(6, {25, 1});
  frames[3].start = frames[2].start;
  for (const Fraction rate : {Fraction{50, 1}, kVariable}) {
    const auto outputs = play({.output_rate = rate, .multiplier = {2, 1}}, frames);
    ASSERT_GE(outputs.size(), 10u);
    expect_gapless(outputs, frames);
    for (const Output& output : outputs) EXPECT_NE(output.left, 2u);
  }
}

TEST(Timeline, GivesAnOutputWhereAllFramesHaveTheSameTime) {
  for (const Fraction rate : {Fraction{50, 1}, kVariable}) {
    const auto outputs = play({.output_rate = rate, .multiplier = {1, 3}}, {{9, 9}, {9, 9}, {9, 9}});
    ASSERT_EQ(outputs.size(), 1u);
    EXPECT_EQ(outputs[0].slot.start, 9u);
  }
}

TEST(Timeline, DrawsNothingInAPairThatStepsBack) {
  Timeline timeline({.output_rate = {50, 1}});
  EXPECT_TRUE(
      timeline.pair({80 * kMillisecond, 120 * kMillisecond}, {40 * kMillisecond, 80 * kMillisecond}).empty());
  const Slots slots =
      timeline.pair({40 * kMillisecond, 80 * kMillisecond}, {120 * kMillisecond, 160 * kMillisecond});
  ASSERT_EQ(slots.size(), 2u);
  EXPECT_EQ(slots[0].start, 80 * kMillisecond);
}

TEST(Timeline, GivesOneFrameForAPartThatStepsBackBeforeItsStart) {
  const auto outputs = play({.output_rate = {50, 1}}, {{80, 120}, {40, 60}});
  ASSERT_EQ(starts(outputs), std::vector<Time>{80});
  EXPECT_EQ(outputs.back().slot.duration, 0u);
}

TEST(Timeline, StaysFiniteWhenALastFrameEndsBeforeItBegins) {
  const auto outputs = play({.output_rate = {50, 1}}, {{0, 40}, {40 * kMillisecond, 0}});
  EXPECT_EQ(starts(outputs), (std::vector<Time>{0, 20 * kMillisecond, 40 * kMillisecond}));
  EXPECT_EQ(outputs.back().slot.duration, 0u);
}

TEST(Timeline, IsExactNearTheLargestTimes) {
  const Time start = (Time{1} << 63) - kSecond;
  const auto frames = constant_rate(100, k23_976, start);
  const auto outputs = play({.output_rate = k59_94}, frames);
  ASSERT_EQ(outputs.size(), 250u);
  for (std::size_t k = 0; k < outputs.size(); ++k)
    ASSERT_EQ(outputs[k].slot.start, start + frame_time(k, k59_94));
  expect_gapless(outputs, frames);
}

TEST(Timeline, ScalesWithoutOverflow) {
  const std::uint64_t largest = ~std::uint64_t{0};
  EXPECT_EQ(scale_exactly(largest, largest, largest), largest);
  EXPECT_EQ(scale_exactly(largest, 3, 4), largest / 4 * 3 + 2);
  EXPECT_EQ(scale_exactly(7, 1, 2), 3u);
  EXPECT_EQ(scale_exactly(0, 5, 7), 0u);
}

TEST(Timeline, CountsTheSlotsOfYearsWithoutMakingThem) {
  constexpr Time kYears = Time{1} << 60;  // 36 of them
  Timeline timeline({.output_rate = {100, 1}});
  const Slots pair = timeline.pair({0, kYears}, {kYears, 2 * kYears});
  const Slots last = timeline.finish({kYears, 2 * kYears});
  EXPECT_EQ(pair.size(), kYears / (10 * kMillisecond) + 1);
  EXPECT_EQ(pair[1].start, 10 * kMillisecond);
  EXPECT_EQ(last[0].start, pair.size() * 10 * kMillisecond);
  const Slot end = last[last.size() - 1];
  EXPECT_EQ(end.start + end.duration, 2 * kYears);
}

TEST(Timeline, CountsASlotInWhichNoOneLooks) {
  for (const Fraction rate : {Fraction{50, 1}, kVariable}) {
    Timeline timeline({.output_rate = rate, .multiplier = {2, 1}});
    timeline.pair({0, 40 * kMillisecond}, {40 * kMillisecond, 80 * kMillisecond});
    const Slots slots = timeline.finish({40 * kMillisecond, 80 * kMillisecond});
    ASSERT_EQ(slots.size(), 2u);
    EXPECT_EQ(slots[0].start, 40 * kMillisecond);
  }
}

// ----------------------------------------------------------------------------------------------------- parts

TEST(Timeline, BeginsANewPartAtItsFirstFrame) {
  Timeline timeline({.output_rate = k59_94});
  const auto first = constant_rate(5, k23_976), second = constant_rate(4, k23_976, 333'333'333);
  play(timeline, first);
  const auto outputs = play(timeline, second);
  ASSERT_EQ(outputs.size(), 10u);
  for (std::size_t k = 0; k < outputs.size(); ++k)
    EXPECT_EQ(outputs[k].slot.start, 333'333'333 + frame_time(k, k59_94));
  expect_gapless(outputs, second);
}

TEST(Timeline, ForgetsAnUnfinishedPartOnReset) {
  for (const Fraction rate : {Fraction{50, 1}, kVariable}) {
    Timeline timeline({.output_rate = rate, .multiplier = {3, 2}});
    timeline.pair({0, 40}, {40, 80});
    timeline.reset();
    const Slots slots = timeline.finish({7, 7 + 40 * kMillisecond});
    ASSERT_FALSE(slots.empty());
    EXPECT_EQ(slots[0].start, 7u);
  }
}

// ---- source frames that count as missing

TEST(Missing, FramesAtAConstantRateChangeNoTimeAndStretchThePhases) {
  Timeline with({.output_rate = {50, 1}}), without({.output_rate = {50, 1}});
  const auto frames = constant_rate(4, {25, 1});
  const Slots joined = with.pair(frames[0], frames[2], 1);
  std::vector<Time> separate;
  for (int i = 0; i < 2; ++i) {
    const Slots slots = without.pair(frames[i], frames[i + 1]);
    for (std::uint64_t k = 0; k < slots.size(); ++k) separate.push_back(slots[k].start);
  }
  ASSERT_EQ(joined.size(), 4u);
  for (std::uint64_t k = 0; k < 4; ++k) {
    EXPECT_EQ(joined[k].start, separate[k]);
    EXPECT_DOUBLE_EQ(joined[k].phase, 0.25 * static_cast<double>(k));
  }
  EXPECT_EQ(with.pair(frames[2], frames[3])[0].start, without.pair(frames[2], frames[3])[0].start);
}

TEST(Missing, FramesAtAVariableRateGiveTheirOutputsSpreadEvenly) {
  Timeline timeline({.output_rate = kVariable, .multiplier = {2, 1}});
  const auto frames = of_lengths({30 * kMillisecond, 60 * kMillisecond, 40 * kMillisecond});
  const Slots joined = timeline.pair(frames[0], frames[2], 1);
  ASSERT_EQ(joined.size(), 4u);
  EXPECT_EQ(joined[1].start, 22'500'000u);
  EXPECT_EQ(joined[2].start, 45 * kMillisecond);
  EXPECT_EQ(joined[3].start + joined[3].duration, 90 * kMillisecond);
  EXPECT_EQ(joined[2].show, Show::kDrawn);
  EXPECT_EQ(timeline.finish(frames[2])[0].start, 90 * kMillisecond);
}

TEST(Missing, FramesBeforeOneThatStartsNoLaterAreNotCounted) {
  Timeline timeline({.output_rate = kVariable, .multiplier = {2, 1}});
  const auto frames = of_lengths({40 * kMillisecond, 40 * kMillisecond});
  EXPECT_TRUE(timeline.pair(frames[0], frames[0], 1).empty());
  EXPECT_EQ(timeline.pair(frames[0], frames[1]).size(), 2u);
}

}  // namespace
}  // namespace videoenhance
