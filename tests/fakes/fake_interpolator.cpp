// Blends its two frames by phase.
#include <deque>
#include <optional>
#include <utility>

#include "tests/fakes/fake_parts.h"

namespace videoenhance {
namespace {

class FakeInterpolator final : public TemporalEngine {
 public:
  FakeInterpolator(std::shared_ptr<const FakeModel> model, const std::string& device)
      : model_(std::move(model)), device_(device) {}

  Status configure(const StreamFormat& format) override {
    ++fake_counters().configures;
    flush();
    format_ = format;
    return model_->visit("configure", ++configures_);
  }

  Status push(const FrameView& frame, FrameId id, std::span<const double> phases) override {
    ++fake_counters().pushes;
    if (!results_.empty()) return fail(ErrorKind::kFailed, "A frame was pushed while results wait.");
    if (!fits(frame.width, frame.height, frame.has_alpha())) return misfit();
    if (Status visited = model_->visit("push", ++pushes_); !visited) return visited;
    left_ = std::exchange(right_, copy_picture(frame, id));
    if (!phases.empty() && !left_) return fail(ErrorKind::kFailed, "Phases without a left frame.");
    results_.assign(phases.begin(), phases.end());
    return {};
  }

  std::size_t ready() const noexcept override { return results_.size(); }

  Result<ResultFrame> pop(const FrameSpan& out) override {
    ++fake_counters().pops;
    if (results_.empty()) return fail(ErrorKind::kFailed, "Nothing is ready.");
    if (!fits(out.width, out.height, out.has_alpha())) return misfit();
    if (Status visited = model_->visit("pop", ++pops_); !visited) return tl::unexpected(visited.error());
    const double phase = results_.front();
    results_.pop_front();
    const auto weight = static_cast<float>(phase);
    paint(out, [&](std::size_t c, int x, int y) {
      const std::size_t place = static_cast<std::size_t>(y) * out.width + x;
      return (1 - weight) * left_->components[c][place] + weight * right_->components[c][place];
    });
    return ResultFrame{left_->id, phase};
  }

  Status drain() override { return {}; }

  void flush() noexcept override {
    ++fake_counters().flushes;
    left_.reset();
    right_.reset();
    results_.clear();
  }

  unsigned delay() const noexcept override { return 1; }

  EngineReport report() const override { return {"fake 1.0", device_, "float32", 1000, 200, 300, 0.001}; }

 private:
  bool fits(int width, int height, bool alpha) const {
    return width == format_.width && height == format_.height && alpha == format_.alpha;
  }

  FakeLife life_;
  std::shared_ptr<const FakeModel> model_;
  std::string device_;
  StreamFormat format_;
  std::optional<FakePicture> left_, right_;
  std::deque<double> results_;
  unsigned configures_ = 0, pushes_ = 0, pops_ = 0;
};

}  // namespace

std::unique_ptr<TemporalEngine> make_fake_interpolator(std::shared_ptr<const FakeModel> model,
                                                       const std::string& device) {
  return std::make_unique<FakeInterpolator>(std::move(model), device);
}

}  // namespace videoenhance
