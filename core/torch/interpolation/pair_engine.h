// The stream's side of interpolation: one network, two frames, one result alive at a time.
#pragma once

#include "core/torch/interpolation/pair_drawing.h"
#include "core/torch/runtime/frame_transfer.h"
#include "core/torch/runtime/trim_policy.h"

namespace videoenhance {

class PairEngine final : public TemporalEngine {
 public:
  PairEngine(std::shared_ptr<const PairNetwork> network, const EngineOptions& options, c10::Device device,
             c10::ScalarType precision);

  Status configure(const StreamFormat& format) override;
  Status push(const FrameView& frame, FrameId id, std::span<const double> phases) override;
  std::size_t ready() const noexcept override { return phases_.size() - next_phase_; }
  Result<ResultFrame> pop(const FrameSpan& out) override;
  Status drain() override;
  void flush() noexcept override;
  unsigned delay() const noexcept override { return 1; }
  EngineReport report() const override;

 private:
  struct Held {
    PreparedFrame frame;
    FrameId id = 0;
  };

  std::shared_ptr<const PairNetwork> network_;
  InterpolationOptions options_;
  std::uint64_t memory_limit_;
  c10::Device device_;
  c10::ScalarType precision_;
  TrimPolicy trim_;
  FrameTransfer transfer_;
  std::uint64_t work_bytes_ = 0;
  std::optional<Held> left_;
  std::optional<Held> right_;
  std::vector<double> phases_;  // wanted between left and right
  std::size_t next_phase_ = 0;
  std::optional<PairDrawing> drawing_;  // of `phases_`, until all are shown
  double seconds_per_result_ = 0;
};

}  // namespace videoenhance
