#include "core/video/timeline.h"

#include <algorithm>

namespace videoenhance {
namespace {

__extension__ using Wide = unsigned __int128;

constexpr Time kSecond = 1'000'000'000;
constexpr Time kLongestHole = kSecond;

Show show_at(double phase, double snap) {
  if (phase == 0.0 || phase < snap) return Show::kLeft;
  return phase > 1.0 - snap ? Show::kRight : Show::kDrawn;
}

// value * numerator / denominator, rounded up.
std::uint64_t scale_up(std::uint64_t value, std::uint64_t numerator, std::uint64_t denominator) {
  return static_cast<std::uint64_t>((Wide{value} * numerator + denominator - 1) / denominator);
}

}  // namespace

std::uint64_t scale_exactly(std::uint64_t value, std::uint64_t numerator, std::uint64_t denominator) {
  return static_cast<std::uint64_t>(Wide{value} * numerator / denominator);
}

// ---- slots

// The time [from, to) of the left frame is what phases are counted in.
Slots::Output Slots::output(std::uint64_t index) const {
  if (const Fraction rate = settings_.output_rate; rate.numerator != 0) {
    const auto begins = [&](std::uint64_t k) {
      return first_ + scale_exactly(k, kSecond * rate.denominator, rate.numerator);
    };
    const Time start = begins(index);
    const double phase =
        start <= from_ ? 0.0 : static_cast<double>(start - from_) / static_cast<double>(to_ - from_);
    return {start, begins(index + 1), phase};
  }
  // Positions are counted in units of 1 / `outputs` source frame after the left one.
  const std::uint64_t outputs = settings_.multiplier.numerator, sources = settings_.multiplier.denominator;
  const std::uint64_t position = index * sources - sources_ * outputs, end = outputs * intervals_;
  const auto time_at = [&](std::uint64_t at) { return from_ + scale_exactly(to_ - from_, at, end); };
  return {time_at(position), time_at(position + sources),
          static_cast<double>(position) / static_cast<double>(end)};
}

// Outputs of the part that begin before `to_`, which lies after `from_`.
std::uint64_t Slots::outputs_before_end() const {
  if (const Fraction rate = settings_.output_rate; rate.numerator != 0) {
    return to_ <= first_ ? 0 : scale_up(to_ - first_, rate.numerator, kSecond * rate.denominator);
  }
  return scale_up(sources_ + intervals_, settings_.multiplier.numerator, settings_.multiplier.denominator);
}

// Half and not all of it, so that times rounded to milliseconds add or lose no frame.
bool Slots::half_fits(std::uint64_t index) const {
  const Output found = output(index);
  const Time step = found.end - found.start;
  return to_ - found.start >= step - step / 2;
}

Slot Slots::operator[](std::uint64_t i) const {
  const std::uint64_t index = begin_ + i;
  const Output found = output(index);
  if (!last_) {
    return {found.start, found.end - found.start, show_at(found.phase, settings_.snap), found.phase};
  }
  const Time end = index + 1 == end_ ? std::max(to_, found.start) : found.end;
  return {found.start, end - found.start, Show::kLeft, 0.0};
}

// ---- timeline

// The outputs that are still to begin before `to`.
Slots Timeline::slots_between(Time from, Time to, std::uint64_t intervals) {
  if (!first_) {
    first_ = from;
    next_ = sources_ = 0;
  }
  Slots slots;
  slots.settings_ = settings_;
  slots.first_ = *first_;
  slots.sources_ = sources_;
  slots.intervals_ = intervals;
  slots.from_ = from;
  slots.to_ = to;
  slots.begin_ = next_;
  slots.end_ = from < to ? std::max(next_, slots.outputs_before_end()) : next_;
  return slots;
}

Slots Timeline::pair(const SourceTime& left, const SourceTime& right, std::uint64_t missing) {
  const Slots slots = slots_between(left.start, right.start, 1 + missing);
  if (right.start <= left.start) return slots;
  next_ = slots.end_;
  sources_ += 1 + missing;
  return slots;
}

Slots Timeline::finish(const SourceTime& left) {
  Slots slots = slots_between(left.start, std::max(left.start, left.end), 1);
  slots.last_ = true;
  if (!slots.empty() && !slots.half_fits(slots.end_ - 1)) --slots.end_;
  const bool owed = next_ == 0 || slots.output(next_).start <= left.start;
  if (slots.empty() && owed) ++slots.end_;
  reset();
  return slots;
}

bool continues(const SourceTime& previous, const SourceTime& next) {
  if (next.start < previous.start) return false;
  return next.start <= previous.end || next.start - previous.end <= kLongestHole;
}

}  // namespace videoenhance
