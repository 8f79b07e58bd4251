#include "core/torch/flashvsr/model.h"

#include <array>

#include "core/torch/flashvsr/version.h"
#include "core/weights/weight_file.h"

namespace videoenhance {
namespace {

namespace fs = std::filesystem;
using Decoder = FlashVsrOptions::Decoder;

constexpr char kTransformerFile[] = "diffusion_pytorch_model_streaming_dmd.safetensors";
constexpr char kProjectorFile[] = "LQ_proj_in.ckpt";
constexpr char kPromptFile[] = "posi_prompt.pth";
constexpr char kTinyDecoderFile[] = "TCDecoder.ckpt";
constexpr char kFullDecoderFile[] = "Wan2.1_VAE.pth";
constexpr char kLightDecoderFile[] = "lightvaew2_1.pth";
constexpr char kTinyPrefix[] = "tc.";
constexpr int kLargestScale = 8;  // as far as the element's property goes

// Where each part lies: files of a folder, or prefixes in one file.
struct Parts {
  fs::path transformer, projector, prompt, decoder;
  std::string decoder_prefix, prompt_key;

  std::array<const fs::path*, 4> files() const { return {&transformer, &projector, &prompt, &decoder}; }
};

Parts find_parts(const fs::path& location, Decoder decoder) {
  const bool tiny = decoder == Decoder::kTiny;
  std::error_code error;  // a file that cannot be looked at is found missing or unreadable later
  if (!fs::is_directory(location, error)) {
    return {location, location, location, location, tiny ? kTinyPrefix : "vae.", "prompt"};
  }
  const bool light =
      !fs::exists(location / kFullDecoderFile, error) && fs::exists(location / kLightDecoderFile, error);
  const char* full = light ? kLightDecoderFile : kFullDecoderFile;
  return {location / kTransformerFile,
          location / kProjectorFile,
          location / kPromptFile,
          location / (tiny ? kTinyDecoderFile : full),
          "",
          ""};
}

// float32 [tokens, text width] out of [1, tokens, text width].
Result<at::Tensor> load_prompt(const Parts& parts, const WeightFile& file, c10::Device device) {
  const auto view = file.tensors().find(parts.prompt_key);
  const std::string name = parts.prompt.filename().string();
  if (view == file.tensors().end() || view->second.shape.size() != 3 || view->second.shape[0] != 1 ||
      !is_stored_whole(view->second)) {
    return fail(
        ErrorKind::kBadModel,
        "The prompt in " + name + " cannot be used: one tensor of the shape [1, tokens, width] is expected.",
        parts.prompt.string());
  }
  auto tensors = WeightBinder(file, "").take({{parts.prompt_key, view->second.shape}}, device);
  if (!tensors) {
    return fail(ErrorKind::kBadModel,
                "The prompt in " + name +
                    " cannot be used: it holds NaN or infinity, as files of some PyTorch "
                    "versions do; take the published file again.",
                tensors.error().detail);
  }
  return tensors->begin()->second.squeeze(0);
}

bool has_prefix(const WeightFile& file, const std::string& prefix) {
  const auto first = file.tensors().lower_bound(prefix);
  return first != file.tensors().end() && first->first.starts_with(prefix);
}

// Of a file's decoders, by what each is made to enlarge by. Where there is none, loading the one for any
// scale says what is missing.
std::map<int, std::string> decoder_prefixes(const Parts& parts, const WeightFile& file) {
  std::map<int, std::string> prefixes;
  if (parts.decoder_prefix == kTinyPrefix) {
    for (int scale = 1; scale <= kLargestScale; ++scale) {
      const std::string prefix = "tc" + std::to_string(scale) + ".";
      if (has_prefix(file, prefix)) prefixes[scale] = prefix;
    }
  }
  if (prefixes.empty() || has_prefix(file, parts.decoder_prefix)) prefixes[0] = parts.decoder_prefix;
  return prefixes;
}

Result<FlashVsrModel::Decoders> load_decoders(const Parts& parts, const WeightFile& file, Decoder decoder,
                                              c10::Device device, c10::ScalarType type) {
  const auto load = decoder == Decoder::kTiny ? load_tc_decoder : load_wan_decoder;
  FlashVsrModel::Decoders decoders;
  for (const auto& [scale, prefix] : decoder_prefixes(parts, file)) {
    auto loaded = load(WeightBinder(file, prefix), device, type);
    if (!loaded) return tl::unexpected(loaded.error());
    decoders[scale] = std::move(*loaded);
  }
  return decoders;
}

}  // namespace

std::uint64_t FlashVsrModel::bytes() const {
  std::uint64_t bytes = projector.bytes() + transformer.bytes();
  for (const auto& [scale, decoder] : decoders) bytes += decoder->bytes();
  return bytes;
}

int FlashVsrModel::decoder_for(double scale) const {
  const auto above = decoders.upper_bound(static_cast<int>(scale));
  return above == decoders.begin() ? above->first : std::prev(above)->first;
}

Result<ModelKey> flashvsr_key(const fs::path& location, Decoder decoder, c10::Device device,
                              c10::ScalarType type) {
  if (const auto found = FileIdentity::of(location); !found) return tl::unexpected(found.error());
  ModelKey key{{}, device, type, decoder == Decoder::kTiny ? "flashvsr tiny" : "flashvsr full"};
  const Parts parts = find_parts(location, decoder);
  for (const fs::path* path : parts.files()) {
    const auto file = FileIdentity::of(*path);
    if (!file && file.error().kind == ErrorKind::kNotFound) {
      return fail(ErrorKind::kNotFound,
                  "The FlashVSR model in " + location.string() + " has no file " + path->filename().string() +
                      ": put the published file there, or set model-location to a folder that has it.",
                  file.error().detail);
    }
    if (!file) return tl::unexpected(file.error());
    if (key.files.empty() || key.files.back() != *file) key.files.push_back(*file);
  }
  return key;
}

Result<std::shared_ptr<const FlashVsrModel>> load_flashvsr(const fs::path& location, Decoder decoder,
                                                           c10::Device device, c10::ScalarType type) {
  const Parts parts = find_parts(location, decoder);
  std::map<fs::path, WeightFile> files;
  for (const fs::path* path : parts.files()) {
    if (files.contains(*path)) continue;
    auto file = WeightFile::open(*path);
    if (!file) return tl::unexpected(file.error());
    files.emplace(*path, std::move(*file));
  }
  const bool one_file = files.size() == 1;
  const auto binder = [&](const fs::path& path, const char* prefix) {
    return WeightBinder(files.at(path), one_file ? prefix : "");
  };
  const auto prompt = load_prompt(parts, files.at(parts.prompt), device);
  if (!prompt) return tl::unexpected(prompt.error());
  auto transformer = Transformer::load(binder(parts.transformer, "dit."), *prompt, device, type);
  if (!transformer) return tl::unexpected(transformer.error());
  auto projector =
      Projector::load(binder(parts.projector, "projector."), transformer->shape().dim, device, type);
  if (!projector) return tl::unexpected(projector.error());
  auto decoders = load_decoders(parts, files.at(parts.decoder), decoder, device, type);
  if (!decoders) return tl::unexpected(decoders.error());
  auto model =
      std::make_shared<FlashVsrModel>(std::move(*projector), std::move(*transformer), std::move(*decoders));
  model->full = decoder == Decoder::kFull;
  model->version = recognise_version(files.at(parts.transformer), parts.projector);
  return model;
}

}  // namespace videoenhance
