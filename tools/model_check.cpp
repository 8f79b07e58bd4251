// model-check: runs one model on a golden folder through the engine of the elements, and tells how far its
// result is from the one in the folder.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <iostream>

#include "tools/golden_runs.h"
#include "tools/measure.h"

namespace videoenhance {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr int kBelowPsnr = 1, kCouldNotRun = 2;

struct Arguments {
  fs::path folder;
  fs::path out;
  double min_psnr = -INFINITY;  // dB
  RunOptions run;
};

struct Difference {
  double max_abs = 0;
  double psnr_db = 0;  // infinite for equal values
};

Difference difference(const Values& one, const Values& other) {
  double sum = 0, largest = 0;
  for (std::size_t i = 0; i < one.data.size(); ++i) {
    const double step = std::abs(static_cast<double>(one.data[i]) - other.data[i]);
    largest = std::max(largest, step);
    sum += step * step;
  }
  return {largest, -10 * std::log10(sum / static_cast<double>(one.data.size()))};
}

Result<int> check(const Arguments& arguments) {
  const auto manifest = read_manifest(arguments.folder);
  if (!manifest) return tl::unexpected(manifest.error());
  const auto outcome = run_golden(*manifest, arguments.run);
  if (!outcome) return tl::unexpected(outcome.error());
  json line = {{"model", manifest->model()},  {"detected", outcome->detected},
               {"max_abs", nullptr},          {"psnr_db", nullptr},
               {"seconds", outcome->seconds}, {"peak_rss_mib", peak_rss_mib()}};
  bool good = true;
  if (fs::exists(arguments.folder / "out.safetensors")) {
    const auto expected = read_values(arguments.folder, "out", outcome->name);
    if (!expected) return tl::unexpected(expected.error());
    if (expected->shape != outcome->result.shape) {
      return fail(ErrorKind::kBadSettings, "out.safetensors does not have the shape of the result.");
    }
    const Difference found = difference(outcome->result, *expected);
    line["max_abs"] = found.max_abs;
    if (std::isfinite(found.psnr_db)) line["psnr_db"] = found.psnr_db;
    good = found.psnr_db >= arguments.min_psnr;
  }
  if (!arguments.out.empty()) {
    if (const auto written = write_values(arguments.out, outcome->name, outcome->result); !written)
      return tl::unexpected(written.error());
  }
  std::cout << line.dump() << std::endl;
  return good ? 0 : kBelowPsnr;
}

int run(int argc, char** argv) {
  Arguments arguments;
  CLI::App app(
      "Runs a model on a golden folder and compares its result with the folder's.\n"
      "Exit code 0: ran; 1: below --min-psnr; 2: could not run.");
  app.add_option("folder", arguments.folder, "folder with manifest.json, checkpoint and inputs")->required();
  app.add_option("--out", arguments.out, "write the result there, as safetensors");
  app.add_option("--device", arguments.run.engine.device, "auto, cpu, cuda or cuda:N");
  app.add_option("--precision", arguments.run.engine.precision, "auto, float32, bfloat16 or float16")
      ->transform(CLI::CheckedTransformer(kPrecisionNames));
  app.add_option("--repeat", arguments.run.repeat, "runs; the time is their median")
      ->check(CLI::Range(1, 1000));
  app.add_option("--min-psnr", arguments.min_psnr, "decibels below which the exit code is 1");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kCouldNotRun;
  }
  const auto status = check(arguments);
  if (status) return *status;
  std::cerr << status.error().message << std::endl;
  return kCouldNotRun;
}

}  // namespace
}  // namespace videoenhance

int main(int argc, char** argv) {
  try {
    return videoenhance::run(argc, argv);
  } catch (const nlohmann::json::exception& error) {  // a manifest with fields of the wrong type
    std::cerr << "The manifest cannot be understood: " << error.what() << "." << std::endl;
  } catch (const std::exception& error) {
    std::cerr << "The golden folder cannot be worked on: " << error.what() << "." << std::endl;
  }
  return 2;
}
