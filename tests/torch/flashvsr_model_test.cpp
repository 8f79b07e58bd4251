// Folders with the published file names and files with several decoders, made of the miniature's parts.
#include "core/torch/flashvsr/model.h"

#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/core/weights/file_writers.h"
#include "tests/torch/flashvsr_miniature.h"

namespace videoenhance {
namespace {

namespace fs = std::filesystem;

constexpr char kProjectorFile[] = "LQ_proj_in.ckpt", kPromptFile[] = "posi_prompt.pth",
               kTinyFile[] = "TCDecoder.ckpt", kFullFile[] = "Wan2.1_VAE.pth",
               kLightFile[] = "lightvaew2_1.pth";

void write(const fs::path& path, const std::string& content) {
  std::ofstream(path, std::ios::binary) << content;
}

class Folder : public testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(folder_);
    write(folder_ / "diffusion_pytorch_model_streaming_dmd.safetensors", part("dit."));
    write(folder_ / kProjectorFile, part("projector."));
    write(folder_ / kTinyFile, part("tc."));
    write(folder_ / kFullFile, part("vae."));
    write(folder_ / kPromptFile, prompt(1, false));
  }
  void TearDown() override { fs::remove_all(folder_); }

  // A safetensors file of the tensors with this prefix: readers go by content, not by name.
  std::string part(const std::string& prefix) const {
    nlohmann::json header;
    std::string data;
    for (const auto& [key, view] : miniature_.tensors()) {
      if (!key.starts_with(prefix)) continue;
      const std::size_t begin = data.size();
      data.append(reinterpret_cast<const char*>(view.data), view.extent);
      header[key.substr(prefix.size())] = {
          {"dtype", "BF16"}, {"shape", view.shape}, {"data_offsets", {begin, data.size()}}};
    }
    return safetensors_file(header.dump(), data);
  }

  // The bare tensor that the published prompt is; one of its values may be NaN, and it may claim more tokens
  // than the file has.
  std::string prompt(std::int64_t copies, bool with_nan) const {
    const TensorView& view = miniature_.tensors().at("prompt");
    std::string data(reinterpret_cast<const char*>(view.data), view.extent);
    if (with_nan) data.replace(0, 2, "\xff\x7f");
    pickled::Tensor tensor;
    tensor.shape = {1, copies * view.shape[1], view.shape[2]};
    tensor.strides = {0, copies == 1 ? view.shape[2] : 0, 1};
    tensor.count = view.shape[1] * view.shape[2];
    tensor.type = "BFloat16Storage";
    return torch_file(pickled::tensor(tensor), {data});
  }

  EngineOptions options(FlashVsrOptions::Decoder decoder = FlashVsrOptions::Decoder::kTiny) const {
    FlashVsrOptions model;
    model.version = FlashVsrOptions::Version::kV11;
    model.decoder = decoder;
    EngineOptions options = miniature_options(model);
    options.model_path = folder_.string();
    return options;
  }

  static std::vector<float> first_frame(const EngineOptions& options) {
    const auto engine = make_flashvsr(options);
    EXPECT_TRUE(engine->configure({32, 32, 128, 128, false}));
    return run_clip(*engine, moving_clip(32, 32, 1), 128, 128)[0];
  }

  std::vector<float> of_one_file(FlashVsrOptions::Decoder decoder) const {
    EngineOptions one = options(decoder);
    one.model_path = (flashvsr_folder() / "miniature.safetensors").string();
    return first_frame(one);
  }

  // Why no engine can be made.
  Error refusal() const {
    try {
      const c10::InferenceMode inference;
      const auto model = load_flashvsr(folder_, FlashVsrOptions::Decoder::kTiny, c10::kCPU, c10::kFloat);
      return model ? Error{} : model.error();
    } catch (const std::exception& exception) {
      return {ErrorKind::kFailed, exception.what()};
    }
  }

  WeightFile miniature_ = WeightFile::open(flashvsr_folder() / "miniature.safetensors").value();
  fs::path folder_ = fs::path(testing::TempDir()) / "videoenhance-flashvsr-folder";
};

TEST_F(Folder, OfThePublishedFilesGivesTheBitsOfOneFile) {
  for (const auto decoder : {FlashVsrOptions::Decoder::kTiny, FlashVsrOptions::Decoder::kFull})
    EXPECT_EQ(first_frame(options(decoder)), of_one_file(decoder));
}

TEST_F(Folder, TakesTheLightDecoderWhereTheFullOneIsNotThere) {
  fs::rename(folder_ / kFullFile, folder_ / kLightFile);
  EXPECT_EQ(first_frame(options(FlashVsrOptions::Decoder::kFull)),
            of_one_file(FlashVsrOptions::Decoder::kFull));
}

TEST_F(Folder, AFileReplacedByAnOlderOneOfItsSizeIsAnotherModel) {
  const auto before = make_flashvsr(options());
  const std::vector<float> expected = first_frame(options());
  const auto time = fs::last_write_time(folder_ / kProjectorFile);
  std::string other = part("projector.");
  std::fill(other.end() - 4096, other.end(), '\0');
  write(folder_ / kProjectorFile, other);
  fs::last_write_time(folder_ / kProjectorFile, time - std::chrono::hours(1));
  EXPECT_NE(first_frame(options()), expected);
}

