#include <sched.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "benchmarks/bench_options.h"
#include "core/engine/model_path.h"
#include "tools/measure.h"

namespace videoenhance {
namespace {

unsigned cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  return sched_getaffinity(0, sizeof set, &set) == 0 ? static_cast<unsigned>(CPU_COUNT(&set)) : 1;
}

// Smooth waves that move by a few pixels.
std::vector<std::uint8_t> drawn_picture(int width, int height, int shift) {
  std::vector<std::uint8_t> picture;
  picture.reserve(static_cast<std::size_t>(width) * height * 3);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const int wave = ((x + shift) / 3 * 7 + y * 2) % 256, other = (x * 2 + (y + shift) * 3) % 256;
      picture.push_back(static_cast<std::uint8_t>(std::abs(wave - 128)));
      picture.push_back(static_cast<std::uint8_t>(std::abs(other - 128) * 2 % 256));
      picture.push_back(static_cast<std::uint8_t>((wave + other) / 2));
    }
  }
  return picture;
}

Result<std::vector<std::uint8_t>> read_picture(const std::filesystem::path& path, std::size_t size) {
  std::ifstream file(path, std::ios::binary);
  std::vector<std::uint8_t> picture(size);
  file.read(reinterpret_cast<char*>(picture.data()), static_cast<std::streamsize>(size));
  if (!file || file.peek() != std::ifstream::traits_type::eof()) {
    return fail(ErrorKind::kBadSettings,
                path.string() + " does not hold a picture of that size in 8 bit RGB.");
  }
  return picture;
}

}  // namespace

void add_core_options(CLI::App& app, BenchOptions& options) {
  app.add_option("--width", options.width, "of the input")->check(CLI::Range(16, 16384));
  app.add_option("--height", options.height, "of the input")->check(CLI::Range(16, 16384));
  app.add_option("--threads", options.engine.threads, "0 = all cores");
  app.add_option("--precision", options.engine.precision)
      ->transform(CLI::CheckedTransformer(kPrecisionNames));
  app.add_option("--model", options.model, "a path, or a name in a model folder")->capture_default_str();
  app.add_option("--pair", options.pair, "folder with img0.rgb and img1.rgb; default: drawn frames");
  app.add_option("--frames", options.frames, "generated frames that are timed")->check(CLI::Range(1, 100000));
}

void add_common_options(CLI::App& app, BenchOptions& options) {
  app.add_option("--what", options.what, "core or pipeline")->check(CLI::IsMember({"core", "pipeline"}));
  add_core_options(app, options);
  app.add_option("--device", options.engine.device);
  app.add_option("--elements", options.elements, "of one model in one pipeline")->check(CLI::Range(1, 16));
}

int run_bench(BenchOptions& options) {
  if (options.elements > 1 && options.what != "pipeline") {
    std::cerr << "Several elements need a pipeline: add --what pipeline." << std::endl;
    return 2;
  }
  const auto model = find_model(options.model);
  if (!model) {
    std::cerr << model.error().message << std::endl;
    return 2;
  }
  options.engine.model_path = model->string();
  if (options.output_width == 0) options.output_width = options.width;
  if (options.output_height == 0) options.output_height = options.height;
  const auto result = options.what == "core" ? bench_core(options) : bench_pipeline(options);
  if (!result) {
    std::cerr << result.error().message << std::endl;
    return 2;
  }
  std::cout << nlohmann::json{{"seconds_per_frame", median(result->seconds)},
                              {"peak_rss_mib", peak_rss_mib()},
                              {"threads", options.engine.threads ? options.engine.threads : cores()},
                              {"setup_seconds", result->setup_seconds}}
                   .dump()
            << std::endl;
  return 0;
}

Result<std::vector<std::vector<std::uint8_t>>> bench_pictures(const BenchOptions& options) {
  std::vector<std::vector<std::uint8_t>> pictures;
  for (int index = 0; index < 2; ++index) {
    if (options.pair.empty()) {
      pictures.push_back(drawn_picture(options.width, options.height, 6 * index));
      continue;
    }
    auto picture = read_picture(options.pair / ("img" + std::to_string(index) + ".rgb"),
                                static_cast<std::size_t>(options.width) * options.height * 3);
    if (!picture) return tl::unexpected(picture.error());
    pictures.push_back(std::move(*picture));
  }
  return pictures;
}

}  // namespace videoenhance
