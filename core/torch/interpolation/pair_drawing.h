// The frames drawn between two source frames, each when it is asked for, and those on the way to it.
#pragma once

#include <optional>

#include "core/torch/interpolation/pair_network.h"

namespace videoenhance {

// Beside the pair and the result it keeps, with their features, only drawn frames that others are still to be
// drawn from: none where all are drawn from the pair, at most log2 of the number of frames, evenly spaced,
// with the adaptive plan, and 6 with halving.
class PairDrawing {
 public:
  // The network must outlive the drawing. phases: rising and in (0,1).
  PairDrawing(const PairNetwork& network, const InterpolationOptions& options, PreparedFrame left,
              PreparedFrame right, std::span<const double> phases);

  // The picture for the next phase, float32 [1,C,H,W] in [0,1]. Call at most once for every phase. Errors:
  // those of the network.
  Result<at::Tensor> next();

 private:
  struct Frame {
    std::optional<PreparedFrame> prepared;  // of drawn frames: once another frame is drawn from it
    at::Tensor picture;                     // of drawn frames
  };

  Result<Frame*> frame(double position);
  Result<const PreparedFrame*> prepared(double position);
  // Forgets what nothing that is still to be drawn or shown needs.
  void release();

  const PairNetwork& network_;
  InterpolationOptions options_;
  DrawingPlan plan_;  // `frames` without those drawn already
  std::size_t shown_ = 0;
  std::map<double, Frame> frames_;  // by position
};

}  // namespace videoenhance
