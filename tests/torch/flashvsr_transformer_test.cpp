#include "core/torch/flashvsr/transformer.h"

#include <ATen/ops/cat.h>

#include "core/torch/flashvsr/schedule.h"
#include "core/torch/runtime/cpu_allocator.h"
#include "tests/core/weights/file_writers.h"
#include "tests/torch/flashvsr_networks.h"

namespace videoenhance {
namespace {

class TransformerGolden : public testing::TestWithParam<NetworksCase> {
 protected:
  void compare(c10::ScalarType type, double tolerance) const {
    const auto& c = GetParam();
    const auto networks = load_networks(c.model);
    const Projector projector(networks.projector, type);
    const Transformer transformer = make_transformer(networks, type);
    ProjectorState projector_state;
    TransformerState state;
    std::int64_t clip = 0;
    for (Chunk chunk; chunk.index < static_cast<std::int64_t>(c.settings.size()); ++chunk.index) {
      std::vector<std::vector<at::Tensor>> layers;
      for (; 4 * clip + 1 <= chunk.frames_needed(); ++clip) {
        const auto made =
            projector.push(projector_state, drawn_clip(c.clip_seed(), clip, c.height, c.width), c.cache);
        if (!made) continue;
        layers.resize(made->size());
        for (std::size_t i = 0; i < made->size(); ++i) layers[i].push_back((*made)[i]);
      }
      std::vector<at::Tensor> tokens;
      for (const auto& layer : layers) tokens.push_back(at::cat(layer));
      const auto noise =
          drawn_noise(c.noise_seed(), chunk.first_latent(), chunk.latents(), c.height, c.width);
      const auto latent =
          transformer.denoise(state, noise, tokens, chunk.first_latent(), c.settings[chunk.index]);
      const std::string key = "chunk" + std::to_string(chunk.index) + ".latent";
      EXPECT_EQ(latent.scalar_type(), c10::kFloat);
      EXPECT_LT(relative_difference(
                    latent.slice(2, 0, std::nullopt, kKeptRows).slice(3, 0, std::nullopt, kKeptColumns),
                    read_golden("networks-" + c.name, key)),
                tolerance)
          << key;
    }
  }

  c10::InferenceMode inference_;
};

// Projector and two blocks of float32, and the keys of several chunks.
TEST_P(TransformerGolden, EqualsTheOracleInFloat32) {
  compare(c10::kFloat, 1e-5);
}

// Rounding moves the choice of blocks, which random weights feel more than trained ones.
TEST_P(TransformerGolden, IsNearTheOracleInBFloat16) {
  compare(c10::kBFloat16, 0.1);
}

INSTANTIATE_TEST_SUITE_P(Cases, TransformerGolden, testing::ValuesIn(networks_cases()),
                         [](const auto& info) { return info.param.name; });

constexpr std::int64_t kHeight = 256, kWidth = 128;
constexpr std::int64_t kWindows = kHeight * kWidth / 16384;

class TransformerTest : public testing::Test {
 protected:
  at::Tensor denoise(TransformerState& state, std::int64_t index, std::uint64_t seed = 1,
                     const AttentionSettings& settings = {1.5, 3.0, 3}, std::int64_t offset = 0) const {
    const Chunk chunk{index};
    const auto noise = drawn_noise(seed, chunk.first_latent(), chunk.latents(), kHeight, kWidth);
    const auto tokens =
        drawn(seed + 1000 + static_cast<std::uint64_t>(index), {chunk.latents() * kWindows * 64, 256}) * 0.5;
    return transformer_.denoise(state, noise, {tokens}, chunk.first_latent() + offset, settings);
  }

