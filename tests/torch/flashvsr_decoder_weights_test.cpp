// What the decoders accept as weights, and training them.
#include <ATen/ops/randn.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <numeric>

#include "core/torch/flashvsr/tc_decoder.h"
#include "core/torch/flashvsr/wan_decoder.h"
#include "tests/core/weights/file_writers.h"
#include "tests/torch/flashvsr_pictures.h"

namespace videoenhance {
namespace {

TensorsByKey miniature(const std::string& prefix) {
  const WeightFile file = flashvsr_file("miniature.safetensors");
  const WeightBinder binder(file, prefix);
  ShapesByKey wanted;
  for (const auto& [key, view] : file.tensors()) {
    if (key.starts_with(prefix)) wanted[key.substr(prefix.size())] = view.shape;
  }
  return binder.take(wanted, c10::kCPU).value();
}

ShapesByKey shapes_of(const TensorsByKey& tensors) {
  ShapesByKey shapes;
  for (const auto& [key, tensor] : tensors) shapes[key] = tensor.sizes().vec();
  return shapes;
}

// A safetensors file of float32 tensors, every key after a prefix.
class File {
 public:
  explicit File(const TensorsByKey& tensors, const std::string& prefix = "")
      : temporary_("videoenhance-decoder-test.safetensors", content(tensors, prefix)),
        file_(WeightFile::open(temporary_.path()).value()),
        binder_(file_, "") {}

  const WeightBinder& binder() const { return binder_; }

 private:
  static std::string content(const TensorsByKey& tensors, const std::string& prefix) {
    nlohmann::json header = nlohmann::json::object();
    std::string data;
    for (const auto& [key, tensor] : tensors) {
      const auto values = tensor.contiguous();
      const std::size_t begin = data.size();
      data.append(static_cast<const char*>(values.const_data_ptr()), values.nbytes());
      header[prefix + key] = {
          {"dtype", "F32"}, {"shape", tensor.sizes().vec()}, {"data_offsets", {begin, data.size()}}};
    }
    return safetensors_file(header.dump(), data);
  }

