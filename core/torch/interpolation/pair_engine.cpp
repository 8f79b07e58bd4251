#include "core/torch/interpolation/pair_engine.h"

#include <chrono>
#include <cmath>

#include "core/torch/runtime/device.h"
#include "core/torch/runtime/device_memory.h"
#include "core/torch/runtime/memory_budget.h"
#include "core/torch/runtime/stage.h"

namespace videoenhance {
namespace {

// Two source frames and one result, float32.
std::uint64_t picture_bytes(const StreamFormat& format) {
  const std::uint64_t channels = format.alpha ? 4 : 3;
  return 3 * channels * static_cast<std::uint64_t>(format.width) * static_cast<std::uint64_t>(format.height) *
         sizeof(float);
}

}  // namespace

PairEngine::PairEngine(std::shared_ptr<const PairNetwork> network, const EngineOptions& options,
                       c10::Device device, c10::ScalarType precision)
    : network_(std::move(network)),
      options_(std::get<InterpolationOptions>(options.model)),
      memory_limit_(options.memory_limit),
      device_(device),
      precision_(precision),
      trim_(device, options_.trim_after_pairs),
      transfer_(device) {}

Status PairEngine::configure(const StreamFormat& format) {
  flush();
  if (format.width < 1 || format.height < 1 || format.output_width != format.width ||
      format.output_height != format.height) {
    return fail(ErrorKind::kBadSettings, "Interpolation keeps the size of the frames.");
  }
  work_bytes_ = network_->work_bytes(format.width, format.height, options_);
  trim_.plan(work_bytes_ + picture_bytes(format));
  return check_memory({network_->bytes(), work_bytes_, memory_limit_, free_memory(device_)},
                      network_->memory_remedy());
}

Status PairEngine::push(const FrameView& frame, FrameId id, std::span<const double> phases) {
  drawing_.reset();
  left_ = std::move(right_);
  right_.reset();
  const StageScope stage("frame in");
  right_ = Held{network_->prepare(transfer_.load(frame), options_), id};
  phases_.assign(phases.begin(), phases.end());
  next_phase_ = 0;
  if (!left_) phases_.clear();
  if (!phases_.empty()) drawing_.emplace(*network_, options_, left_->frame, right_->frame, phases_);
  return {};
}

Result<ResultFrame> PairEngine::pop(const FrameSpan& out) {
  const auto start = std::chrono::steady_clock::now();
  const double phase = phases_[next_phase_++];
  const auto drawn = drawing_->next();
  if (!drawn) return tl::unexpected(drawn.error());
  const StageScope stage("frame out");
  const at::Tensor sum = drawn->sum();  // on the device: it is looked at when the picture has come
  transfer_.store(*drawn, out);
  if (!std::isfinite(sum.item<double>())) {
    return fail(ErrorKind::kFailed, "The network made a frame that is not finite: try precision=float32.");
  }
  seconds_per_result_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (ready() == 0) {
    drawing_.reset();
    trim_.finished_one();
  }
  return ResultFrame{left_->id, phase};
}

Status PairEngine::drain() {
  return {};
}

void PairEngine::flush() noexcept {
  drawing_.reset();
  left_.reset();
  right_.reset();
  phases_.clear();
  next_phase_ = 0;
}

EngineReport PairEngine::report() const {
  EngineReport report;
  report.model = network_->name();
  report.device = device_.str();
  report.precision = precision_name(precision_);
  report.weight_bytes = network_->bytes();
  report.state_bytes = (left_ ? left_->frame.bytes() : 0) + (right_ ? right_->frame.bytes() : 0);
  report.work_bytes = work_bytes_;
  report.seconds_per_result = seconds_per_result_;
  report.notice = network_->notice();
  trim_.add_to(report);
  return report;
}

}  // namespace videoenhance