  c10::InferenceMode inference_;
  Transformer transformer_ = make_transformer(load_networks("wide"));
};

TEST_F(TransformerTest, TwoStreamsInTurnEqualEachAlone) {
  TransformerState alone, mine, other;
  for (std::int64_t chunk = 0; chunk < 3; ++chunk) {
    const auto expected = denoise(alone, chunk);
    const auto latent = denoise(mine, chunk);
    denoise(other, chunk, /*seed=*/77);
    EXPECT_TRUE(latent.equal(expected)) << chunk;
  }
}

TEST_F(TransformerTest, AnEmptyStateStartsOverBitForBit) {
  TransformerState state;
  const auto first = denoise(state, 0), second = denoise(state, 1);
  state = {};
  EXPECT_TRUE(denoise(state, 0).equal(first));
  EXPECT_TRUE(denoise(state, 1).equal(second));
}

TEST_F(TransformerTest, WhatCameBeforeMatters) {
  TransformerState state, other;
  denoise(state, 0);
  denoise(other, 0, /*seed=*/77);
  EXPECT_GT(relative_difference(denoise(state, 1), denoise(other, 1)), 1e-3);
}

// Attention sees differences of positions alone; what is left is the rounding of rotations.
TEST_F(TransformerTest, PositionsHaveNoEndAndOnlyTheirDifferencesMatter) {
  for (const std::int64_t offset : {1020, 1'000'000'000}) {
    TransformerState state, far;
    for (std::int64_t chunk = 0; chunk < 2; ++chunk) {
      const auto expected = denoise(state, chunk);
      EXPECT_LT(relative_difference(denoise(far, chunk, 1, {1.5, 3.0, 3}, offset), expected), 1e-5) << offset;
    }
  }
}

TEST_F(TransformerTest, KvRatiosOfOneAndTwoAndWhatLiesBetweenActAlike) {
  TransformerState one, two, between;
  for (std::int64_t chunk = 0; chunk < 4; ++chunk) {
    const auto expected = denoise(one, chunk, 1, {1.5, 1.0, 3});
    EXPECT_TRUE(denoise(two, chunk, 1, {1.5, 2.0, 3}).equal(expected));
    EXPECT_TRUE(denoise(between, chunk, 1, {1.5, 1.9, 3}).equal(expected));
  }
}

TEST_F(TransformerTest, AHigherKvRatioRemembersMore) {
  TransformerState two, three;
  for (std::int64_t chunk = 0; chunk < 2; ++chunk) {
    const auto latent = denoise(two, chunk, 1, {1.5, 2.0, 3}), more = denoise(three, chunk, 1, {1.5, 3.0, 3});
    EXPECT_EQ(latent.equal(more), chunk == 0);
  }
}

TEST_F(TransformerTest, EachKvRatioKeepsAsManyUnitsAsPromised) {
  for (const double ratio : {1.0, 2.0, 2.9, 3.0, 4.5}) {
    TransformerState state;
    for (std::int64_t chunk = 0; chunk < 4; ++chunk) denoise(state, chunk, 1, {1.5, ratio, 3});
    EXPECT_EQ(state.bytes(), transformer_.state_bytes(kHeight, kWidth, {1.5, ratio, 3})) << ratio;
  }
}

TEST_F(TransformerTest, ALowerKvRatioTakesEffectAtOnce) {
  TransformerState state;
  for (std::int64_t chunk = 0; chunk < 2; ++chunk) denoise(state, chunk, 1, {1.5, 4.0, 3});
  denoise(state, 2, 1, {1.5, 1.0, 3});
  EXPECT_EQ(state.bytes(), transformer_.state_bytes(kHeight, kWidth, {1.5, 1.0, 3}));
}

TEST_F(TransformerTest, NothingGrowsOverFiftyChunks) {
  install_cpu_allocator();
  TransformerState state;
  std::size_t used = 0, cached = 0;
  for (std::int64_t chunk = 0; chunk < 50; ++chunk) {
    denoise(state, chunk);
    if (chunk == 4) {
      used = cpu_allocator_use().used;
      cached = cpu_allocator_use().cached;
    }
  }
  EXPECT_EQ(cpu_allocator_use().used, used);
  EXPECT_EQ(cpu_allocator_use().cached, cached);
}

// Storages count, not what tensors see of them.
TEST_F(TransformerTest, TheStateKeepsNothingElseAlive) {
  TransformerState state;
  for (std::int64_t chunk = 0; chunk < 3; ++chunk) {
    denoise(state, chunk);
    std::uint64_t held = 0;
    for (const auto& units : state.blocks) {
      for (const auto& unit : units)
        held += unit.keys.storage().nbytes() + unit.values.storage().nbytes() + unit.means.storage().nbytes();
    }
    EXPECT_EQ(held, state.bytes()) << chunk;
  }
}

TEST_F(TransformerTest, ARatioThatKeepsNoBlockThrows) {
  TransformerState state;
  EXPECT_ANY_THROW(denoise(state, 0, 1, {0.01, 3.0, 3}));
}

// What the process grows by while the first chunk runs.
double measured_work(const Transformer& transformer, std::int64_t height, std::int64_t width,
                     c10::ScalarType type) {
  const std::int64_t tokens_of_chunk = 6 * height * width / 256;
  const auto noise = drawn_noise(1, 0, 6, height, width);
  const std::vector<at::Tensor> tokens = {drawn(2, {tokens_of_chunk, transformer.shape().dim}).to(type)};
  trim_cpu_allocator();
  trim_cpu_allocator();
  const auto before = cpu_allocator_use();
  TransformerState state;
  transformer.denoise(state, noise, tokens, 0, {0.5, 3.0, 11});
  const auto after = cpu_allocator_use();
  return static_cast<double>(after.used + after.cached - before.used - before.cached - state.bytes());
}

// Blocks of one size do not serve another, so a tenth more may be needed; some sizes fit better than others.
TEST(TransformerMemory, OfTheFirstChunkIsWhatWasPromised) {
  const c10::InferenceMode inference;
  install_cpu_allocator();
  for (const int dim : {128, 384}) {
    const TransformerShape shape{dim, 4 * dim, 1, 24, 16};
    for (const auto type : {c10::kFloat, c10::kBFloat16}) {
      for (const auto& [height, width] : {std::pair{512, 512}, std::pair{384, 1024}}) {
        const Transformer transformer(shape, drawn_weights(1, shape.expected_shapes()), drawn(2, {12, 24}),
                                      type);
        const auto promised = static_cast<double>(transformer.work_bytes(height, width));
        const double measured = measured_work(transformer, height, width, type);
        EXPECT_LT(measured, promised * 1.1) << dim << " " << height;
        EXPECT_GT(measured, promised * 0.7) << dim << " " << height;
      }
    }
  }
}

TEST(TransformerGradient, ReachesEveryWeightAndThePrompt) {
  auto networks = load_networks("wide");
  for (auto& [key, weight] : networks.transformer) weight.requires_grad_();
  networks.prompt.requires_grad_();
  const Transformer transformer = make_transformer(networks);
  TransformerState state;
  auto tokens = drawn(5, {6 * kWindows * 64, 256});
  tokens.requires_grad_();
  const AttentionSettings settings{1.5, 3.0, 3};
  auto loss = transformer.denoise(state, drawn_noise(1, 0, 6, kHeight, kWidth), {tokens}, 0, settings).sum();
  const auto more = drawn(6, {2 * kWindows * 64, 256});
  loss = loss + transformer.denoise(state, drawn_noise(1, 6, 2, kHeight, kWidth), {more}, 6, settings).sum();
  loss.backward();
  networks.transformer["prompt"] = networks.prompt;
  networks.transformer["tokens"] = tokens;
  for (const auto& [key, weight] : networks.transformer) {
    ASSERT_TRUE(weight.grad().defined()) << key;
    const double size = weight.grad().abs().sum().item<double>();
    EXPECT_TRUE(std::isfinite(size) && size > 0) << key;
  }
}

class TransformerFile : public testing::Test {
 protected:
  Result<Transformer> load() const {
    const TemporaryFile written("transformer-test.safetensors", safetensors_of(networks_.transformer));
    const auto file = WeightFile::open(written.path());
    return Transformer::load(WeightBinder(*file, "dit."), networks_.prompt, c10::kCPU, c10::kFloat);
  }

  void expect_refused(const std::string& what, const std::string& words) {
    const auto loaded = load();
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().kind, ErrorKind::kBadModel);
    for (const auto& part : {std::string("transformer-test.safetensors"), what, words})
      EXPECT_NE(loaded.error().message.find(part), std::string::npos) << loaded.error().message;
  }

  at::Tensor& weight(const std::string& key) { return networks_.transformer[key]; }

  c10::InferenceMode inference_;
  Networks networks_ = load_networks("wide");
};

TEST_F(TransformerFile, IsReadBesideOtherPartsUnderItsPrefix) {
  TensorsByKey prefixed = {{"tc.blocks.7.x", drawn(1, {2, 2})}, {"projector.conv1.weight", drawn(1, {2, 2})}};
  for (const auto& [key, tensor] : networks_.transformer) prefixed["dit." + key] = tensor;
  const Transformer expected = make_transformer(networks_);
  networks_.transformer = prefixed;
  const auto loaded = load();
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->shape().dim, 256);
  EXPECT_EQ(loaded->shape().heads(), 2);
  EXPECT_EQ(loaded->shape().ffn, 192);
  EXPECT_EQ(loaded->shape().layers, 2);
  EXPECT_EQ(loaded->bytes(), expected.bytes());
  TransformerState state, other;
  const auto noise = drawn_noise(1, 0, 6, 128, 128);
  EXPECT_TRUE(
      loaded->denoise(state, noise, {}, 0, {2.0}).equal(expected.denoise(other, noise, {}, 0, {2.0})));
}

TEST_F(TransformerFile, ThatIsAnotherNetworkIsRefused) {
  networks_.transformer = {{"conv.weight", drawn(1, {2, 2})}};
  expect_refused("", "not a FlashVSR transformer");
}

TEST_F(TransformerFile, ForLatentsOfAnotherVaeIsRefusedInWords) {
  for (const std::int64_t channels : {32, 48}) {
    weight("patch_embedding.weight") = drawn(1, {256, channels, 1, 2, 2});
    expect_refused("patch_embedding.weight", std::to_string(channels) + " channels");
  }
}

TEST_F(TransformerFile, WithOtherPatchesIsRefused) {
  weight("patch_embedding.weight") = drawn(1, {256, 16, 2, 2, 2});
  expect_refused("patch_embedding.weight", "patches");
}

TEST_F(TransformerFile, OfAWidthThatHasNoWholeHeadsIsRefused) {
  for (const std::int64_t width : {64, 192}) {
    weight("patch_embedding.weight") = drawn(1, {width, 16, 1, 2, 2});
    expect_refused("patch_embedding.weight", "128");
  }
}

TEST_F(TransformerFile, WithAMissingTensorIsRefused) {
  for (const std::string key :
       {"blocks.0.self_attn.norm_q.weight", "blocks.1.modulation", "head.head.bias", "blocks.0.ffn.0.weight",
        "text_embedding.0.weight", "time_embedding.0.weight"}) {
    const auto taken = networks_.transformer.extract(key);
    expect_refused(key, "missing");
    weight(key) = taken.mapped();
  }
}

TEST_F(TransformerFile, WithAGapInItsBlocksIsRefused) {
  std::erase_if(networks_.transformer,
                [](const auto& entry) { return entry.first.starts_with("blocks.0.ffn"); });
  for (const auto& [key, tensor] : load_networks("wide").transformer) {
    if (key.starts_with("blocks.1.")) networks_.transformer["blocks.3." + key.substr(9)] = tensor;
    if (key.starts_with("blocks.0.ffn")) weight(key) = tensor;
  }
  expect_refused("blocks.2.", "missing");
}

TEST_F(TransformerFile, WithATensorOfAnotherShapeIsRefused) {
  weight("blocks.1.cross_attn.k.weight") = drawn(1, {256, 128});
  expect_refused("blocks.1.cross_attn.k.weight", "[256, 128] instead of [256, 256]");
}

TEST_F(TransformerFile, ThatHoldsNaNIsRefused) {
  weight("blocks.0.norm3.bias") = weight("blocks.0.norm3.bias") * std::numeric_limits<float>::quiet_NaN();
  expect_refused("blocks.0.norm3.bias", "NaN");
}

TEST_F(TransformerFile, WithAPromptOfAnotherWidthOrNoneIsRefused) {
  for (const Shape& shape : {Shape{12, 23}, Shape{1, 12, 24}, Shape{0, 24}}) {
    networks_.prompt = drawn(1, shape);
    expect_refused("prompt", "24 values");
  }
}

}  // namespace
}  // namespace videoenhance
