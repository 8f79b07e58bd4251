#include "core/torch/interpolation/pair_drawing.h"

#include <algorithm>

namespace videoenhance {

PairDrawing::PairDrawing(const PairNetwork& network, const InterpolationOptions& options, PreparedFrame left,
                         PreparedFrame right, std::span<const double> phases)
    : network_(network), options_(options), plan_(network.plan(phases)) {
  frames_[0] = {std::move(left), {}};
  frames_[1] = {std::move(right), {}};
}

at::Tensor PairDrawing::next() {
  const Frame& shown = frame(plan_.shown[shown_]);
  const at::Tensor picture = shown.picture.defined() ? shown.picture : shown.prepared->picture();
  ++shown_;
  release();
  return picture;
}

PairDrawing::Frame& PairDrawing::frame(double position) {
  if (const auto made = frames_.find(position); made != frames_.end()) return made->second;
  const DrawnFrom from = plan_.frames.at(position);
  const PreparedFrame& left = prepared(from.left);
  const PreparedFrame& right = prepared(from.right);
  at::Tensor picture = network_.between(left, right, from.time(position), options_);
  Frame& drawn = frames_[position];
  drawn.picture = std::move(picture);
  plan_.frames.erase(position);
  release();
  return drawn;
}

const PreparedFrame& PairDrawing::prepared(double position) {
  Frame& neighbour = frame(position);
  if (!neighbour.prepared) neighbour.prepared = network_.prepare(neighbour.picture, options_);
  return *neighbour.prepared;
}

void PairDrawing::release() {
  const auto is_neighbour = [&](double position) {
    return std::ranges::any_of(plan_.frames, [&](const auto& entry) {
      return entry.second.left == position || entry.second.right == position;
    });
  };
  const auto is_shown = [&](double position) {
    return std::find(plan_.shown.begin() + static_cast<std::ptrdiff_t>(shown_), plan_.shown.end(),
                     position) != plan_.shown.end();
  };
  for (auto entry = frames_.begin(); entry != frames_.end();) {
    auto& [position, frame] = *entry;
    const bool neighbour = is_neighbour(position), shown = is_shown(position);
    if (!neighbour && frame.picture.defined()) frame.prepared.reset();
    entry = neighbour || shown ? std::next(entry) : frames_.erase(entry);
  }
}

}  // namespace videoenhance
