// bench-frameinterpolate: seconds per generated frame, by the engine alone or inside a pipeline.
#include <CLI/CLI.hpp>

#include "benchmarks/bench_options.h"
#include "core/engine/model_path.h"

int main(int argc, char** argv) {
  using namespace videoenhance;
  BenchOptions options;
  options.model = kDefaultInterpolator;
  InterpolationOptions interpolation;
  CLI::App app("Seconds per generated frame; the last line is JSON.");
  add_common_options(app, options);
  app.add_option("--flow-scale", interpolation.flow_scale);
  app.add_option("--trim-after-pairs", interpolation.trim_after_pairs, "as clear-cache-after-n-pairs");
  CLI11_PARSE(app, argc, argv);
  options.engine.model = interpolation;
  options.element = "frameinterpolate multiplier=2/1 flow-scale=" + std::to_string(interpolation.flow_scale) +
                    " clear-cache-after-n-pairs=" + std::to_string(interpolation.trim_after_pairs);
  return run_bench(options);
}
