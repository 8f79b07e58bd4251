// Enlarges by the nearest pixel, and holds its frames back by the real schedule.
#include <algorithm>
#include <deque>
#include <utility>

#include "tests/fakes/fake_parts.h"

namespace videoenhance {
namespace {

class FakeUpscaler final : public TemporalEngine {
 public:
  FakeUpscaler(std::shared_ptr<const FakeModel> model, const std::string& device,
               const FlashVsrOptions& options)
      : model_(std::move(model)),
        device_(device),
        primed_(options.start == FlashVsrOptions::Start::kPrimed) {}

  Status configure(const StreamFormat& format) override {
    ++fake_counters().configures;
    flush();
    format_ = format;
    return model_->visit("configure", ++configures_);
  }

  Status push(const FrameView& frame, FrameId id, std::span<const double> phases) override {
    ++fake_counters().pushes;
    if (ready_ > 0) return fail(ErrorKind::kFailed, "A frame was pushed while results wait.");
    if (!phases.empty()) return fail(ErrorKind::kFailed, "An upscaler draws nothing in between.");
    if (frame.width != format_.width || frame.height != format_.height ||
        frame.has_alpha() != format_.alpha) {
      return misfit();
    }
    if (Status visited = model_->visit("push", ++pushes_); !visited) return visited;
    held_.push_back(copy_picture(frame, id));
    // A chunk is whole: 4 frames of it stay, which the next chunk needs.
    const unsigned first = primed_ ? 9 : 25;
    ++taken_;
    if (taken_ >= first && (taken_ - first) % 8 == 0) ready_ = held_.size() - 4;
    return {};
  }

  std::size_t ready() const noexcept override { return ready_; }

  Result<ResultFrame> pop(const FrameSpan& out) override {
    ++fake_counters().pops;
    if (ready_ == 0) return fail(ErrorKind::kFailed, "Nothing is ready.");
    if (out.width != format_.output_width || out.height != format_.output_height ||
        out.has_alpha() != format_.alpha) {
      return misfit();
    }
    if (Status visited = model_->visit("pop", ++pops_); !visited) return tl::unexpected(visited.error());
    const bool swapped = model_->value("order", "right") == "wrong" && ready_ > 1;
    const FakePicture picture = std::exchange(held_[swapped ? 1 : 0], {});
    held_.erase(held_.begin() + (swapped ? 1 : 0));
    --ready_;
    paint(out, [&](std::size_t c, int x, int y) {
      const auto column = static_cast<std::size_t>(x) * picture.width / out.width;
      const auto row = static_cast<std::size_t>(y) * picture.height / out.height;
      return picture.components[c][row * picture.width + column];
    });
    return ResultFrame{picture.id, 0.0};
  }

  Status drain() override {
    ++fake_counters().drains;
    if (Status visited = model_->visit("drain", ++drains_); !visited) return visited;
    ready_ = held_.size();
    taken_ = 0;
    return {};
  }

  void adjust(const FlashVsrKnobs& knobs) noexcept override {
    ++fake_counters().adjusts;
    fake_last_knobs() = knobs;
    refused_ = knobs.kv_ratio == 16;
  }

  void flush() noexcept override {
    ++fake_counters().flushes;
    held_.clear();
    ready_ = 0;
    taken_ = 0;
  }

  unsigned delay() const noexcept override { return primed_ ? 11 : 24; }

  EngineReport report() const override {
    const std::string notice = model_->value("notice", "");
    EngineReport report{"fake 1.0", device_, "float32", 1000, 200, 300, 0.001};
    report.notice = refused_ ? model_->value("refused", notice) : notice;
    report.trims = 3;
    report.trim_interval = 10;
    report.cache_bytes = 400;
    return report;
  }

 private:
  FakeLife life_;
  std::shared_ptr<const FakeModel> model_;
  std::string device_;
  bool primed_;
  bool refused_ = false;
  StreamFormat format_;
  std::deque<FakePicture> held_;
  std::size_t ready_ = 0;
  unsigned taken_ = 0;  // since the history began
  unsigned configures_ = 0, pushes_ = 0, pops_ = 0, drains_ = 0;
};

}  // namespace

std::unique_ptr<TemporalEngine> make_fake_upscaler(std::shared_ptr<const FakeModel> model,
                                                   const std::string& device,
                                                   const FlashVsrOptions& options) {
  return std::make_unique<FakeUpscaler>(std::move(model), device, options);
}

}  // namespace videoenhance
