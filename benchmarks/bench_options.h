// What the benchmarks of the elements have in common: options, the two ways to run, and the line of JSON.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/engine/engine.h"

namespace CLI {
class App;
}

namespace videoenhance {

struct EngineModule;

struct BenchOptions {
  std::string what = "core";  // core or pipeline
  int width = 1280;           // of the input
  int height = 720;
  int output_width = 0;  // 0 = as the input
  int output_height = 0;
  std::string model;           // a path, or a name in a model folder
  std::filesystem::path pair;  // folder with img0.rgb and img1.rgb, 8 bit RGB; empty = drawn frames
  unsigned frames = 5;         // generated frames that are timed, of each element
  unsigned elements = 1;       // beside each other in one pipeline
  EngineOptions engine;
  std::string element;  // for pipelines: the element and its own properties
  // Frames come out in batches: this many leave the element, and this many of them are generated.
  unsigned batch = 2;
  unsigned generated_per_batch = 1;
};

struct BenchResult {
  std::vector<double> seconds;  // for each generated frame after warm-up
  double setup_seconds = 0;     // until the first frame can be pushed
};

constexpr unsigned kWarmUp = 2;  // batches that do not count

// Adds the options of an engine and its pictures, or all those that the benchmarks of elements have.
void add_core_options(CLI::App& app, BenchOptions& options);
void add_common_options(CLI::App& app, BenchOptions& options);

// Finds the model, runs, prints the line of JSON, and gives the program's exit code.
int run_bench(BenchOptions& options);

// Two pictures, 8 bit RGB, width x height. Errors: kNotFound, kBadSettings.
Result<std::vector<std::vector<std::uint8_t>>> bench_pictures(const BenchOptions& options);

// The engine alone, one new frame pushed for each generated one.
Result<BenchResult> bench_core(const BenchOptions& options);

// The same with a module that is open already. after_batch: called with the seconds that a batch took,
// warm-up included, and with the number of its frames; outside of what is timed.
Result<BenchResult> bench_engine(const EngineModule& module, const BenchOptions& options,
                                 const std::function<void(double, std::size_t)>& after_batch = {});

// The same frames as I420 through the element, from memory to fakesink. Of several elements the time is that
// of one frame of any of them.
Result<BenchResult> bench_pipeline(const BenchOptions& options);

}  // namespace videoenhance