TEST_F(Folder, WithoutOneOfItsFilesIsRefusedByName) {
  for (const char* name : {kProjectorFile, kPromptFile, kTinyFile}) {
    SetUp();
    fs::remove(folder_ / name);
    const auto key = flashvsr_key(folder_, FlashVsrOptions::Decoder::kTiny, c10::kCPU, c10::kFloat);
    ASSERT_FALSE(key);
    EXPECT_EQ(key.error().kind, ErrorKind::kNotFound);
    EXPECT_NE(key.error().message.find(name), std::string::npos) << key.error().message;
  }
}

TEST_F(Folder, WithNaNInThePromptIsRefused) {
  write(folder_ / kPromptFile, prompt(1, true));
  const Error error = refusal();
  EXPECT_EQ(error.kind, ErrorKind::kBadModel);
  EXPECT_NE(error.message.find("NaN"), std::string::npos) << error.message;
}

TEST_F(Folder, WithAPromptThatClaimsMoreThanItsFileHasIsRefused) {
  write(folder_ / kPromptFile, prompt(1'000'000'000, false));
  const Error error = refusal();
  EXPECT_EQ(error.kind, ErrorKind::kBadModel);
  EXPECT_NE(error.message.find(kPromptFile), std::string::npos) << error.message;
}

TEST_F(Folder, WithTheDecodersExchangedIsRefused) {
  write(folder_ / kTinyFile, part("vae."));
  EXPECT_EQ(refusal().kind, ErrorKind::kBadModel);
}

// ---- one file with several tiny decoders

Result<std::shared_ptr<const FlashVsrModel>> load(
    const std::string& content, FlashVsrOptions::Decoder decoder = FlashVsrOptions::Decoder::kTiny) {
  const c10::InferenceMode inference;
  const TemporaryFile file("model.safetensors", content);
  return load_flashvsr(file.path(), decoder, c10::kCPU, c10::kFloat);
}

std::vector<int> scales_of(const FlashVsrModel& model) {
  std::vector<int> scales;
  for (const auto& [scale, decoder] : model.decoders) scales.push_back(scale);
  return scales;
}

TEST(TinyDecoders, TheOneWithTheLargestNumberUpToTheScaleIsTakenElseTheSmallest) {
  const auto model = load(miniature_with({"tc2.", "tc4."})).value();
  EXPECT_EQ(scales_of(*model), (std::vector{2, 4}));
  const std::map<double, int> expected = {{0.3, 2}, {1.5, 2}, {2, 2}, {3.99, 2}, {4, 4}, {4.5, 4}, {100, 4}};
  for (const auto& [scale, decoder] : expected) EXPECT_EQ(model->decoder_for(scale), decoder) << scale;
}

TEST(TinyDecoders, TheOneForAnyScaleIsTakenBelowAllNumbers) {
  const auto model = load(miniature_with({"tc.", "tc4."})).value();
  const std::map<double, int> expected = {{0.3, 0}, {1, 0}, {3.99, 0}, {4, 4}};
  for (const auto& [scale, decoder] : expected) EXPECT_EQ(model->decoder_for(scale), decoder) << scale;
}

TEST(TinyDecoders, CountAllAmongTheWeights) {
  const auto one = load(miniature_with({"tc2."})).value(),
             two = load(miniature_with({"tc2.", "tc4."})).value();
  EXPECT_EQ(two->bytes() - one->bytes(), two->decoders.at(4)->bytes());
}

TEST(TinyDecoders, UnderNoScalesNameAreLeftovers) {
  const auto model =
      load(miniature_with({"tc.", "tc0.", "tc04.", "tc2x.", "tc-2.", "tc9.", "tc99999999999."})).value();
  EXPECT_EQ(scales_of(*model), std::vector{0});
}

TEST(TinyDecoders, TheFullOneIsMadeForAnyScale) {
  const auto model = load(miniature_with({"tc2.", "tc4."}), FlashVsrOptions::Decoder::kFull).value();
  EXPECT_EQ(scales_of(*model), std::vector{0});
}

TEST(TinyDecoders, AFileWithoutAnySaysWhatIsMissing) {
  for (const auto& leftovers : {std::vector<std::string>{}, {"tc0.", "tc2x."}}) {
    const auto model = load(miniature_with(leftovers));
    ASSERT_FALSE(model);
    EXPECT_EQ(model.error().kind, ErrorKind::kBadModel);
    EXPECT_NE(model.error().message.find("decoder.1.weight is missing"), std::string::npos)
        << model.error().message;
  }
}

TEST(TinyDecoders, ADamagedOneIsRefusedEvenBesideAGoodOne) {
  std::string content = miniature_with({"tc2.", "tc4."});
  content.replace(content.find("tc4.decoder.3.weight"), 4, "tc5.");
  const auto model = load(content);
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().kind, ErrorKind::kBadModel);
  EXPECT_NE(model.error().message.find("decoder.3.weight is missing"), std::string::npos)
      << model.error().message;
}

}  // namespace
}  // namespace videoenhance
