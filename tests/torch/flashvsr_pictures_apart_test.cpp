// The tiny decoder with weights that draw several pictures side by side: row by row against the dense form.
#include "core/torch/flashvsr/dense_decoder.h"
#include "core/torch/flashvsr/row_decoder.h"
#include "core/torch/kernels/row_convolution.h"
#include "tests/torch/flashvsr_networks.h"
#include "tests/torch/flashvsr_pictures.h"

namespace videoenhance {
namespace {

// Channels of one picture and shared ones, and pictures, at H/8, H/4, H/2 and H.
constexpr std::array<std::int64_t, 4> kOwn = {15, 15, 7, 8}, kSharedChannels = {4, 4, 2, 0};
constexpr std::array<std::int64_t, 4> kPictures = {4, 4, 2, 1}, kWidths = {64, 64, 16, 8};

// Sets a weight to values where a picture's outputs read its own inputs or shared ones, and where shared
// outputs read shared inputs; the values of all pictures are equal unless `differ`.
void draw_apart(at::Tensor& weight, std::size_t inputs, std::size_t outputs, bool differ) {
  const at::Tensor values = weight.clone();
  weight.zero_();
  const std::int64_t own_in = kOwn[inputs], own_out = kOwn[outputs], count = kPictures[outputs];
  const std::int64_t shared_in = own_in * kPictures[inputs], shared_out = own_out * count;
  const auto shared = [&](const at::Tensor& x) { return x.narrow(1, shared_in, kSharedChannels[inputs]); };
  for (std::int64_t picture = 0; picture < count; ++picture) {
    const std::int64_t from = differ ? picture : 0;
    const at::Tensor rows = weight.narrow(0, picture * own_out, own_out),
                     drawn_rows = values.narrow(0, from * own_out, own_out);
    rows.narrow(1, picture * own_in, own_in).copy_(drawn_rows.narrow(1, from * own_in, own_in));
    shared(rows).copy_(shared(drawn_rows));
  }
  shared(weight.narrow(0, shared_out, kSharedChannels[outputs]))
      .copy_(shared(values.narrow(0, shared_out, kSharedChannels[outputs])));
}

// The first layer: pixels are (colour, frame, row, column), and latents are shared.
void draw_first_apart(at::Tensor& weight, bool differ) {
  const at::Tensor values = weight.clone();
  weight.narrow(1, 0, TcShape::kCondition).zero_();
  for (std::int64_t picture = 0; picture < 4; ++picture) {
    const auto pixels = [&](const at::Tensor& x, std::int64_t which) {
      return x.narrow(1, 0, TcShape::kCondition)
          .unflatten(1, {3, 4, 64})
          .narrow(0, 15 * which, 15)
          .select(2, which);
    };
    pixels(weight, picture).copy_(pixels(values, differ ? picture : 0));
    if (!differ)
      weight.narrow(0, 15 * picture, 15)
          .narrow(1, TcShape::kCondition, 16)
          .copy_(values.narrow(0, 0, 15).narrow(1, TcShape::kCondition, 16));
  }
}

// Steps in time hand on the pictures that they hold, in the first places.
at::Tensor growth(std::size_t level, std::int64_t steps) {
  const std::int64_t width = kWidths[level], held = kPictures[level] / steps, own = kOwn[level];
  const at::Tensor weight = at::zeros({steps, width, width});
  for (std::int64_t step = 0; step < steps; ++step) {
    for (std::int64_t k = 0; k < held * own; ++k) weight[step][k][step * held * own + k] = 1;
    for (std::int64_t k = own * kPictures[level]; k < width; ++k) weight[step][k][k] = 1;
  }
  return weight.view({steps * width, width, 1, 1});
}

std::string key(int layer, const char* rest) {
  return "decoder." + std::to_string(layer) + rest;
}

struct Weights {
  TcShape shape{kWidths, {64, 128, 32}};
  TensorsByKey tensors;
};

// Without memory.
Weights apart(bool differ) {
  Weights weights;
  weights.tensors = drawn_weights(7, weights.shape.expected_shapes());
  auto& tensors = weights.tensors;
  draw_first_apart(tensors[key(1, ".weight")], differ);
  draw_apart(tensors[key(3, ".weight")], 0, 0, differ);
  std::size_t level = 0;
  for (const int first : {5, 11, 17}) {
    for (int block = first; block < first + 3; ++block) {
      auto halves = tensors[key(block, ".conv.0.weight")].chunk(2, 1);
      draw_apart(halves[0], level, level, differ);
      halves[1].zero_();
      draw_apart(tensors[key(block, ".conv.2.weight")], level, level, differ);
      draw_apart(tensors[key(block, ".conv.4.weight")], level, level, differ);
    }
    ++level;
  }
  draw_apart(tensors[key(10, ".weight")], 0, 1, differ);
  draw_apart(tensors[key(16, ".weight")], 1, 2, differ);
  for (std::size_t k = 0; k < 3; ++k)
    tensors[key(std::array{9, 15, 21}[k], ".conv.weight")] = growth(k, k == 0 ? 1 : 2);
  return weights;
}

class PicturesApart : public testing::TestWithParam<bool> {
 protected:
  at::Tensor frames_of(const LatentDecoder& decoder) const {
    DecoderState state;
    const auto first = decoder.decode(state, latent_.narrow(1, 0, 1), condition_.narrow(1, 0, 1));
    return at::cat({first, decoder.decode(state, latent_.narrow(1, 1, 2), condition_.narrow(1, 1, 8))});
  }
  at::Tensor rows(const Weights& weights, c10::ScalarType type = c10::kFloat) const {
    EXPECT_TRUE(RowDecoder::suits(weights.shape, weights.tensors, type));
    return frames_of(RowDecoder(weights.tensors, type));
  }
  at::Tensor dense(const Weights& weights, c10::ScalarType type = c10::kFloat) const {
    return frames_of(DenseDecoder(weights.shape, weights.tensors, type));
  }

