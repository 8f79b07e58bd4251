// In which order the frames between two others are drawn, and from which frames (section B.5 of the
// interpolation notes). Positions run from 0, the left frame of a pair, to 1, the right one.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

namespace videoenhance {

// The neighbours from which a frame is drawn: source frames, or frames drawn before.
struct DrawnFrom {
  double left = 0;
  double right = 1;

  // Of a frame at `position`: its time as its neighbours see it.
  double time(double position) const { return (position - left) / (right - left); }
  bool operator==(const DrawnFrom&) const = default;
};

struct DrawingPlan {
  std::map<double, DrawnFrom> frames;  // by position, in (0,1); those needed on the way too
  std::vector<double> shown;           // for every phase that was asked for: the position of what is shown
};

// `phases` of all plans: rising and in (0,1).

// Each frame from the two source frames.
DrawingPlan direct_plan(std::span<const double> phases);

// For networks that are best at the middle of their neighbours: again and again the frame that is nearest to
// the middle between two neighbours. Of equals the earliest, where the published tool's rounding decides.
DrawingPlan adaptive_plan(std::span<const double> phases);

// For networks that draw nothing but the middle: by halving, to within 1/100 of each phase. What is that near
// to a source frame shows the source frame: `shown` is 0 or 1 then.
DrawingPlan halving_plan(std::span<const double> phases);

// What the user should know of such a network, whose name begins the sentence.
std::string halving_notice(const std::string& network);

}  // namespace videoenhance
