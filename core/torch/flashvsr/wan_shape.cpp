#include "core/torch/flashvsr/wan_decoder.h"

namespace videoenhance {
namespace {

constexpr const char* kFirst = "decoder.conv1.weight";
constexpr const char* kUnpack = "conv2.weight";

tl::unexpected<Error> refuse(const std::string& file, const std::string& trouble, const std::string& detail) {
  return fail(ErrorKind::kBadModel,
              "The weights " + file + " cannot be used as full decoder: " + trouble +
                  " Use Wan2.1_VAE.pth or lightvaew2_1.pth.",
              detail);
}

void add_layer(ShapesByKey& shapes, const std::string& name, Shape weight) {
  shapes[name + ".bias"] = {weight[0]};
  shapes[name + ".weight"] = std::move(weight);
}

void add_residual(ShapesByKey& shapes, const std::string& name, std::int64_t inputs, std::int64_t outputs) {
  shapes[name + ".residual.0.gamma"] = {inputs, 1, 1, 1};
  add_layer(shapes, name + ".residual.2", {outputs, inputs, 3, 3, 3});
  shapes[name + ".residual.3.gamma"] = {outputs, 1, 1, 1};
  add_layer(shapes, name + ".residual.6", {outputs, outputs, 3, 3, 3});
  if (inputs != outputs) add_layer(shapes, name + ".shortcut", {outputs, inputs, 1, 1, 1});
}

void add_stage(ShapesByKey& shapes, const std::string& prefix, const WanShape& shape, int stage) {
  const std::int64_t channels = shape.channels(stage);
  const auto name = [&](int layer) {
    return prefix + "decoder.upsamples." + std::to_string(4 * stage + layer);
  };
  for (int block = 0; block < 3; ++block)
    add_residual(shapes, name(block), block == 0 ? shape.inputs(stage) : channels, channels);
  if (stage == WanShape::kStages - 1) return;
  add_layer(shapes, name(3) + ".resample.1", {channels / 2, channels, 3, 3});
  if (WanShape::doubles_time(stage))
    add_layer(shapes, name(3) + ".time_conv", {2 * channels, channels, 3, 1, 1});
}

}  // namespace

Result<WanShape> WanShape::read(const ShapesByKey& shapes, const std::string& file) {
  WanShape shape;
  for (const char* prefix : {"", "model.", "model_state.", "model_state.model."}) {
    if (shapes.contains(std::string(prefix) + kFirst)) shape.prefix = prefix;
  }
  const auto first = shapes.find(shape.prefix + kFirst), unpack = shapes.find(shape.prefix + kUnpack);
  for (const auto& [entry, key] : {std::pair{first, kFirst}, std::pair{unpack, kUnpack}}) {
    if (entry == shapes.end() || entry->second.size() != 5 || entry->second[0] < 1)
      return refuse(file, shape.prefix + key + " is missing or no 3-D convolution.", key);
  }
  if (const std::int64_t latents = unpack->second[0]; latents != kLatents) {
    return refuse(file,
                  shape.prefix + kUnpack + " says latents of " + std::to_string(latents) + " channels" +
                      (latents == 48 ? ", those of Wan 2.2" : "") + "; FlashVSR's have 16.",
                  kUnpack);
  }
  shape.width = first->second[0] / 4;
  return shape;
}

ShapesByKey WanShape::expected_shapes() const {
  ShapesByKey shapes;
  const std::int64_t top = channels(0);
  const std::string decoder = prefix + "decoder.";
  add_layer(shapes, prefix + "conv2", {kLatents, kLatents, 1, 1, 1});
  add_layer(shapes, decoder + "conv1", {top, kLatents, 3, 3, 3});
  add_residual(shapes, decoder + "middle.0", top, top);
  shapes[decoder + "middle.1.norm.gamma"] = {top, 1, 1};
  add_layer(shapes, decoder + "middle.1.to_qkv", {3 * top, top, 1, 1});
  add_layer(shapes, decoder + "middle.1.proj", {top, top, 1, 1});
  add_residual(shapes, decoder + "middle.2", top, top);
  for (int stage = 0; stage < kStages; ++stage) add_stage(shapes, prefix, *this, stage);
  shapes[decoder + "head.0.gamma"] = {width, 1, 1, 1};
  add_layer(shapes, decoder + "head.2", {3, width, 3, 3, 3});
  return shapes;
}

}  // namespace videoenhance
