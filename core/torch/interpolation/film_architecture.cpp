#include "core/torch/interpolation/film_architecture.h"

#include <algorithm>

namespace videoenhance {
namespace {

constexpr std::int64_t kMostChannels = 65536;

std::string number(int value) {
  return std::to_string(value);
}

void add_convolution(ShapesByKey& shapes, const std::string& key, int outputs, int inputs, int size) {
  shapes[key + ".weight"] = {outputs, inputs, size, size};
  shapes[key + ".bias"] = {outputs};
}

void add_flow_predictor(ShapesByKey& shapes, const FilmArchitecture& arch, int level) {
  const int width = arch.flow[level];
  for (int layer = 0; layer < 3; ++layer)
    add_convolution(shapes, arch.flow_layer(level, layer), width,
                    layer == 0 ? 2 * arch.features(level) : width, 3);
  add_convolution(shapes, arch.flow_layer(level, 3), width / 2, width, 1);
  add_convolution(shapes, arch.flow_layer(level, 4), 2, width / 2, 1);
}

void add_fusion(ShapesByKey& shapes, const FilmArchitecture& arch, int level) {
  const int width = arch.fusion[level];
  add_convolution(shapes, arch.fusion_layer(level, 0), width, arch.below(level), 2);
  add_convolution(shapes, arch.fusion_layer(level, 1), width, arch.aligned(level) + width, 3);
  add_convolution(shapes, arch.fusion_layer(level, 2), width, width, 3);
}

// Output channels of a layer; 0 if its weight is missing or no convolution's.
int outputs_of(const ShapesByKey& shapes, const std::string& key) {
  const auto entry = shapes.find(key + ".weight");
  if (entry == shapes.end() || entry->second.size() != 4) return 0;
  const std::int64_t outputs = entry->second[0];
  return outputs >= 1 && outputs <= kMostChannels ? static_cast<int>(outputs) : 0;
}

tl::unexpected<Error> incomplete(const std::string& file, const std::string& key) {
  return fail(ErrorKind::kBadModel, "The weights " + file + " are no complete FILM network: " + key +
                                        ".weight is missing or has no shape of FILM.");
}

}  // namespace

int FilmArchitecture::features(int level) const {
  int channels = 0;
  for (int stage = 0; stage <= std::min(level, kStages - 1); ++stage) channels += stages[stage];
  return channels;
}

std::string FilmArchitecture::family() const {
  return layout == Layout::kBare ? "1.0.0" : "1.0.1|1.0.2";
}

std::string FilmArchitecture::stage_layer(int stage, int layer) const {
  return "extract.extract_sublevels.convs." + number(stage) + "." + number(layer) + ".0";
}

// The published names count the predictors of single levels, and the fused levels, from coarse to fine.
std::string FilmArchitecture::flow_layer(int level, int layer) const {
  const bool bare = layout == Layout::kBare && layer == kFlowLayers - 1;
  const std::string predictor =
      level >= kSharedFlow ? "_predictor" : "_predictors." + number(kSharedFlow - 1 - level);
  return "predict_flow." + predictor + "._convs." + number(layer) + (bare ? "" : ".0");
}

std::string FilmArchitecture::fusion_layer(int level, int layer) const {
  const bool bare = layout == Layout::kBare && layer == 0;
  return "fuse.convs." + number(kFusedLevels - 2 - level) + "." + number(layer) + (bare ? "" : ".0");
}

ShapesByKey FilmArchitecture::expected_shapes() const {
  ShapesByKey shapes;
  for (int stage = 0; stage < kStages; ++stage) {
    add_convolution(shapes, stage_layer(stage, 0), stages[stage], stage == 0 ? 3 : stages[stage - 1], 3);
    add_convolution(shapes, stage_layer(stage, 1), stages[stage], stages[stage], 3);
  }
  for (int level = 0; level <= kSharedFlow; ++level) add_flow_predictor(shapes, *this, level);
  for (int level = 0; level < kFusedLevels - 1; ++level) add_fusion(shapes, *this, level);
  add_convolution(shapes, "fuse.output_conv", 3, fusion[0], 1);
  return shapes;
}

bool FilmArchitecture::resembles(const ShapesByKey& shapes) {
  return std::ranges::any_of(shapes, [](const auto& entry) {
    return entry.first.starts_with("extract.extract_sublevels.") ||
           entry.first.starts_with("predict_flow._predictor") || entry.first.starts_with("fuse.convs.");
  });
}

Result<FilmArchitecture> FilmArchitecture::read(const ShapesByKey& shapes, const std::string& file) {
  if (!resembles(shapes)) {
    return fail(ErrorKind::kBadModel, "The weights " + file + " are not a FILM network.",
                std::to_string(shapes.size()) + " tensors, none of FILM's names");
  }
  FilmArchitecture arch;
  if (shapes.contains("fuse.convs.0.0.weight")) arch.layout = Layout::kBare;
  for (int stage = 0; stage < kStages; ++stage) {
    const std::string key = arch.stage_layer(stage, 0);
    if ((arch.stages[stage] = outputs_of(shapes, key)) == 0) return incomplete(file, key);
  }
  for (int level = 0; level <= kSharedFlow; ++level) {
    const std::string key = arch.flow_layer(level, 0);
    if ((arch.flow[level] = outputs_of(shapes, key)) < 2) return incomplete(file, key);
  }
  for (int level = 0; level < kFusedLevels - 1; ++level) {
    const std::string key = arch.fusion_layer(level, 0);
    if ((arch.fusion[level] = outputs_of(shapes, key)) == 0) return incomplete(file, key);
  }
  return arch;
}

}  // namespace videoenhance
