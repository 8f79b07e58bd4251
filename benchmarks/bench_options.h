// What the benchmarks have in common: options and the line of JSON at the end.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/engine/engine.h"

namespace videoenhance {

struct BenchOptions {
  std::string what = "core";  // core or pipeline
  int width = 1280;
  int height = 720;
  std::string model;           // empty = the default model
  std::filesystem::path pair;  // folder with img0.rgb and img1.rgb, 8 bit RGB; empty = drawn frames
  unsigned frames = 5;         // generated frames that are timed
  EngineOptions engine;
};

struct BenchResult {
  std::vector<double> seconds;  // of each generated frame after warm-up
  double setup_seconds = 0;     // until the first frame can be pushed
};

constexpr unsigned kWarmUp = 2;  // generated frames that do not count

// Two pictures, 8 bit RGB, width x height. Errors: kNotFound, kBadSettings.
Result<std::vector<std::vector<std::uint8_t>>> bench_pictures(const BenchOptions& options);

// One new frame is prepared for each generated one.
Result<BenchResult> bench_core(const BenchOptions& options);

// The same frames as I420 through the element, from memory to fakesink.
Result<BenchResult> bench_pipeline(const BenchOptions& options);

}  // namespace videoenhance