  c10::InferenceMode inference_;
  Weights weights_ = apart(/*differ=*/GetParam());
  at::Tensor latent_ = drawn(1, {16, 3, 5, 6}), condition_ = drawn(2, {3, 9, 40, 48});
};

TEST_P(PicturesApart, AreThoseOfTheDenseForm) {
  EXPECT_LT(relative_difference(rows(weights_), dense(weights_)), 1e-5);
}

TEST_P(PicturesApart, InBFloat16DifferNoMoreThanTheDenseForm) {
  if (!convolves_rows(c10::kBFloat16)) GTEST_SKIP() << "This processor does not multiply bfloat16.";
  const auto exact = dense(weights_);
  const auto error = [&](const at::Tensor& frames) {
    return (frames - exact).square().mean().item<double>();
  };
  EXPECT_LT(error(rows(weights_, c10::kBFloat16)), 1.5 * error(dense(weights_, c10::kBFloat16)));
}

TEST_P(PicturesApart, AreComputedWithLess) {
  const auto less = RowDecoder(weights_.tensors, c10::kFloat).bytes();
  EXPECT_LT(less, DenseDecoder(weights_.shape, weights_.tensors, c10::kFloat).bytes() / 2);
}

// Weights that are nearly of the form must not lose what is not.
TEST_P(PicturesApart, OneWeightAcrossThemCounts) {
  for (const char* name : {"decoder.1.weight", "decoder.3.weight", "decoder.6.conv.2.weight",
                           "decoder.10.weight", "decoder.12.conv.4.weight", "decoder.13.conv.0.weight"}) {
    Weights mixed = weights_;
    mixed.tensors[name] = mixed.tensors[name].clone();
    mixed.tensors[name].select(0, 2).select(0, 17).fill_(1);
    const auto frames = rows(mixed);
    EXPECT_LT(relative_difference(frames, dense(mixed)), 1e-5) << name;
    EXPECT_GT(relative_difference(frames, rows(weights_)), 1e-5) << name;
  }
}

// A channel that is 0 until a block's last layer adds to it.
TEST_P(PicturesApart, AChannelThatIsSilentAtFirstIsNotLost) {
  Weights silent = weights_;
  silent.tensors["decoder.3.weight"] = silent.tensors["decoder.3.weight"].clone();
  silent.tensors["decoder.3.weight"].select(0, 3).zero_();
  EXPECT_LT(relative_difference(rows(silent), dense(silent)), 1e-5);
}

INSTANTIATE_TEST_SUITE_P(Forms, PicturesApart, testing::Bool(),
                         [](const auto& info) { return std::string(info.param ? "Different" : "Equal"); });

// Nothing belongs together, but channels are few.
TEST(RowDecoders, TakeWeightsWithoutAnyForm) {
  const c10::InferenceMode inference;
  const TcShape shape{{7, 5, 3, 4}, {7, 10, 6}};
  TensorsByKey tensors = drawn_weights(3, shape.expected_shapes());
  for (auto& [name, tensor] : tensors) {
    if (name.ends_with(".conv.0.weight")) tensor.chunk(2, 1)[1].zero_();
  }
  const auto latent = drawn(1, {16, 2, 3, 5}), condition = drawn(2, {3, 5, 24, 40});
  DecoderState one, other;
  const auto wanted = DenseDecoder(shape, tensors, c10::kFloat).decode(one, latent, condition);
  const auto frames = RowDecoder(tensors, c10::kFloat).decode(other, latent, condition);
  EXPECT_LT(relative_difference(frames, wanted), 1e-5);
}

TEST(RowDecoders, AreForFewChannelsWithoutMemoryThatNobodyTrains) {
  const Weights weights = apart(/*differ=*/true);
  EXPECT_TRUE(RowDecoder::suits(weights.shape, weights.tensors, c10::kFloat));
  EXPECT_FALSE(RowDecoder::suits(weights.shape, weights.tensors, c10::kHalf));
  for (const std::size_t level : {0, 1, 2, 3}) {
    TcShape wide = weights.shape;
    ++wide.widths[level];
    EXPECT_FALSE(RowDecoder::suits(wide, weights.tensors, c10::kFloat)) << level;
  }
  Weights remembering = weights;
  auto& entry = remembering.tensors["decoder.18.conv.0.weight"];
  entry = entry.clone();
  entry[15][31][2][2] = 1e-20;
  EXPECT_FALSE(RowDecoder::suits(remembering.shape, remembering.tensors, c10::kFloat));
  Weights trained = weights;
  trained.tensors["decoder.26.bias"] = trained.tensors["decoder.26.bias"].clone().requires_grad_();
  EXPECT_FALSE(RowDecoder::suits(trained.shape, trained.tensors, c10::kFloat));
}

}  // namespace
}  // namespace videoenhance
