#include "tests/torch/flashvsr_miniature.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "core/engine/module.h"
#include "tests/core/weights/file_writers.h"
#include "tests/torch/test_device.h"

extern "C" const videoenhance::EngineModule* videoenhance_engine_module();

namespace videoenhance {

std::string miniature_with(const std::vector<std::string>& decoders) {
  const WeightFile miniature = WeightFile::open(flashvsr_folder() / "miniature.safetensors").value();
  nlohmann::json header = {{"__metadata__", miniature.metadata()}};
  std::string data;
  const auto add = [&](const std::string& key, const std::vector<std::int64_t>& shape,
                       const std::string& values) {
    header[key] = {
        {"dtype", "BF16"}, {"shape", shape}, {"data_offsets", {data.size(), data.size() + values.size()}}};
    data += values;
  };
  for (const auto& [key, view] : miniature.tensors()) {
    const std::string values(reinterpret_cast<const char*>(view.data), view.extent);
    if (!key.starts_with("tc.")) {
      add(key, view.shape, values);
      continue;
    }
    for (const auto& prefix : decoders) {
      const bool other = prefix != decoders.front() && key == "tc.decoder.26.bias";
      add(prefix + key.substr(3), view.shape, other ? std::string(values.size(), 0) : values);
    }
  }
  return safetensors_file(header.dump(), data);
}

EngineOptions miniature_options(FlashVsrOptions model) {
  EngineOptions options;
  options.model_path = (flashvsr_folder() / "miniature.safetensors").string();
  options.device = test_device_name();
  options.precision = Precision::kFloat32;
  options.model = std::move(model);
  return options;
}

std::unique_ptr<TemporalEngine> make_flashvsr(const EngineOptions& options) {
  auto engine = videoenhance_engine_module()->create(options);
  if (!engine) throw std::runtime_error(engine.error().message);
  return std::move(*engine);
}

std::unique_ptr<TemporalEngine> configured_flashvsr(FlashVsrOptions options, const StreamFormat& format) {
  auto engine = make_flashvsr(miniature_options(std::move(options)));
  if (const Status status = engine->configure(format); !status)
    throw std::runtime_error(status.error().message);
  return engine;
}

FrameView Clip::view(std::size_t index) const {
  FrameView frame;
  frame.width = width;
  frame.height = height;
  const auto* data = reinterpret_cast<const std::byte*>(frames[index].data());
  for (int channel = 0; channel < 3; ++channel) frame.components[channel] = {data + channel, width * 3, 3};
  return frame;
}

Clip Clip::part(std::size_t count) const {
  return {width, height, {frames.begin(), frames.begin() + static_cast<std::ptrdiff_t>(count)}};
}

Clip moving_clip(int width, int height, std::size_t frames, int seed) {
  Clip clip{width, height, {}};
  for (int n = 0; n < static_cast<int>(frames); ++n) {
    auto& frame = clip.frames.emplace_back();
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        for (int c = 0; c < 3; ++c) {
          const double wave = std::sin(0.3 * (x + 2 * n) * (c + 1) + 0.2 * y + seed);
          frame.push_back(static_cast<std::uint8_t>(128 + std::lround(100 * wave)));
        }
      }
    }
  }
  return clip;
}

Clip flat_clip(int width, int height, std::size_t frames, std::array<std::uint8_t, 3> colour) {
  std::vector<std::uint8_t> frame;
  for (int pixel = 0; pixel < width * height; ++pixel)
    frame.insert(frame.end(), colour.begin(), colour.end());
  return {width, height, {frames, frame}};
}

void pop_ready(TemporalEngine& engine, Frames& frames) {
  while (engine.ready() > 0) {
    Values picture{{1, 3, frames.height, frames.width}, {}};
    picture.data.resize(static_cast<std::size_t>(3 * frames.height * frames.width));
    const auto popped = engine.pop(span_of(picture));
    if (!popped) throw std::runtime_error(popped.error().message);
    EXPECT_EQ(popped->id, frames.size());
    frames.pictures.push_back(std::move(picture));
  }
}

Frames run_clip(TemporalEngine& engine, const Clip& clip, int width, int height) {
  Frames frames{width, height, {}, {}};
  for (std::size_t n = 0; n < clip.frames.size(); ++n) {
    if (const Status pushed = engine.push(clip.view(n), n, {}); !pushed)
      throw std::runtime_error(pushed.error().message);
    pop_ready(engine, frames);
    frames.out_after.push_back(frames.size());
  }
  if (const Status drained = engine.drain(); !drained) throw std::runtime_error(drained.error().message);
  pop_ready(engine, frames);
  return frames;
}

}  // namespace videoenhance
