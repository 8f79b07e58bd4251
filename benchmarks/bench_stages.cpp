// bench-stages: where the time of a frame goes, stage by stage, and what this processor needs for it at
// least.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>
#include <numeric>

#include "benchmarks/bench_options.h"
#include "benchmarks/processor_limits.h"
#include "benchmarks/stage_observer.h"
#include "core/engine/idle_threads.h"
#include "core/engine/model_path.h"
#include "core/engine/module.h"
#include "core/torch/runtime/inference_thread.h"
#include "tools/measure.h"

extern "C" const videoenhance::EngineModule* videoenhance_engine_module();

namespace videoenhance {
namespace {

constexpr char kWhatItDoes[] =
    "Where the time of a frame goes, in the element's engine alone: a table in Markdown, then a line of "
    "JSON.\n\n"
    "ms:     wall clock of the inference thread, per frame, of the quickest batch of frames; what is inside "
    "of\n"
    "        another stage is taken from that, \"other\" is in no stage, and the rows add up\n"
    "bound:  operations of convolutions, matrix products and attention / those per second of a large matrix\n"
    "        product of the same type, plus bytes that all else reads and writes, each tensor once, / bytes "
    "per\n"
    "        second of a large copy; both speeds are the best of seven, measured in the same run. What all "
    "else\n"
    "        computes is not counted.";

// A batch of frames that came out together, per frame.
struct Batch {
  double seconds = 0;
  std::vector<StageRow> rows;
};

struct Measured {
  Batch quickest;
  double median_seconds = 0;
  ProcessorLimits limits;
};

Batch per_frame(double seconds, std::size_t frames, std::vector<StageRow> rows) {
  const auto count = static_cast<double>(frames);
  for (auto& row : rows) {
    row.seconds /= count;
    row.work.bytes /= count;
    for (auto& [type, operations] : row.work.operations) operations /= count;
  }
  return {seconds / count, std::move(rows)};
}

Work work_of_all(const std::vector<StageRow>& rows) {
  Work all;
  for (const auto& row : rows) all += row.work;
  return all;
}

Result<Measured> measure(const BenchOptions& options) {
  auto& thread = InferenceThread::of(c10::kCPU);
  const unsigned threads = options.engine.threads;
  StageLog log;
  std::vector<Batch> batches;
  std::optional<StageObserver> observer;
  thread.run(threads, [&] { observer.emplace(log); });
  const auto timed = bench_engine(*videoenhance_engine_module(), options, [&](double seconds, auto frames) {
    batches.push_back(per_frame(seconds, frames, log.take(seconds)));
  });
  const auto trouble = observer->error();
  thread.run(threads, [&] { observer.reset(); });
  if (!timed) return tl::unexpected(timed.error());
  if (trouble) return fail(ErrorKind::kFailed, "What was observed could not be counted: " + *trouble);

  Measured measured;
  measured.quickest = *std::min_element(batches.begin() + kWarmUp, batches.end(),
                                        [](const auto& a, const auto& b) { return a.seconds < b.seconds; });
  measured.median_seconds = median(timed->seconds);
  const Work all = work_of_all(measured.quickest.rows);
  thread.run(threads, [&] { measured.limits = ProcessorLimits::measure(all); });
  return measured;
}

void print_row(const std::string& name, double seconds, double whole, double bound) {
  std::printf("| %s | %.2f | %.1f %% | %.2f | ", name.c_str(), 1000 * seconds, 100 * seconds / whole,
              1000 * bound);
  bound > 1e-5 ? std::printf("%.1f |\n", seconds / bound) : std::printf("– |\n");
}

void print_table(const Measured& measured) {
  const auto& [seconds, rows] = measured.quickest;
  std::printf("| stage | ms | share | bound, ms | times its bound |\n|---|--:|--:|--:|--:|\n");
  for (const auto& row : rows) print_row(row.name, row.seconds, seconds, measured.limits.bound(row.work));
  print_row("**all**", seconds, seconds, measured.limits.bound(work_of_all(rows)));
  std::printf("\nMedian of all batches: %.2f ms.", 1000 * measured.median_seconds);
  for (const auto& [type, rate] : measured.limits.operations_per_second)
    std::printf(" Products in %s: %.0f GFLOP/s.", c10::toString(type), rate / 1e9);
  std::printf(" Copies: %.1f GB/s.\n", measured.limits.bytes_per_second / 1e9);
}

double operations_of(const Work& work) {
  return std::accumulate(work.operations.begin(), work.operations.end(), 0.0,
                         [](double sum, const auto& entry) { return sum + entry.second; });
}

nlohmann::json to_json(const Measured& measured) {
  nlohmann::json stages = nlohmann::json::array(), rates;
  for (const auto& row : measured.quickest.rows)
    stages.push_back({{"name", row.name},
                      {"seconds", row.seconds},
                      {"bound_seconds", measured.limits.bound(row.work)},
                      {"operations", operations_of(row.work)},
                      {"bytes", row.work.bytes}});
  for (const auto& [type, rate] : measured.limits.operations_per_second) rates[c10::toString(type)] = rate;
  return {{"seconds_per_frame", measured.median_seconds},
          {"best_seconds_per_frame", measured.quickest.seconds},
          {"operations_per_second", rates},
          {"bytes_per_second", measured.limits.bytes_per_second},
          {"stages", stages}};
}

int run(BenchOptions options, double scale) {
  const auto model = find_model(options.model);
  if (!model) {
    std::cerr << model.error().message << std::endl;
    return 2;
  }
  options.engine.model_path = model->string();
  options.engine.device = "cpu";
  options.output_width = static_cast<int>(std::lround(options.width * scale));
  options.output_height = static_cast<int>(std::lround(options.height * scale));
  const auto measured = measure(options);
  if (!measured) {
    std::cerr << measured.error().message << std::endl;
    return 2;
  }
  print_table(*measured);
  std::cout << to_json(*measured).dump() << std::endl;
  return 0;
}

}  // namespace
}  // namespace videoenhance

int main(int argc, char** argv) {
  using namespace videoenhance;
  // LibTorch, and libgomp with it, is loaded already: threads wait as they do in an element from the next
  // start.
  if (let_idle_threads_sleep()) execv("/proc/self/exe", argv);

  CLI::App app(kWhatItDoes);
  app.require_subcommand(1);
  BenchOptions pair, upscaling;
  InterpolationOptions interpolation;
  pair.model = kDefaultInterpolator;
  pair.height = 768;
  pair.frames = upscaling.frames = 24;
  auto* interpolate = app.add_subcommand("frameinterpolate", "one frame drawn between two, by RIFE");
  add_core_options(*interpolate, pair);
  interpolate->add_option("--flow-scale", interpolation.flow_scale);

  upscaling.model = kDefaultUpscaler;
  upscaling.width = 320;
  upscaling.height = 180;
  double scale = 4;
  auto* upscale = app.add_subcommand("flashvsr", "one frame enlarged");
  add_core_options(*upscale, upscaling);
  upscale->add_option("--scale", scale, "of the output")->check(CLI::Range(1.0, 8.0));
  CLI11_PARSE(app, argc, argv);

  pair.engine.model = interpolation;
  upscaling.engine.model = FlashVsrOptions{};
  return *interpolate ? run(pair, 1) : run(upscaling, scale);
}
