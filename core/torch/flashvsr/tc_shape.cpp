#include "core/torch/flashvsr/tc_shape.h"

#include <algorithm>

#include "core/torch/flashvsr/tc_layers.h"

namespace videoenhance {
namespace {

tl::unexpected<Error> refuse(const std::string& file, const std::string& trouble, const std::string& detail) {
  return fail(ErrorKind::kBadModel,
              "The tiny decoder's weights " + file + " cannot be used: " + trouble +
                  " Use FlashVSR's own TCDecoder.ckpt.",
              detail);
}

// Why a first layer that reads `inputs` channels does not fit.
std::string misfit(std::int64_t inputs) {
  const std::string own = "; FlashVSR's latents have 16.";
  constexpr std::int64_t kWan22 = 48, kHunyuan = 32;
  for (const std::int64_t condition : {std::int64_t{0}, TcShape::kCondition}) {
    if (inputs == condition + kWan22)
      return "decoder.1.weight reads latents of 48 channels, those of Wan 2.2" + own;
    if (inputs == condition + kHunyuan)
      return "decoder.1.weight reads latents of 32 channels, those of HunyuanVideo 1.5" + own;
  }
  if (inputs == TcShape::kLatents) {
    return "decoder.1.weight reads latents alone, so this is a plain TAEHV (such as taew2_1), which is not "
           "conditioned on the input.";
  }
  return "decoder.1.weight reads a condition of " + std::to_string(inputs - TcShape::kLatents) +
         " channels besides the latents instead of " + std::to_string(TcShape::kCondition) + ".";
}

void add_convolution(ShapesByKey& shapes, const std::string& name, std::int64_t outputs, std::int64_t inputs,
                     bool bias) {
  shapes[name + ".weight"] = {outputs, inputs, 3, 3};
  if (bias) shapes[name + ".bias"] = {outputs};
}

}  // namespace

Result<TcShape> TcShape::read(const ShapesByKey& shapes, const std::string& file) {
  TcShape shape{};
  for (std::size_t i = 0; i < kTcWidthLayers.size(); ++i) {
    const std::string key = tc_key(kTcWidthLayers[i]);
    const auto entry = shapes.find(key);
    if (entry == shapes.end() || entry->second.size() != 4 || entry->second[0] < 1)
      return refuse(file, key + " is missing or no convolution.", key);
    if (i == 0 && entry->second[1] != kCondition + kLatents)
      return refuse(file, misfit(entry->second[1]), key);
    shape.widths[i] = entry->second[0];
  }
  for (std::size_t i = 0; i < kTcGrowthLayers.size(); ++i) {
    shape.grown[i] = kTcGrowthSteps[i] * shape.widths[i];
    const auto entry = shapes.find(tc_key(kTcGrowthLayers[i], ".conv.weight"));
    if (entry != shapes.end() && !entry->second.empty())
      shape.grown[i] = std::max(shape.grown[i], entry->second[0]);
  }
  return shape;
}

ShapesByKey TcShape::expected_shapes() const {
  ShapesByKey shapes;
  add_convolution(shapes, tc_key(1, ""), widths[0], kCondition + kLatents, true);
  add_convolution(shapes, tc_key(3, ""), widths[0], widths[0], false);
  for (std::size_t level = 0; level < kTcFirstBlocks.size(); ++level) {
    const std::int64_t width = widths[level];
    for (int block = kTcFirstBlocks[level]; block < kTcFirstBlocks[level] + 3; ++block) {
      add_convolution(shapes, tc_key(block, ".conv.0"), width, 2 * width, true);
      add_convolution(shapes, tc_key(block, ".conv.2"), width, width, true);
      add_convolution(shapes, tc_key(block, ".conv.4"), width, width, true);
    }
    shapes[tc_key(kTcGrowthLayers[level], ".conv.weight")] = {grown[level], width, 1, 1};
    add_convolution(shapes, tc_key(kTcWidthLayers[level + 1], ""), widths[level + 1], width, false);
  }
  add_convolution(shapes, tc_key(24, ""), widths[3], widths[3], false);
  add_convolution(shapes, tc_key(26, ""), 3, widths[3], true);
  return shapes;
}

}  // namespace videoenhance
