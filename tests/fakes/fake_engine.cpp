#include "tests/fakes/fake_engine.h"

#include <atomic>
#include <cmath>
#include <cstring>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "core/engine/guarded_engine.h"
#include "core/engine/module.h"
#include "tests/fakes/fake_model.h"

namespace videoenhance {
namespace {

struct Counters {
  std::atomic<std::uint64_t> alive{0}, made{0}, configures{0}, pushes{0}, pops{0}, flushes{0};
};
Counters counters;

// A frame copied to floats 0 … 1, component by component.
struct Picture {
  FrameId id = 0;
  std::array<std::vector<float>, 4> components;
};

float sample_at(const std::byte* place, SampleType type) {
  if (type == SampleType::kUint8) return static_cast<float>(*place) / 255.0f;
  std::uint16_t word;
  std::memcpy(&word, place, sizeof word);
  return static_cast<float>(word) / 65535.0f;
}

void put_sample(std::byte* place, SampleType type, float value) {
  if (type == SampleType::kUint8) {
    *place = static_cast<std::byte>(std::lround(value * 255.0f));
    return;
  }
  const auto word = static_cast<std::uint16_t>(std::lround(value * 65535.0f));
  std::memcpy(place, &word, sizeof word);
}

template <typename Frame, typename Visit>
void each_sample(const Frame& frame, Visit visit) {
  for (std::size_t c = 0; c < (frame.has_alpha() ? 4u : 3u); ++c) {
    const auto& component = frame.components[c];
    for (int y = 0; y < frame.height; ++y) {
      for (int x = 0; x < frame.width; ++x) {
        visit(c, static_cast<std::size_t>(y) * frame.width + x,
              component.data + y * component.row_stride + x * component.pixel_stride);
      }
    }
  }
}

class FakeEngine final : public TemporalEngine {
 public:
  FakeEngine(std::shared_ptr<const FakeModel> model, const EngineOptions& options)
      : model_(std::move(model)), device_(options.device == "auto" ? "cpu" : options.device) {
    ++counters.alive;
    ++counters.made;
  }
  ~FakeEngine() override { --counters.alive; }

  Status configure(const StreamFormat& format) override {
    ++counters.configures;
    flush();
    format_ = format;
    return model_->visit("configure", ++configures_);
  }

  Status push(const FrameView& frame, FrameId id, std::span<const double> phases) override {
    ++counters.pushes;
    if (!results_.empty()) return fail(ErrorKind::kFailed, "A frame was pushed while results wait.");
    if (!fits(frame.width, frame.height, frame.has_alpha())) return misfit();
    if (Status visited = model_->visit("push", ++pushes_); !visited) return visited;
    left_ = std::exchange(right_, copy(frame, id));
    if (!phases.empty() && !left_) return fail(ErrorKind::kFailed, "Phases without a left frame.");
    results_.assign(phases.begin(), phases.end());
    return {};
  }

  std::size_t ready() const noexcept override { return results_.size(); }

  Result<ResultFrame> pop(const FrameSpan& out) override {
    ++counters.pops;
    if (results_.empty()) return fail(ErrorKind::kFailed, "Nothing is ready.");
    if (!fits(out.width, out.height, out.has_alpha())) return misfit();
    if (Status visited = model_->visit("pop", ++pops_); !visited) return tl::unexpected(visited.error());
    const double phase = results_.front();
    results_.pop_front();
    const auto weight = static_cast<float>(phase);
    each_sample(out, [&](std::size_t c, std::size_t place, std::byte* data) {
      put_sample(data, out.type,
                 (1 - weight) * left_->components[c][place] + weight * right_->components[c][place]);
    });
    return ResultFrame{left_->id, phase};
  }

  Status drain() override { return {}; }

  void flush() noexcept override {
    ++counters.flushes;
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
  static tl::unexpected<Error> misfit() {
    return fail(ErrorKind::kFailed, "The frame does not have the configured size.");
  }

  Picture copy(const FrameView& frame, FrameId id) const {
    Picture picture{id, {}};
    const auto pixels = static_cast<std::size_t>(frame.width) * frame.height;
    for (std::size_t c = 0; c < (frame.has_alpha() ? 4u : 3u); ++c) picture.components[c].resize(pixels);
    each_sample(frame, [&](std::size_t c, std::size_t place, const std::byte* data) {
      picture.components[c][place] = sample_at(data, frame.type);
    });
    return picture;
  }

  std::shared_ptr<const FakeModel> model_;
  std::string device_;
  StreamFormat format_;
  std::optional<Picture> left_, right_;
  std::deque<double> results_;
  unsigned configures_ = 0, pushes_ = 0, pops_ = 0;
};

class InlineRunner final : public TaskRunner {
 public:
  void run(const std::function<void()>& task) noexcept override { task(); }
};

InlineRunner runner;

Status check_options(const FakeModel& model, const EngineOptions& options) {
  if (options.device != "auto" && options.device != "cpu") {
    return fail(ErrorKind::kBadSettings, "There is no such device in this machine.", options.device);
  }
  if (options.memory_limit == 1) {
    return fail(ErrorKind::kNoMemory, "The model needs 1500 bytes, and memory-limit allows 1.");
  }
  const auto& interpolation = std::get<InterpolationOptions>(options.model);
  const double scale = interpolation.flow_scale;
  if (scale != 0.25 && scale != 0.5 && scale != 1 && scale != 2 && scale != 4) {
    return fail(ErrorKind::kBadSettings, "flow-scale must be 0.25, 0.5, 1, 2 or 4.");
  }
  if (interpolation.ensemble && model.value("ensemble", "yes") == "no") {
    return fail(ErrorKind::kBadSettings, "This model cannot work as an ensemble.");
  }
  return model.visit("create", 1);
}

Result<std::unique_ptr<TemporalEngine>> create(const EngineOptions& options) {
  using Made = Result<std::unique_ptr<TemporalEngine>>;
  return guarded(runner, describe_exception, [&]() -> Made {
    auto model = FakeModel::load(options.model_path, options.device);
    if (!model) return tl::unexpected(model.error());
    if (Status checked = check_options(**model, options); !checked) return tl::unexpected(checked.error());
    return std::make_unique<GuardedEngine>(std::make_unique<FakeEngine>(*model, options),
                                           std::make_unique<InlineRunner>(), describe_exception);
  });
}

void release_idle_models() noexcept {
  forget_idle_fake_models();
}

}  // namespace
}  // namespace videoenhance

#define EXPORTED extern "C" __attribute__((visibility("default")))

EXPORTED const videoenhance::EngineModule* videoenhance_engine_module() {
  static const videoenhance::EngineModule module = {videoenhance::kModuleInterfaceVersion,
                                                    videoenhance::create, videoenhance::release_idle_models};
  return &module;
}

EXPORTED FakeEngineCounts fake_engine_counts() {
  using namespace videoenhance;
  return {counters.alive,  counters.made, fake_models_alive(), counters.configures,
          counters.pushes, counters.pops, counters.flushes};
}
