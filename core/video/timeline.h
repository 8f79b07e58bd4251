// When output frames are shown and what they show: exact rational time, never a sum of durations.
#pragma once

#include <cstdint>
#include <optional>

namespace videoenhance {

// Nanoseconds.
using Time = std::uint64_t;

struct Fraction {
  std::uint32_t numerator = 0;
  std::uint32_t denominator = 1;

  bool operator==(const Fraction&) const = default;
};

// floor(value * numerator / denominator) without overflow in between.
std::uint64_t scale_exactly(std::uint64_t value, std::uint64_t numerator, std::uint64_t denominator);

// The time a source frame is shown: [start, end).
struct SourceTime {
  Time start = 0;
  Time end = 0;
};

enum class Show { kLeft, kRight, kDrawn };

// One output frame that begins while the left frame of a pair is shown.
struct Slot {
  Time start = 0;
  Time duration = 0;
  Show show = Show::kLeft;
  double phase = 0.0;  // of a drawn frame: (0,1) from the left frame's start to the right one's
};

struct TimelineSettings {
  Fraction output_rate = {};  // frames per second; numerator 0 = variable
  Fraction multiplier = {};   // output frames per source frame, used where the rate is variable
  double snap = 0.05;         // a phase nearer than this to a source frame shows the source frame
};

// A run of output frames, each worked out when it is asked for: there may be more of them than fit into
// memory, since a source frame can be shown for years.
class Slots {
 public:
  std::uint64_t size() const { return end_ - begin_; }
  bool empty() const { return end_ == begin_; }

  // `i` is less than size().
  Slot operator[](std::uint64_t i) const;

 private:
  friend class Timeline;

  struct Output {
    Time start;
    Time end;
    double phase;
  };
  Output output(std::uint64_t index) const;
  std::uint64_t outputs_before_end() const;
  bool half_fits(std::uint64_t index) const;  // of an output that begins before `to_`

  TimelineSettings settings_;
  bool last_ = false;                  // the left frame is the last one, and shown in all slots
  Time first_ = 0;                     // start of the part
  std::uint64_t sources_ = 0;          // source frames of the part before the left one
  std::uint64_t intervals_ = 1;        // between source frames, that the left frame is shown for
  Time from_ = 0, to_ = 0;             // the left frame is shown in [from, to)
  std::uint64_t begin_ = 0, end_ = 0;  // indices of the outputs in the part
};

// Output times of one unbroken part of a stream (section F of the interpolation notes, "Timing rule").
//
// Constant output rate n/d: output k begins at first + floor(k * 1 s * d / n), whatever the input's times
// are. Variable output rate (n = 0): output j lies at the position j / multiplier, counted in source frames,
// between the real times of its two neighbours.
//
// A part of N frames at a constant rate gives N * multiplier outputs, rounded to a whole number, and keeps
// its duration to the nanosecond: the last output ends where the last source frame ends. (Where that number
// is not whole, the last source frame may end up to half an output frame away from the last output's end.)
//
// A source frame that is shown for no time, because the next one starts no later, gives no output and is not
// counted.
class Timeline {
 public:
  explicit Timeline(TimelineSettings settings) : settings_(settings) {}

  // Applies from the next pair on.
  void set_snap(double snap) { settings_.snap = snap; }

  // Forgets the part; the next pair() or finish() begins a new one at its left frame's start.
  void reset() { first_.reset(); }

  // Output frames that begin in [left.start, right.start). None if right starts no later. At a variable rate
  // an output that ends beyond right.start has a duration estimated from this pair. `missing`: source frames
  // between the two that are treated as if they had not come; at a variable rate the outputs that they would
  // have given are spread evenly.
  Slots pair(const SourceTime& left, const SourceTime& right, std::uint64_t missing = 0);

  // Output frames from left.start to left.end, all showing the last frame; the last of them ends at left.end
  // exactly. An output that begins with the last frame is given however short that frame is, and a part
  // gives one output at least. Ends the part.
  Slots finish(const SourceTime& left);

 private:
  Slots slots_between(Time from, Time to, std::uint64_t intervals);

  TimelineSettings settings_;
  std::optional<Time> first_;  // start of the part
  std::uint64_t next_ = 0;     // index of the next output frame of the part
  std::uint64_t sources_ = 0;  // source frames of the part before the current left one
};

// Whether `next` goes on where `previous` left off. It does not after a hole of more than a second between
// the end of the one and the start of the other, nor after a step back: what follows is another part, and
// nothing is drawn in between. An overlap, and an equal start, go on.
bool continues(const SourceTime& previous, const SourceTime& next);

}  // namespace videoenhance
