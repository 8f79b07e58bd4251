#include "core/torch/interpolation/drawing_plan.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace videoenhance {
namespace {

constexpr double kNearEnough = 0.01;  // reached by at most seven halvings
constexpr double kEqual = 1e-9;       // phases such as 1/3 are rounded: smaller differences decide nothing

double from_middle(const DrawnFrom& neighbours, double position) {
  return std::abs(neighbours.time(position) - 0.5);
}

// Halves towards a phase, adding the frames on the way; returns where it arrives.
double halve_towards(double phase, DrawingPlan& plan) {
  if (phase <= kNearEnough) return 0;
  if (phase >= 1 - kNearEnough) return 1;
  DrawnFrom neighbours;
  while (true) {
    const double middle = (neighbours.left + neighbours.right) / 2;
    plan.frames.insert({middle, neighbours});
    if (std::abs(phase - middle) <= kNearEnough) return middle;
    (phase > middle ? neighbours.left : neighbours.right) = middle;
  }
}

}  // namespace

DrawingPlan direct_plan(std::span<const double> phases) {
  DrawingPlan plan{{}, {phases.begin(), phases.end()}};
  for (const double phase : phases) plan.frames.insert({phase, {}});
  return plan;
}

DrawingPlan adaptive_plan(std::span<const double> phases) {
  DrawingPlan plan{{}, {phases.begin(), phases.end()}};
  std::set<double> made = {0, 1}, missing(phases.begin(), phases.end());
  const auto neighbours = [&](double position) {
    const auto right = made.upper_bound(position);
    return DrawnFrom{*std::prev(right), *right};
  };
  while (!missing.empty()) {
    double best = *missing.begin();
    for (const double position : missing) {
      if (from_middle(neighbours(position), position) < from_middle(neighbours(best), best) - kEqual)
        best = position;
    }
    plan.frames.insert({best, neighbours(best)});
    made.insert(best);
    missing.erase(best);
  }
  return plan;
}

DrawingPlan halving_plan(std::span<const double> phases) {
  DrawingPlan plan;
  for (const double phase : phases) plan.shown.push_back(halve_towards(phase, plan));
  return plan;
}

std::string halving_notice(const std::string& network) {
  return network +
         " draws only the middle between two frames: other times are reached by repeated halving, which takes "
         "longer, to within 1/100 of the distance.";
}

}  // namespace videoenhance
