// model-check: runs one model on a golden folder through the engine of the elements, and tells how far its
// result is from the one in the folder.
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <iostream>

#include "core/engine/module.h"
#include "tools/golden_folder.h"

namespace videoenhance {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr int kBelowPsnr = 1, kCouldNotRun = 2;

struct Arguments {
  fs::path folder;
  fs::path out;
  double min_psnr = 0;
  unsigned repeat = 1;
  EngineOptions engine;
};

struct Outcome {
  Values result;
  std::string name;  // of the result's tensor
  std::string detected;
  double seconds = 0;  // median
};

struct Difference {
  double max_abs = 0;
  double psnr_db = 0;  // infinite for equal values
};

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

Result<Values> read_picture(const fs::path& folder, const std::string& name) {
  auto picture = read_values(folder, name, name);
  if (!picture) return picture;
  if (picture->shape.size() != 4 || picture->shape[0] != 1 || picture->shape[1] != 3 ||
      picture->shape[2] < 1 || picture->shape[3] < 1 || picture->shape[2] > 16384 ||
      picture->shape[3] > 16384) {
    return fail(ErrorKind::kBadModel,
                name + ".safetensors holds no picture of the shape [1, 3, height, width].");
  }
  return picture;
}

std::string size_text(const Values& picture) {
  return std::to_string(picture.shape[3]) + "x" + std::to_string(picture.shape[2]);
}

// A pair of frames and the one between. The manifest says when: "t", "scale", "ensemble".
Result<Outcome> run_pair(const Manifest& manifest, const Arguments& arguments) {
  EngineOptions options = arguments.engine;
  options.model_path = (manifest.folder / manifest.fields.value("checkpoint", "")).string();
  auto& pair = std::get<InterpolationOptions>(options.model);
  pair.flow_scale = manifest.fields.value("scale", 1.0);
  pair.ensemble = manifest.fields.value("ensemble", false);
  const double time = manifest.fields.value("t", 0.5);

  auto left = read_picture(manifest.folder, "img0");
  if (!left) return tl::unexpected(left.error());
  auto right = read_picture(manifest.folder, "img1");
  if (!right) return tl::unexpected(right.error());
  if (left->shape != right->shape) {
    return fail(ErrorKind::kBadSettings, "The frames differ in size: img0 is " + size_text(*left) +
                                             " and img1 " + size_text(*right) + ".");
  }
  const auto module = open_engine_module();
  if (!module) return tl::unexpected(module.error());
  auto engine = (*module)->create(options);
  if (!engine) return tl::unexpected(engine.error());
  const FrameView first = view_of(*left), second = view_of(*right);
  const auto configured =
      (*engine)->configure({first.width, first.height, first.width, first.height, /*alpha=*/false});
  if (!configured) return tl::unexpected(configured.error());

  Outcome outcome{*left, "out", (*engine)->report().model, 0};
  std::vector<double> seconds;
  for (unsigned run = 0; run < arguments.repeat; ++run) {
    const auto start = std::chrono::steady_clock::now();
    auto pushed = (*engine)->push(first, 0, {});
    if (pushed) pushed = (*engine)->push(second, 1, {&time, 1});
    if (!pushed) return tl::unexpected(pushed.error());
    const auto popped = (*engine)->pop(span_of(outcome.result));
    if (!popped) return tl::unexpected(popped.error());
    (*engine)->flush();
    seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  outcome.seconds = median(seconds);
  return outcome;
}

Result<Outcome> run_model(const Manifest& manifest, const Arguments& arguments) {
  const std::string model = manifest.model();
  if (model == "rife") return run_pair(manifest, arguments);
  if (model == "film" || model == "tlbvfi" || model == "flashvsr") {
    return fail(ErrorKind::kBadSettings, "This version has no engine for " + model + " models yet.");
  }
  return fail(ErrorKind::kBadSettings, "The manifest names the unknown model \"" + model + "\".");
}

Difference difference(const Values& one, const Values& other) {
  double sum = 0, largest = 0;
  for (std::size_t i = 0; i < one.data.size(); ++i) {
    const double step = std::abs(static_cast<double>(one.data[i]) - other.data[i]);
    largest = std::max(largest, step);
    sum += step * step;
  }
  return {largest, -10 * std::log10(sum / static_cast<double>(one.data.size()))};
}

double peak_rss_mib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

Result<int> check(const Arguments& arguments) {
  const auto manifest = read_manifest(arguments.folder);
  if (!manifest) return tl::unexpected(manifest.error());
  const auto outcome = run_model(*manifest, arguments);
  if (!outcome) return tl::unexpected(outcome.error());
  json line = {{"model", manifest->model()},  {"detected", outcome->detected},
               {"max_abs", nullptr},          {"psnr_db", nullptr},
               {"seconds", outcome->seconds}, {"peak_rss_mib", peak_rss_mib()}};
  bool good = true;
  if (fs::exists(arguments.folder / "out.safetensors")) {
    const auto expected = read_values(arguments.folder, "out", outcome->name);
    if (!expected) return tl::unexpected(expected.error());
    if (expected->shape != outcome->result.shape) {
      return fail(ErrorKind::kBadSettings, "out.safetensors does not have the size of the inputs.");
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
  const std::map<std::string, Precision> precisions = {{"auto", Precision::kAuto},
                                                       {"float32", Precision::kFloat32},
                                                       {"bfloat16", Precision::kBFloat16},
                                                       {"float16", Precision::kFloat16}};
  CLI::App app(
      "Runs a model on a golden folder and compares its result with the folder's.\n"
      "Exit code 0: ran; 1: below --min-psnr; 2: could not run.");
  app.add_option("folder", arguments.folder, "folder with manifest.json, checkpoint and inputs")->required();
  app.add_option("--out", arguments.out, "write the result there, as safetensors");
  app.add_option("--device", arguments.engine.device, "auto, cpu, cuda or cuda:N");
  app.add_option("--precision", arguments.engine.precision, "auto, float32, bfloat16 or float16")
      ->transform(CLI::CheckedTransformer(precisions));
  app.add_option("--repeat", arguments.repeat, "runs; the time is their median")->check(CLI::Range(1, 1000));
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
  } catch (
      const std::exception& error) {  // of the JSON library, for a manifest with fields of the wrong type
    std::cerr << "The manifest cannot be understood: " << error.what() << "." << std::endl;
    return 2;
  }
}
