#include "core/torch/interpolation/pair_drawing.h"

#include <algorithm>

namespace videoenhance {

PairDrawing::PairDrawing(const PairNetwork& network, const InterpolationOptions& options, PreparedFrame left,
                         PreparedFrame right, std::span<const double> phases)
    : network_(network), options_(options), plan_(network.plan(phases)) {
  frames_[0] = {std::move(left), {}};
  frames_[1] = {std::move(right), {}};
}

Result<at::Tensor> PairDrawing::next() {
  const auto shown = frame(plan_.shown[shown_]);
  if (!shown) return tl::unexpected(shown.error());
  const at::Tensor picture = (*shown)->picture.defined() ? (*shown)->picture : (*shown)->prepared->picture();
  ++shown_;
  release();
  return picture;
}

Result<PairDrawing::Frame*> PairDrawing::frame(double position) {
  if (const auto made = frames_.find(position); made != frames_.end()) return &made->second;
  const DrawnFrom from = plan_.frames.at(position);
  const auto left = prepared(from.left);
  if (!left) return tl::unexpected(left.error());
  const auto right = prepared(from.right);
  if (!right) return tl::unexpected(right.error());
  auto picture = network_.between(**left, **right, from.time(position), options_);
  if (!picture) return tl::unexpected(picture.error());
  Frame& drawn = frames_[position];
  drawn.picture = std::move(*picture);
  plan_.frames.erase(position);
  release();
  return &drawn;
}

Result<const PreparedFrame*> PairDrawing::prepared(double position) {
  const auto neighbour = frame(position);
  if (!neighbour) return tl::unexpected(neighbour.error());
  auto& prepared = (*neighbour)->prepared;
  if (!prepared) prepared = network_.prepare((*neighbour)->picture, options_);
  return &*prepared;
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