  TemporaryFile temporary_;
  WeightFile file_;
  WeightBinder binder_;
};

using Loader = Result<std::shared_ptr<const LatentDecoder>> (*)(const WeightBinder&, c10::Device,
                                                                c10::ScalarType);

void expect_refused(Loader load, const TensorsByKey& tensors, const std::vector<std::string>& words) {
  const File file(tensors);
  const auto decoder = load(file.binder(), c10::kCPU, c10::kFloat);
  ASSERT_FALSE(decoder);
  EXPECT_EQ(decoder.error().kind, ErrorKind::kBadModel);
  for (const auto& word : words)
    EXPECT_NE(decoder.error().message.find(word), std::string::npos) << decoder.error().message;
  EXPECT_NE(decoder.error().message.find("videoenhance-decoder-test"), std::string::npos);
}

at::Tensor decode_two(const LatentDecoder& decoder) {
  DecoderState state;
  return decoder.decode(state, golden("latent").narrow(1, 0, 2),
                        (golden("condition").narrow(0, 0, 5).permute({3, 0, 1, 2}) / 255 * 2 - 1));
}

std::int64_t parameters(const ShapesByKey& shapes) {
  return std::accumulate(shapes.begin(), shapes.end(), std::int64_t{0},
                         [](std::int64_t sum, const auto& entry) {
                           return sum + std::accumulate(entry.second.begin(), entry.second.end(),
                                                        std::int64_t{1}, std::multiplies<>());
                         });
}

// ------------------------------------------------------------------------------------ the tiny decoder

// The counts of the published file (section C of the FlashVSR notes).
TEST(TcWeights, ThePublishedSizesGiveThePublishedCounts) {
  const auto shapes = TcShape{{512, 256, 128, 128}, {512, 512, 256}}.expected_shapes();
  EXPECT_EQ(shapes.size(), 66u);
  EXPECT_EQ(parameters(shapes), 45'338'371);
}

TEST(TcWeights, OfSurplusRowsInAGrowingLayerTheLastCount) {
  const c10::InferenceMode inference;
  auto tensors = miniature("tc.");
  const auto expected = decode_two(**load_tc_decoder(File(tensors).binder(), c10::kCPU, c10::kFloat));
  for (const char* key : {"decoder.9.conv.weight", "decoder.15.conv.weight", "decoder.21.conv.weight"}) {
    const auto& rows = tensors.at(key);
    tensors[key] = at::cat({at::randn({5, rows.size(1), 1, 1}), rows});
  }
  const auto more = load_tc_decoder(File(tensors).binder(), c10::kCPU, c10::kFloat);
  ASSERT_TRUE(more) << more.error().message;
  EXPECT_TRUE(decode_two(**more).equal(expected));
}

TEST(TcWeights, TooFewRowsInAGrowingLayerAreRefused) {
  auto tensors = miniature("tc.");
  tensors["decoder.15.conv.weight"] = tensors["decoder.15.conv.weight"].narrow(0, 1, 8);
  expect_refused(load_tc_decoder, tensors, {"decoder.15.conv.weight", "instead of"});
}

TEST(TcWeights, EachMissingKeyIsNamed) {
  const auto tensors = miniature("tc.");
  for (const auto& [key, tensor] : tensors) {
    auto less = tensors;
    less.erase(key);
    expect_refused(load_tc_decoder, less, {key, "missing"});
  }
}

TEST(TcWeights, AWrongShapeIsNamed) {
  auto tensors = miniature("tc.");
  tensors["decoder.6.conv.0.weight"] = at::zeros({16, 16, 3, 3});
  expect_refused(load_tc_decoder, tensors, {"decoder.6.conv.0.weight", "[16, 32, 3, 3]"});
}

TEST(TcWeights, AValueThatIsNoNumberIsNamed) {
  auto tensors = miniature("tc.");
  tensors["decoder.24.weight"][0][0][0][0] = std::nan("");
  expect_refused(load_tc_decoder, tensors, {"decoder.24.weight", "NaN"});
}

TEST(TcWeights, DecodersOfOtherLatentsOrOfNoConditionAreRefusedInWords) {
  const std::vector<std::pair<std::int64_t, std::vector<std::string>>> cases = {
      {16, {"TAEHV", "not conditioned"}},
      {48, {"48 channels", "Wan 2.2"}},
      {32, {"32 channels", "HunyuanVideo"}},
      {768 + 48, {"48 channels", "Wan 2.2"}},
      {16 + 192, {"condition of 192", "768"}}};
  for (const auto& [inputs, words] : cases) {
    auto tensors = miniature("tc.");
    tensors["decoder.1.weight"] = at::zeros({16, inputs, 3, 3});
    expect_refused(load_tc_decoder, tensors, words);
  }
}

TEST(TcWeights, FirstLayersThatAreNoConvolutionsAreRefused) {
  for (const auto& shape : {std::vector<std::int64_t>{16}, {0, 784, 3, 3}, {16, 784, 1, 3, 3}}) {
    auto tensors = miniature("tc.");
    tensors["decoder.1.weight"] = at::zeros(shape);
    expect_refused(load_tc_decoder, tensors, {"decoder.1.weight"});
  }
}

TEST(TcWeights, TheOtherDecodersWeightsAreRefused) {
  expect_refused(load_tc_decoder, miniature("vae."), {"decoder.1.weight", "missing"});
}

// Also those of memories that begin as zeros, and so would not be kept otherwise.
TEST(TcWeights, GradientsReachEveryWeight) {
  auto tensors = miniature("tc.");
  for (auto& [key, tensor] : tensors) {
    if (key.ends_with(".conv.0.weight")) tensor.narrow(1, tensor.size(1) / 2, tensor.size(1) / 2).zero_();
    tensor.requires_grad_();
  }
  const auto shape = TcShape::read(shapes_of(tensors), "miniature").value();
  decode_two(*make_tc_decoder(shape, tensors, c10::kFloat)).square().sum().backward();
  for (const auto& [key, tensor] : tensors) {
    ASSERT_TRUE(tensor.grad().defined()) << key;
    EXPECT_GT(tensor.grad().abs().max().item<double>(), 0) << key;
    EXPECT_TRUE(tensor.grad().isfinite().all().item<bool>()) << key;
    if (key.ends_with(".conv.0.weight")) {
      EXPECT_GT(tensor.grad().chunk(2, 1)[1].abs().max().item<double>(), 0) << key;
    }
  }
}

// --------------------------------------------------------------------------------- the Wan VAE's decoder

TEST(WanWeights, ThePublishedSizesGiveThePublishedCounts) {
  const auto shapes = WanShape{96, ""}.expected_shapes();
  EXPECT_EQ(shapes.size(), 108u);
  EXPECT_EQ(parameters(shapes), 73'295'603);
}

TEST(WanWeights, AreFoundUnderAllTheNamesThatFilesUse) {
  const c10::InferenceMode inference;
  const auto tensors = miniature("vae.");
  const auto expected = decode_two(**load_wan_decoder(File(tensors).binder(), c10::kCPU, c10::kFloat));
  for (const char* prefix : {"model.", "model_state.", "model_state.model."}) {
    const auto decoder = load_wan_decoder(File(tensors, prefix).binder(), c10::kCPU, c10::kFloat);
    ASSERT_TRUE(decoder) << decoder.error().message;
    EXPECT_TRUE(decode_two(**decoder).equal(expected)) << prefix;
  }
}

TEST(WanWeights, EachMissingKeyIsNamedAsTheFileWouldNameIt) {
  const auto tensors = miniature("vae.");
  for (const auto& [key, tensor] : tensors) {
    auto less = tensors;
    less.erase(key);
    const bool is_shortcut_bias = key.ends_with("shortcut.bias");
    expect_refused(load_wan_decoder, less, {is_shortcut_bias ? "shortcut.bias" : key, "missing"});
  }
}

TEST(WanWeights, OtherLatentsAreRefusedInWords) {
  for (const auto& [latents, word] : {std::pair{48, "Wan 2.2"}, std::pair{32, "32 channels"}}) {
    auto tensors = miniature("vae.");
    tensors["conv2.weight"] = at::zeros({latents, latents, 1, 1, 1});
    expect_refused(load_wan_decoder, tensors, {"conv2.weight", word, "16"});
  }
}

TEST(WanWeights, AWidthThatDoesNotFitTheOtherLayersIsRefused) {
  auto tensors = miniature("vae.");
  tensors["decoder.conv1.weight"] = at::zeros({30, 16, 3, 3, 3});
  tensors["decoder.conv1.bias"] = at::zeros({30});
  expect_refused(load_wan_decoder, tensors, {"decoder."});
}

TEST(WanWeights, TheTinyDecodersWeightsAreRefused) {
  expect_refused(load_wan_decoder, miniature("tc."), {"decoder.conv1.weight", "missing"});
}

TEST(WanWeights, GradientsReachEveryWeight) {
  auto tensors = miniature("vae.");
  for (auto& [key, tensor] : tensors) tensor.requires_grad_();
  const auto shape = WanShape::read(shapes_of(tensors), "miniature").value();
  decode_two(WanDecoder(shape, tensors, c10::kFloat)).square().sum().backward();
  for (const auto& [key, tensor] : tensors) {
    ASSERT_TRUE(tensor.grad().defined()) << key;
    EXPECT_GT(tensor.grad().abs().max().item<double>(), 0) << key;
    EXPECT_TRUE(tensor.grad().isfinite().all().item<bool>()) << key;
  }
}

}  // namespace
}  // namespace videoenhance
