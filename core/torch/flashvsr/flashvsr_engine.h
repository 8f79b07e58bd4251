// The stream's side of FlashVSR: sizes, colours in and out, alpha, memory, and one run of frames at a time.
#pragma once

#include <deque>
#include <optional>

#include "core/torch/flashvsr/flashvsr_stream.h"
#include "core/torch/flashvsr/upscale.h"
#include "core/torch/runtime/frame_transfer.h"
#include "core/torch/runtime/trim_policy.h"
#include "core/video/scene_change.h"

namespace videoenhance {

class FlashVsrEngine final : public TemporalEngine {
 public:
  // Errors: kUnreadable and kBadModel of the noise file, if the options name one.
  static Result<std::unique_ptr<TemporalEngine>> make(std::shared_ptr<const FlashVsrModel> model,
                                                      const EngineOptions& options, c10::Device device,
                                                      c10::ScalarType precision);

  Status configure(const StreamFormat& format) override;
  Status push(const FrameView& frame, FrameId id, std::span<const double> phases) override;
  std::size_t ready() const noexcept override;
  Result<ResultFrame> pop(const FrameSpan& out) override;
  Status drain() override;
  void adjust(const FlashVsrKnobs& knobs) noexcept override { wanted_knobs_ = knobs; }
  void flush() noexcept override;
  unsigned delay() const noexcept override;
  EngineReport report() const override;

 private:
  // A frame that the network has and the element has not got back yet.
  struct Pending {
    FrameId id;
    at::Tensor alpha;  // float32 [1,H,W] in [0,1] of the network's size, or undefined
  };

  FlashVsrEngine(std::shared_ptr<const FlashVsrModel> model, const EngineOptions& options, c10::Device device,
                 c10::ScalarType precision, NoiseSource noise);
  void begin_stream();
  Status finish_stream();
  void take_wanted_knobs();
  Status check_memory_for(const FlashVsrKnobs& knobs) const;
  void report_memory_need();
  at::Tensor upscale(const FrameView& frame);
  at::Tensor at_output_size(const at::Tensor& picture);
  Status queue(Result<FinishedFrames> finished);

  std::shared_ptr<const FlashVsrModel> model_;
  FlashVsrOptions options_;
  std::uint64_t memory_limit_;
  c10::Device device_;
  c10::ScalarType precision_;
  NoiseSource noise_;
  TrimPolicy trim_;
  FrameTransfer transfer_;
  BicubicScaler enlarging_, reducing_;
  FlashVsrKnobs knobs_;
  FlashVsrKnobs wanted_knobs_;
  StreamFormat format_;
  FlashVsrGeometry geometry_;
  std::uint64_t state_bytes_ = 0;
  std::uint64_t work_bytes_ = 0;

  SceneChange cuts_;
  std::optional<FlashVsrStream> stream_;
  bool draining_ = false;  // what the stream still holds is made when it is asked for
  std::deque<Pending> pending_;
  std::deque<FinishedFrames> finished_;
  std::int64_t popped_ = 0;         // frames of finished_.front() that are given back
  std::size_t finished_count_ = 0;  // frames in finished_ that are not
  double seconds_ = 0;              // since frames were finished last
  double seconds_per_result_ = 0;
  std::string notice_;
};

}  // namespace videoenhance
