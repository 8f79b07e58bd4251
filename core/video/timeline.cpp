#include "core/video/timeline.h"

#include <algorithm>
#include <cstddef>

namespace videoenhance {
namespace {

__extension__ using Wide = unsigned __int128;

constexpr Time kSecond = 1'000'000'000;
constexpr Time kLongestHole = kSecond;

Show show_at(double phase, double snap) {
  if (phase == 0.0 || phase < snap) return Show::kLeft;
  return phase > 1.0 - snap ? Show::kRight : Show::kDrawn;
}

// Whether at least half of an output frame that begins at `start` and lasts `step` lies before `end`. Half
// and not all of it, so that times rounded to milliseconds add or lose no frame.
bool mostly_before(Time start, Time step, Time end) {
  return start < end && end - start >= step - step / 2;
}

}  // namespace

std::uint64_t scale_exactly(std::uint64_t value, std::uint64_t numerator, std::uint64_t denominator) {
  return static_cast<std::uint64_t>(Wide{value} * numerator / denominator);
}

void Timeline::begin(const SourceTime& left) {
  if (first_) return;
  first_ = left.start;
  next_ = 0;
  sources_ = 0;
}

// The next output, its phase counted in the time [from, to) of the left frame.
Timeline::Output Timeline::next_output(Time from, Time to) const {
  if (const Fraction rate = settings_.output_rate; rate.numerator != 0) {
    const auto begins = [&](std::uint64_t k) {
      return *first_ + scale_exactly(k, kSecond * rate.denominator, rate.numerator);
    };
    const Time start = begins(next_);
    const double phase =
        start <= from ? 0.0 : static_cast<double>(start - from) / static_cast<double>(to - from);
    return {start, begins(next_ + 1), phase};
  }
  // Positions are counted in units of 1 / `outputs` source frame after the left one.
  const std::uint64_t outputs = settings_.multiplier.numerator, sources = settings_.multiplier.denominator;
  const std::uint64_t position = next_ * sources - sources_ * outputs;
  const auto time_at = [&](std::uint64_t at) { return from + scale_exactly(to - from, at, outputs); };
  return {time_at(position), time_at(position + sources),
          static_cast<double>(position) / static_cast<double>(outputs)};
}

void Timeline::pair(const SourceTime& left, const SourceTime& right, std::vector<Slot>& slots) {
  begin(left);
  if (right.start <= left.start) return;
  for (;;) {
    const Output output = next_output(left.start, right.start);
    if (output.start >= right.start) break;
    slots.push_back(
        {output.start, output.end - output.start, show_at(output.phase, settings_.snap), output.phase});
    ++next_;
  }
  ++sources_;
}

void Timeline::finish(const SourceTime& left, std::vector<Slot>& slots) {
  begin(left);
  const Time end = std::max(left.start, left.end);
  const std::size_t before = slots.size();
  for (;;) {
    const Output output = next_output(left.start, end);
    const bool owed = slots.size() == before && (next_ == 0 || output.start <= left.start);
    if (!owed && !mostly_before(output.start, output.end - output.start, end)) break;
    slots.push_back({output.start, output.end - output.start, Show::kLeft, 0.0});
    ++next_;
  }
  if (slots.size() > before) slots.back().duration = std::max(end, slots.back().start) - slots.back().start;
  reset();
}

bool continues(const SourceTime& previous, const SourceTime& next) {
  if (next.start < previous.start) return false;
  return next.start <= previous.end || next.start - previous.end <= kLongestHole;
}

}  // namespace videoenhance
