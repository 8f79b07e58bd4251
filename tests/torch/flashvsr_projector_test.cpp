#include "core/torch/flashvsr/projector.h"

#include <ATen/ops/cat.h>

#include "tests/core/weights/file_writers.h"
#include "tests/torch/flashvsr_networks.h"

namespace videoenhance {
namespace {

constexpr std::int64_t kHeight = 128, kWidth = 256;

std::vector<at::Tensor> push(const Projector& projector, ProjectorState& state, std::int64_t index,
                             ProjectorCache cache = ProjectorCache::kPrevious, std::uint64_t seed = 1) {
  auto tokens = projector.push(state, drawn_clip(seed, index, kHeight, kWidth), cache);
  return tokens ? *tokens : std::vector<at::Tensor>{};
}

class ProjectorGolden : public testing::TestWithParam<NetworksCase> {
 protected:
  // The tokens of every chunk, one tensor for each layer.
  std::vector<std::vector<at::Tensor>> run(c10::ScalarType type) const {
    const auto& c = GetParam();
    const Projector projector(load_networks(c.model).projector, type);
    ProjectorState state;
    std::vector<std::vector<at::Tensor>> chunks;
    for (std::int64_t clip = 0; clip <= 4 + 2 * static_cast<std::int64_t>(c.settings.size()); ++clip) {
      const auto tokens = projector.push(state, drawn_clip(c.clip_seed(), clip, c.height, c.width), c.cache);
      EXPECT_EQ(tokens.has_value(), clip > 0);
      if (!tokens) continue;
      if (clip == 1 || (clip > 6 && clip % 2 == 1)) chunks.emplace_back(tokens->size());
      for (std::size_t i = 0; i < tokens->size(); ++i) {
        at::Tensor& layer = chunks.back()[i];
        layer = layer.defined() ? at::cat({layer, (*tokens)[i]}) : (*tokens)[i];
      }
    }
    return chunks;
  }

  void compare(c10::ScalarType type, double tolerance) const {
    const auto chunks = run(type);
    ASSERT_EQ(chunks.size(), GetParam().settings.size());
    for (std::size_t p = 0; p < chunks.size(); ++p) {
      for (std::size_t i = 0; i < chunks[p].size(); ++i) {
        const std::string key = "chunk" + std::to_string(p) + ".tokens." + std::to_string(i);
        EXPECT_LT(relative_difference(chunks[p][i].slice(0, 0, std::nullopt, kKeptTokens),
                                      read_golden("networks-" + GetParam().name, key)),
                  tolerance)
            << key;
      }
    }
  }

  c10::InferenceMode inference_;
};

// float32's rounding is 6e-8; sums of some thousand products add up to a hundred times that.
TEST_P(ProjectorGolden, EqualsTheOracleInFloat32) {
  compare(c10::kFloat, 1e-5);
}

// bfloat16's rounding is 4e-3, and there are three layers.
TEST_P(ProjectorGolden, IsNearTheOracleInBFloat16) {
  compare(c10::kBFloat16, 3e-2);
}

INSTANTIATE_TEST_SUITE_P(Cases, ProjectorGolden, testing::ValuesIn(networks_cases()),
                         [](const auto& info) { return info.param.name; });

class ProjectorTest : public testing::Test {
 protected:
  c10::InferenceMode inference_;
  Projector projector_{load_networks("wide").projector, c10::kFloat};
};

TEST_F(ProjectorTest, WithTheOwnCacheAClipDependsOnNoOther) {
  ProjectorState first, second;
  push(projector_, first, 0, ProjectorCache::kOwn);
  push(projector_, second, 0, ProjectorCache::kOwn, /*seed=*/50);
  push(projector_, second, 1, ProjectorCache::kOwn, /*seed=*/50);
  EXPECT_TRUE(push(projector_, first, 3, ProjectorCache::kOwn)[0].equal(
      push(projector_, second, 3, ProjectorCache::kOwn)[0]));
}

TEST_F(ProjectorTest, WithThePreviousCacheAClipDependsOnTheOneBefore) {
  for (const std::int64_t before : {0, 1}) {
    ProjectorState first, second;
    for (std::int64_t clip = 0; clip <= before; ++clip) {
      push(projector_, first, clip);
      push(projector_, second, clip, ProjectorCache::kPrevious, clip == before ? 50 : 1);
    }
    EXPECT_GT(
        relative_difference(push(projector_, first, before + 1)[0], push(projector_, second, before + 1)[0]),
        1e-3);
  }
}

TEST_F(ProjectorTest, TwoStreamsInTurnEqualEachAlone) {
  ProjectorState alone, mine, other;
  for (std::int64_t clip = 0; clip < 4; ++clip) {
    const auto expected = push(projector_, alone, clip);
    const auto tokens = push(projector_, mine, clip);
    push(projector_, other, clip, ProjectorCache::kPrevious, /*seed=*/70);
    ASSERT_EQ(tokens.size(), expected.size());
    for (std::size_t i = 0; i < tokens.size(); ++i) EXPECT_TRUE(tokens[i].equal(expected[i]));
  }
}

TEST_F(ProjectorTest, HistoryHoldsWhatTwoFramesGiveAloneAndAsManyBytesAsPromised) {
  for (const auto type : {c10::kFloat, c10::kBFloat16}) {
    const Projector projector(load_networks("wide").projector, type);
    ProjectorState state;
    for (std::int64_t clip = 0; clip < 3; ++clip) {
      push(projector, state, clip);
      std::uint64_t held = 0;
      for (const auto& frames : state.last_two) held += frames.storage().nbytes();
      EXPECT_EQ(held, projector.state_bytes(kHeight, kWidth)) << clip;
    }
  }
}

TEST_F(ProjectorTest, TheOwnCacheNeedsNoHistory) {
  ProjectorState state;
  for (std::int64_t clip = 0; clip < 2; ++clip) push(projector_, state, clip, ProjectorCache::kOwn);
  EXPECT_FALSE(state.last_two[0].defined() || state.last_two[1].defined());
}

TEST(ProjectorGradient, ReachesEveryWeight) {
  auto weights = load_networks("wide").projector;
  for (auto& [key, weight] : weights) weight.requires_grad_();
  const Projector projector(weights, c10::kFloat);
  ProjectorState state;
  push(projector, state, 0);
  const auto tokens = push(projector, state, 1);
  (tokens[0].sum() + tokens[1].sum()).backward();
  for (const auto& [key, weight] : weights) {
    ASSERT_TRUE(weight.grad().defined()) << key;
    const double size = weight.grad().abs().sum().item<double>();
    EXPECT_TRUE(std::isfinite(size) && size > 0) << key;
  }
}

class ProjectorFile : public testing::Test {
 protected:
  Result<Projector> load(int dim = 256) const {
    const TemporaryFile written("projector-test.safetensors", safetensors_of(weights_));
    const auto file = WeightFile::open(written.path());
    return Projector::load(WeightBinder(*file, "projector."), dim, c10::kCPU, c10::kFloat);
  }

