#include "tests/torch/flashvsr_networks.h"

#include <cmath>
#include <cstring>
#include <fstream>

#include "core/torch/binding/weight_binder.h"
#include "tests/core/weights/file_writers.h"

namespace videoenhance {
namespace {

bool ends_with_any(const std::string& key, std::initializer_list<const char*> ends) {
  for (const char* end : ends) {
    if (key.ends_with(end)) return true;
  }
  return false;
}

at::Tensor float_values(const TensorView& view) {
  const auto type = view.type == DataType::kBFloat16 ? c10::kBFloat16
                    : view.type == DataType::kUint8  ? c10::kByte
                                                     : c10::kFloat;
  at::Tensor tensor = at::empty(view.shape, at::TensorOptions().dtype(type));
  std::memcpy(tensor.data_ptr(), view.data, view.extent);
  return tensor;
}

Networks wide() {
  constexpr int kDim = 256, kFirst = 6, kSecond = 10;
  ShapesByKey projector = {{"conv1.weight", {kFirst, 768, 4, 3, 3}},
                           {"conv1.bias", {kFirst}},
                           {"norm1.gamma", {kFirst, 1, 1, 1}},
                           {"conv2.weight", {kSecond, kFirst, 4, 3, 3}},
                           {"conv2.bias", {kSecond}},
                           {"norm2.gamma", {kSecond, 1, 1, 1}},
                           {"linear_layers.0.weight", {kDim, kSecond}},
                           {"linear_layers.0.bias", {kDim}},
                           {"linear_layers.1.weight", {kDim, kSecond}},
                           {"linear_layers.1.bias", {kDim}}};
  const TransformerShape shape{kDim, 192, 2, 24, 16};
  return {drawn_weights(100, projector), drawn_weights(200, shape.expected_shapes()), drawn(300, {12, 24}),
          shape};
}

Networks miniature() {
  const auto file = WeightFile::open(flashvsr_folder() / "miniature.safetensors");
  Networks networks;
  for (const auto& [key, view] : file->tensors()) {
    const at::Tensor tensor = float_values(view).to(c10::kFloat);
    if (key.starts_with("projector.")) networks.projector[key.substr(10)] = tensor;
    if (key.starts_with("dit.")) networks.transformer[key.substr(4)] = tensor;
    if (key == "prompt") networks.prompt = tensor[0];
  }
  networks.shape =
      TransformerShape::read(WeightBinder(*file, "dit.").shapes(), "miniature.safetensors").value();
  return networks;
}

}  // namespace

std::filesystem::path flashvsr_folder() {
  return std::filesystem::path(VIDEOENHANCE_GOLDENS) / "flashvsr";
}

nlohmann::json networks_manifest() {
  std::ifstream file(flashvsr_folder() / "networks.json");
  return nlohmann::json::parse(file);
}

void PrintTo(const NetworksCase& c, std::ostream* out) {
  *out << c.name;
}

std::vector<NetworksCase> networks_cases() {
  std::vector<NetworksCase> cases;
  const auto manifest = networks_manifest();
  for (const auto& entry : manifest["cases"]) {
    NetworksCase c{entry["name"],
                   entry["model"],
                   entry["width"],
                   entry["height"],
                   entry["cache"] == "own" ? ProjectorCache::kOwn : ProjectorCache::kPrevious,
                   entry["seed"],
                   {}};
    for (const auto& s : entry["settings"]) c.settings.push_back({s[0], s[1], s[2]});
    cases.push_back(c);
  }
  return cases;
}

at::Tensor drawn(std::uint64_t seed, const Shape& shape) {
  at::Tensor tensor = at::empty(shape, at::kFloat);
  float* values = tensor.mutable_data_ptr<float>();
  for (std::int64_t i = 0; i < tensor.numel(); ++i) {
    auto x = static_cast<std::uint32_t>(static_cast<std::uint64_t>(i) + seed * 0x9E3779B9u);
    x = (x ^ (x >> 16)) * 0x85EBCA6Bu;
    x = (x ^ (x >> 16)) * 0xC2B2AE35u;
    x = (x ^ (x >> 16)) >> 8;
    values[i] = static_cast<float>(x) / 8388608.0f - 1.0f;
  }
  return tensor;
}

at::Tensor read_golden(const std::string& file, const std::string& key) {
  const auto golden = WeightFile::open(flashvsr_folder() / (file + ".golden"));
  return float_values(golden->tensors().at(key));
}

TensorsByKey drawn_weights(std::uint64_t seed, const ShapesByKey& shapes) {
  TensorsByKey weights;
  for (const auto& [key, shape] : shapes) {
    const at::Tensor x = drawn(seed++, shape);
    const double inputs = static_cast<double>(x.numel() / shape[0]);
    const bool norm = key.find("norm") != std::string::npos && ends_with_any(key, {"weight", "gamma"});
    if (norm) {
      weights[key] = x * 0.25 + 1;
    } else if (ends_with_any(key, {"bias", "modulation"})) {
      weights[key] = x * 0.25;
    } else {
      weights[key] = x * static_cast<double>(static_cast<float>(2 / std::sqrt(inputs)));
    }
  }
  return weights;
}

Networks load_networks(const std::string& model) {
  return model == "wide" ? wide() : miniature();
}

Transformer make_transformer(const Networks& networks, c10::ScalarType type) {
  return Transformer(networks.shape, networks.transformer, networks.prompt, type);
}

at::Tensor drawn_clip(std::uint64_t seed, std::int64_t index, std::int64_t height, std::int64_t width) {
  std::vector<at::Tensor> frames;
  for (std::int64_t frame = index == 0 ? 0 : 4 * index - 3; frame <= 4 * index; ++frame)
    frames.push_back(drawn(seed + static_cast<std::uint64_t>(frame), {3, height, width}));
  return at::stack(frames, 1);
}

std::string safetensors_of(const TensorsByKey& tensors) {
  nlohmann::json header;
  std::string data;
  for (const auto& [key, tensor] : tensors) {
    const std::size_t begin = data.size();
    data.append(static_cast<const char*>(tensor.contiguous().const_data_ptr()), tensor.nbytes());
    header[key] = {{"dtype", "F32"}, {"shape", tensor.sizes().vec()}, {"data_offsets", {begin, data.size()}}};
  }
  return safetensors_file(header.dump(), data);
}

double relative_difference(const at::Tensor& result, const at::Tensor& expected) {
  if (result.sizes() != expected.sizes()) return INFINITY;
  return ((result.to(c10::kFloat) - expected).abs().max() / expected.abs().max()).item<double>();
}

at::Tensor drawn_noise(std::uint64_t seed, std::int64_t first, std::int64_t count, std::int64_t height,
                       std::int64_t width) {
  std::vector<at::Tensor> latents;
  for (std::int64_t latent = first; latent < first + count; ++latent)
    latents.push_back(drawn(seed + static_cast<std::uint64_t>(latent), {16, height / 8, width / 8}));
  return at::stack(latents, 1);
}

}  // namespace videoenhance
