#include <chrono>

#include "benchmarks/bench_options.h"
#include "core/engine/module.h"

namespace videoenhance {
namespace {

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

template <typename Byte>
BasicFrame<Byte> packed_rgb(Byte* data, int width, int height) {
  BasicFrame<Byte> frame;
  frame.width = width;
  frame.height = height;
  for (int channel = 0; channel < 3; ++channel) frame.components[channel] = {data + channel, width * 3, 3};
  return frame;
}

}  // namespace

Result<BenchResult> bench_core(const BenchOptions& options) {
  const auto start = std::chrono::steady_clock::now();
  const auto module = open_engine_module();
  if (!module) return tl::unexpected(module.error());
  const double opening = seconds_since(start);
  auto result = bench_engine(**module, options);
  if (result) result->setup_seconds += opening;
  return result;
}

Result<BenchResult> bench_engine(const EngineModule& module, const BenchOptions& options,
                                 const std::function<void(double, std::size_t)>& after_batch) {
  auto pictures = bench_pictures(options);
  if (!pictures) return tl::unexpected(pictures.error());
  const auto start = std::chrono::steady_clock::now();
  auto engine = module.create(options.engine);
  if (!engine) return tl::unexpected(engine.error());
  const StreamFormat format{options.width, options.height, options.output_width, options.output_height,
                            false};
  if (const auto status = (*engine)->configure(format); !status) return tl::unexpected(status.error());

  BenchResult result;
  result.setup_seconds = seconds_since(start);
  std::vector<std::uint8_t> made(static_cast<std::size_t>(options.output_width) * options.output_height * 3);
  const auto out =
      packed_rgb(reinterpret_cast<std::byte*>(made.data()), options.output_width, options.output_height);
  std::vector<double> phases;
  if (std::holds_alternative<InterpolationOptions>(options.engine.model)) phases.push_back(0.5);
  auto begin = std::chrono::steady_clock::now();
  for (unsigned frame = 0, batches = 0; result.seconds.size() < options.frames; ++frame) {
    const auto& picture = (*pictures)[frame % 2];
    const auto in =
        packed_rgb(reinterpret_cast<const std::byte*>(picture.data()), options.width, options.height);
    if (const auto status = (*engine)->push(in, frame, phases); !status)
      return tl::unexpected(status.error());
    const std::size_t ready = (*engine)->ready();
    for (std::size_t i = 0; i < ready; ++i) {
      if (const auto popped = (*engine)->pop(out); !popped) return tl::unexpected(popped.error());
    }
    if (ready == 0) continue;
    const double seconds = seconds_since(begin);
    if (++batches > kWarmUp)
      result.seconds.insert(result.seconds.end(), ready, seconds / static_cast<double>(ready));
    if (after_batch) after_batch(seconds, ready);
    begin = std::chrono::steady_clock::now();
  }
  return result;
}

}  // namespace videoenhance
