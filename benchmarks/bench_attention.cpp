// bench-attention: seconds of one self-attention of FlashVSR's steady state (one unit of queries, four of
// keys), for several shares of blocks kept, beside dense attention.
#include <ATen/ops/rand.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/scaled_dot_product_attention.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <iostream>
#include <nlohmann/json.hpp>

#include "core/torch/flashvsr/block_attention.h"
#include "core/torch/runtime/device.h"

namespace videoenhance {
namespace {

constexpr std::int64_t kUnits = 4, kTile = 128;

struct Options {
  std::int64_t size = 1024;  // pixels, both sides
  std::int64_t heads = 12;
  int threads = 0;  // 0 = as LibTorch chooses
  int repeat = 1;
  c10::ScalarType precision = c10::kFloat;
};

struct Problem {
  at::Tensor queries;
  std::vector<KeyUnit> units;
};

Problem make_problem(const Options& options) {
  const std::int64_t windows = options.size * options.size / 16384;
  const auto random = [&] {
    return at::randn({windows, kTile, options.heads * kTile}).to(options.precision);
  };
  Problem problem{random(), {}};
  for (std::int64_t unit = 0; unit < kUnits; ++unit) problem.units.push_back({random(), random(), {}});
  return problem;
}

template <typename Work>
double seconds(int repeat, const Work& work) {
  std::vector<double> times;
  for (int i = 0; i < repeat; ++i) {
    const auto start = std::chrono::steady_clock::now();
    work();
    times.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

// LibTorch's own attention of all queries to all keys.
double dense_seconds(const Problem& problem, int repeat) {
  const auto by_head = [](const at::Tensor& windows) {
    return windows.flatten(0, 1).unflatten(1, {-1, kTile}).transpose(0, 1).unsqueeze(0);
  };
  std::vector<at::Tensor> keys, values;
  for (const auto& unit : problem.units) {
    keys.push_back(unit.keys);
    values.push_back(unit.values);
  }
  const at::Tensor q = by_head(problem.queries), k = by_head(at::cat(keys)), v = by_head(at::cat(values));
  return seconds(repeat, [&] { return at::scaled_dot_product_attention(q, k, v); });
}

double sparse_seconds(const Problem& problem, double density, int repeat) {
  const std::int64_t windows = problem.queries.size(0), heads = problem.queries.size(2) / kTile;
  const at::Tensor chosen = at::rand({heads, windows, kUnits * windows}).lt(density);
  return seconds(repeat, [&] { return block_attention(problem.queries, problem.units, chosen); });
}

void run(const Options& options) {
  const c10::InferenceMode inference;
  if (options.threads > 0) at::set_num_threads(options.threads);
  const Problem problem = make_problem(options);
  const double dense = dense_seconds(problem, options.repeat);
  std::cout << "dense attention of LibTorch: " << dense << " s" << std::endl;
  nlohmann::json densities = nlohmann::json::array();
  for (const double density : {0.05, 0.1, 0.25, 0.5, 1.0}) {
    const double time = sparse_seconds(problem, density, options.repeat);
    std::cout << "blocks kept " << density << ": " << time << " s, " << time / dense << " of dense"
              << std::endl;
    densities.push_back({{"density", density}, {"seconds", time}, {"of_dense", time / dense}});
  }
  std::cout << nlohmann::json{{"size", options.size},
                              {"heads", options.heads},
                              {"threads", at::get_num_threads()},
                              {"precision", precision_name(options.precision)},
                              {"dense_seconds", dense},
                              {"densities", densities}}
                   .dump()
            << std::endl;
}

}  // namespace
}  // namespace videoenhance

int main(int argc, char** argv) {
  videoenhance::Options options;
  const std::map<std::string, c10::ScalarType> precisions = {{"float32", c10::kFloat},
                                                             {"bfloat16", c10::kBFloat16}};
  CLI::App app("Seconds of one self-attention over chosen blocks and of a dense one; the last line is JSON.");
  app.add_option("--size", options.size, "pixels, both sides")->check(CLI::Range(128, 4096));
  app.add_option("--heads", options.heads)->check(CLI::Range(1, 64));
  app.add_option("--threads", options.threads, "0 = all cores")->check(CLI::Range(0, 1024));
  app.add_option("--repeat", options.repeat, "runs of which the median counts")->check(CLI::Range(1, 1000));
  app.add_option("--precision", options.precision)->transform(CLI::CheckedTransformer(precisions));
  CLI11_PARSE(app, argc, argv);
  try {
    videoenhance::run(options);
  } catch (const std::exception& error) {
    std::cerr << error.what() << std::endl;
    return 2;
  }
  return 0;
}
