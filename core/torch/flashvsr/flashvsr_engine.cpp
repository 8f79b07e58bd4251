#include "core/torch/flashvsr/flashvsr_engine.h"

#include <chrono>

#include "core/torch/flashvsr/block_selection.h"
#include "core/torch/flashvsr/memory_need.h"
#include "core/torch/flashvsr/noise_source.h"
#include "core/torch/flashvsr/picture_range.h"
#include "core/torch/flashvsr/sizes.h"
#include "core/torch/flashvsr/version.h"
#include "core/torch/runtime/device.h"
#include "core/torch/runtime/device_memory.h"
#include "core/torch/runtime/memory_budget.h"
#include "core/torch/runtime/stage.h"

namespace videoenhance {
namespace {

using Version = FlashVsrOptions::Version;
using Cache = FlashVsrOptions::Cache;

Version version_of(const FlashVsrModel& model, const FlashVsrOptions& options) {
  return options.version != Version::kAuto ? options.version : model.version.value_or(Version::kV11);
}

ProjectorCache cache_of(const FlashVsrModel& model, const FlashVsrOptions& options) {
  if (options.cache == Cache::kPrevious) return ProjectorCache::kPrevious;
  if (options.cache == Cache::kOwn) return ProjectorCache::kOwn;
  return version_of(model, options) == Version::kV1 ? ProjectorCache::kOwn : ProjectorCache::kPrevious;
}

Status check_knobs(const FlashVsrKnobs& knobs) {
  if (!(knobs.kv_ratio >= 1 && knobs.kv_ratio <= 1000))
    return fail(ErrorKind::kBadSettings, "kv-ratio must lie between 1 and 1000.");
  if (knobs.local_range < 1 || knobs.local_range > 1023)
    return fail(ErrorKind::kBadSettings, "local-range must lie between 1 and 1023.");
  return {};
}

// Of each tile, which are of one size.
Result<std::int64_t> blocks_kept(const FlashVsrGeometry& geometry, const FlashVsrKnobs& knobs) {
  const std::int64_t height = geometry.rows.front().size, width = geometry.columns.front().size;
  return blocks_to_keep(height * width / (kWindowPixels * kWindowPixels),
                        attention_settings(knobs, height, width).topk_ratio);
}

c10::ScalarType type_of_levels(SampleType type) {
  switch (type) {
    case SampleType::kUint8:
      return at::kByte;
    case SampleType::kUint16:
      return at::kShort;
    case SampleType::kFloat32:
      return at::kFloat;
  }
  return at::kFloat;
}

at::Tensor alpha_of(const at::Tensor& picture) {
  if (picture.size(0) < 4) return {};
  const at::Tensor alpha = picture.narrow(0, 3, 1);
  return alpha.scalar_type() == at::kFloat ? alpha.clone() : network_values(alpha).add(1).mul(0.5);
}

}  // namespace

Result<std::unique_ptr<TemporalEngine>> FlashVsrEngine::make(std::shared_ptr<const FlashVsrModel> model,
                                                             const EngineOptions& options, c10::Device device,
                                                             c10::ScalarType precision) {
  auto noise = noise_source(std::get<FlashVsrOptions>(options.model));
  if (!noise) return tl::unexpected(noise.error());
  return std::unique_ptr<TemporalEngine>(
      new FlashVsrEngine(std::move(model), options, device, precision, std::move(*noise)));
}

FlashVsrEngine::FlashVsrEngine(std::shared_ptr<const FlashVsrModel> model, const EngineOptions& options,
                               c10::Device device, c10::ScalarType precision, NoiseSource noise)
    : model_(std::move(model)),
      options_(std::get<FlashVsrOptions>(options.model)),
      memory_limit_(options.memory_limit),
      device_(device),
      precision_(precision),
      noise_(std::move(noise)),
      trim_(device, options_.trim_after_chunks),
      transfer_(device),
      knobs_(options_.knobs),
      wanted_knobs_(knobs_) {
  if (options_.cache == Cache::kAuto && options_.version == Version::kAuto && !model_->version) {
    notice_ =
        "These FlashVSR weights do not say whether they are v1 or v1.1, which differ only in what they "
        "compute: v1.1 is taken; set model-version if that is wrong.";
  }
}

// ---- sizes and settings

Status FlashVsrEngine::configure(const StreamFormat& format) {
  flush();
  if (format.width < 1 || format.height < 1 || format.output_width < 1 || format.output_height < 1) {
    return fail(ErrorKind::kBadSettings, "Frames without pixels cannot be upscaled.");
  }
  knobs_ = wanted_knobs_;
  if (Status checked = check_knobs(knobs_); !checked) return checked;
  format_ = format;
  geometry_ = geometry_of(*model_, format, options_);
  if (const auto kept = blocks_kept(geometry_, knobs_); !kept) return tl::unexpected(kept.error());
  if (Status checked = check_memory_for(knobs_); !checked) return checked;
  report_memory_need();
  return {};
}

Status FlashVsrEngine::check_memory_for(const FlashVsrKnobs& knobs) const {
  const MemoryNeed need = memory_need(*model_, format_, options_, knobs);
  const MemoryBudget budget{model_->bytes(), need.state + need.work, memory_limit_, free_memory(device_)};
  if (check_memory(budget, "")) return {};
  const std::uint64_t all =
      budget.free > UINT64_MAX - budget.weights ? UINT64_MAX : budget.free + budget.weights;
  const std::uint64_t available = memory_limit_ != 0 ? std::min(all, memory_limit_) : all;
  return check_memory(budget, fitting_setting(*model_, format_, options_, knobs, available));
}

// In mid-stream a setting that cannot be is not taken: the stream goes on as it was.
void FlashVsrEngine::take_wanted_knobs() {
  if (wanted_knobs_ == knobs_) return;
  Status status = check_knobs(wanted_knobs_);
  if (const auto kept = blocks_kept(geometry_, wanted_knobs_); status && !kept)
    status = tl::unexpected(kept.error());
  if (status && wanted_knobs_.kv_ratio > knobs_.kv_ratio) status = check_memory_for(wanted_knobs_);
  if (status) {
    knobs_ = wanted_knobs_;
    report_memory_need();
  } else {
    wanted_knobs_ = knobs_;
    notice_ = "The settings stay as they were. " + status.error().message;
  }
}

void FlashVsrEngine::report_memory_need() {
  const MemoryNeed need = memory_need(*model_, format_, options_, knobs_);
  state_bytes_ = need.state;
  work_bytes_ = need.work;
  trim_.plan(work_bytes_);
}

// ---- frames in

void FlashVsrEngine::begin_stream() {
  const bool primed = options_.start == FlashVsrOptions::Start::kPrimed;
  stream_.emplace(model_, geometry_, cache_of(*model_, options_), primed ? kPrimedPrefix : 0, noise_);
  draining_ = false;
}

// [3 or 4, H, W] of the network's size: R'G'B' of 8 bits where the source has no more, be it of other colours.
// Published weights were trained on pictures that were rounded so.
at::Tensor FlashVsrEngine::upscale(const FrameView& frame) {
  return enlarging_(transfer_.load(frame).squeeze(0), geometry_.height, geometry_.width,
                    type_of_levels(frame.type));
}

Status FlashVsrEngine::push(const FrameView& frame, FrameId id, std::span<const double>) {
  const StageScope stage("frame in");
  const auto start = std::chrono::steady_clock::now();
  take_wanted_knobs();
  if (options_.reset_at_cuts && cuts_.push(frame)) {
    if (Status finished = finish_stream(); !finished) return finished;
  }
  const at::Tensor picture = upscale(frame);
  pending_.push_back({id, alpha_of(picture)});
  if (!stream_ || draining_) begin_stream();
  const Status queued = queue(stream_->push(to_network_range(picture.narrow(0, 0, 3)), knobs_));
  seconds_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (finished_count_ > 0) {
    seconds_per_result_ = seconds_ / static_cast<double>(finished_count_);
    seconds_ = 0;
    trim_.finished_one();
  }
  return queued;
}

Status FlashVsrEngine::queue(Result<FinishedFrames> finished) {
  if (!finished) return tl::unexpected(finished.error());
  if (!finished->defined()) return {};
  finished_count_ += static_cast<std::size_t>(finished->size(0));
  finished_.push_back(std::move(*finished));
  return {};
}

// ---- frames out

std::size_t FlashVsrEngine::ready() const noexcept {
  return finished_count_ + (draining_ ? static_cast<std::size_t>(stream_->pending()) : 0);
}

// From the network's size to the output's. What the network drew is not rounded.
at::Tensor FlashVsrEngine::at_output_size(const at::Tensor& picture) {
  if (!is_reduced(geometry_, format_)) return picture;
  const StageScope stage("reduction");
  return reducing_(picture, format_.output_height, format_.output_width, at::kFloat);
}

Result<ResultFrame> FlashVsrEngine::pop(const FrameSpan& out) {
  if (finished_count_ == 0) {
    if (Status queued = queue(stream_->finish_one_chunk(knobs_)); !queued)
      return tl::unexpected(queued.error());
  }
  const StageScope stage("frame out");
  const Pending frame = pending_.front();
  const at::Tensor drawn = finished_.front()[popped_];
  const bool has_alpha = frame.alpha.defined();
  const at::Tensor picture = at::empty({has_alpha ? 4 : 3, drawn.size(1), drawn.size(2)}, drawn.options());
  const bool is_finite = from_network_range(drawn, picture.narrow(0, 0, 3));
  if (has_alpha) picture.narrow(0, 3, 1).copy_(frame.alpha);
  pending_.pop_front();
  --finished_count_;
  if (++popped_ == finished_.front().size(0)) {
    finished_.pop_front();
    popped_ = 0;
  }
  if (!is_finite) {
    return fail(ErrorKind::kFailed, "The network made a frame that is not finite: try precision=float32.");
  }
  transfer_.store(at_output_size(picture).unsqueeze(0), out);
  return ResultFrame{frame.id, 0.0};
}

// One chunk is made after the other, as pop() asks for them: a failure loses none that was finished before.
Status FlashVsrEngine::drain() {
  cuts_.reset();
  draining_ = stream_.has_value();
  return {};
}

// At once, because another stream begins.
Status FlashVsrEngine::finish_stream() {
  while (stream_ && stream_->pending() > 0) {
    if (Status queued = queue(stream_->finish_one_chunk(knobs_)); !queued) return queued;
  }
  stream_.reset();
  return {};
}

void FlashVsrEngine::flush() noexcept {
  cuts_.reset();
  stream_.reset();
  draining_ = false;
  pending_.clear();
  finished_.clear();
  popped_ = 0;
  finished_count_ = 0;
  seconds_ = 0;
}

// ---- facts

unsigned FlashVsrEngine::delay() const noexcept {
  return options_.start == FlashVsrOptions::Start::kPrimed ? kPrimedDelay : kReferenceDelay;
}

EngineReport FlashVsrEngine::report() const {
  EngineReport report;
  report.model = std::string("flashvsr ") + version_name(version_of(*model_, options_)) +
                 (model_->full ? " full" : " tiny");
  report.device = device_.str();
  report.precision = precision_name(precision_);
  report.weight_bytes = model_->bytes();
  report.state_bytes = state_bytes_;
  report.work_bytes = work_bytes_;
  report.seconds_per_result = seconds_per_result_;
  report.notice = notice_;
  trim_.add_to(report);
  return report;
}

}  // namespace videoenhance
