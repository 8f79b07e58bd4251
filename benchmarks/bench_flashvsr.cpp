// bench-flashvsr: seconds per upscaled frame, by the engine alone or inside a pipeline.
#include <CLI/CLI.hpp>
#include <cmath>

#include "benchmarks/bench_options.h"
#include "core/engine/model_path.h"

int main(int argc, char** argv) {
  using namespace videoenhance;
  BenchOptions options;
  options.model = kDefaultUpscaler;
  options.width = 320;
  options.height = 180;
  options.frames = 24;
  options.batch = options.generated_per_batch = 8;
  double scale = 4;
  FlashVsrOptions flashvsr;
  FlashVsrKnobs& knobs = flashvsr.knobs;
  CLI::App app("Seconds per upscaled frame; the last line is JSON.");
  add_common_options(app, options);
  app.add_option("--scale", scale, "of the output")->check(CLI::Range(1.0, 8.0));
  app.add_option("--sparse-ratio", knobs.sparse_ratio)->check(CLI::Range(0.0, 100.0));
  app.add_option("--tile-size", flashvsr.tile_size, "output pixels; 0 = no tiles");
  app.add_flag(
      "--full", [&](auto) { flashvsr.decoder = FlashVsrOptions::Decoder::kFull; }, "the full decoder");
  CLI11_PARSE(app, argc, argv);
  options.engine.model = flashvsr;
  options.output_width = static_cast<int>(std::lround(options.width * scale));
  options.output_height = static_cast<int>(std::lround(options.height * scale));
  options.element = "flashvsr scale=" + std::to_string(scale) +
                    " sparse-ratio=" + std::to_string(knobs.sparse_ratio) +
                    " tile-size=" + std::to_string(flashvsr.tile_size) +
                    (flashvsr.decoder == FlashVsrOptions::Decoder::kFull ? " mode=full" : " mode=tiny");
  return run_bench(options);
}