  void expect_refused(const Result<Projector>& loaded, const std::string& key, const std::string& words) {
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().kind, ErrorKind::kBadModel);
    for (const auto& part : {std::string("projector-test.safetensors"), key, words})
      EXPECT_NE(loaded.error().message.find(part), std::string::npos) << loaded.error().message;
  }

  c10::InferenceMode inference_;
  TensorsByKey weights_ = load_networks("wide").projector;
};

TEST_F(ProjectorFile, IsReadAlsoBesideOtherPartsUnderItsPrefix) {
  TensorsByKey prefixed = {{"dit.linear_layers.2.weight", drawn(1, {2, 2})}};
  for (const auto& [key, tensor] : weights_) prefixed["projector." + key] = tensor;
  std::swap(weights_, prefixed);
  const auto loaded = load();
  ASSERT_TRUE(loaded);
  ProjectorState state, expected_state;
  const Projector expected(prefixed, c10::kFloat);
  EXPECT_EQ(loaded->bytes(), expected.bytes());
  push(*loaded, state, 0);
  push(expected, expected_state, 0);
  const auto tokens = push(*loaded, state, 1), made = push(expected, expected_state, 1);
  ASSERT_EQ(tokens.size(), 2);
  EXPECT_TRUE(tokens[1].equal(made[1]));
}

TEST_F(ProjectorFile, WithAMissingTensorIsRefused) {
  for (const std::string key : {"conv2.bias", "conv1.weight", "norm2.gamma", "linear_layers.1.bias"}) {
    const auto taken = weights_.extract(key);
    expect_refused(load(), key, "missing");
    weights_[key] = taken.mapped();
  }
}

TEST_F(ProjectorFile, WithoutLinearLayersIsRefused) {
  std::erase_if(weights_, [](const auto& entry) { return entry.first.starts_with("linear_layers"); });
  expect_refused(load(), "linear_layers.0", "missing");
}

TEST_F(ProjectorFile, ForOtherThan768InputChannelsIsRefused) {
  weights_["conv1.weight"] = drawn(1, {6, 192, 4, 3, 3});
  expect_refused(load(), "conv1.weight", "768");
}

TEST_F(ProjectorFile, ForATransformerOfAnotherWidthIsRefused) {
  expect_refused(load(128), "linear_layers.0", "[128");
}

TEST_F(ProjectorFile, ThatHoldsNaNIsRefused) {
  weights_["norm1.gamma"] = weights_["norm1.gamma"] * std::numeric_limits<float>::quiet_NaN();
  expect_refused(load(), "norm1.gamma", "NaN");
}

}  // namespace
}  // namespace videoenhance
