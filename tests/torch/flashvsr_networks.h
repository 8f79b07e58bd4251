// What the tests of FlashVSR's networks share: the cases of tests/golden/make_flashvsr_networks.py, numbers
// drawn as there, and weight files with one thing changed.
#pragma once

#include <ATen/ops/arange.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "core/torch/flashvsr/projector.h"
#include "core/torch/flashvsr/transformer.h"

namespace videoenhance {

std::filesystem::path flashvsr_folder();
nlohmann::json networks_manifest();

struct NetworksCase {
  std::string name, model;
  std::int64_t width = 0, height = 0;
  ProjectorCache cache = ProjectorCache::kPrevious;
  std::uint64_t seed = 0;
  std::vector<AttentionSettings> settings;  // of each chunk

  std::uint64_t clip_seed() const { return 1000 * seed; }
  std::uint64_t noise_seed() const { return 1000 * seed + 500; }
};

void PrintTo(const NetworksCase& c, std::ostream* out);
std::vector<NetworksCase> networks_cases();

constexpr std::int64_t kKeptTokens = 61, kKeptRows = 5, kKeptColumns = 7;  // every so many-th is in the file

// Uniform float32 in [-1,1), a hash of seed and index, equal to `drawn` of the script bit for bit.
at::Tensor drawn(std::uint64_t seed, const Shape& shape);

// One tensor of a golden file, in its own type.
at::Tensor read_golden(const std::string& file, const std::string& key);

// Norms near 1, all else scaled by its inputs; seeds count up by key.
TensorsByKey drawn_weights(std::uint64_t seed, const ShapesByKey& shapes);

// Weights and prompt of "miniature" (from its file) or "wide" (drawn), under the published keys.
struct Networks {
  TensorsByKey projector, transformer;
  at::Tensor prompt;
  TransformerShape shape;
};
Networks load_networks(const std::string& model);
Transformer make_transformer(const Networks& networks, c10::ScalarType type = c10::kFloat);

// The clip that a stream of pictures [3,height,width] seeded `seed` + frame gives to the projector: frame 0
// for index 0, frames 4i-3 to 4i after it.
at::Tensor drawn_clip(std::uint64_t seed, std::int64_t index, std::int64_t height, std::int64_t width);

// A safetensors file with these tensors (float32) in it.
std::string safetensors_of(const TensorsByKey& tensors);

// Largest difference in parts of the largest expected value.
double relative_difference(const at::Tensor& result, const at::Tensor& expected);

// Latents seeded `seed` + latent, [16,count,height/8,width/8].
at::Tensor drawn_noise(std::uint64_t seed, std::int64_t first, std::int64_t count, std::int64_t height,
                       std::int64_t width);

}  // namespace videoenhance
