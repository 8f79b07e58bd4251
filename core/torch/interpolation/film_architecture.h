// The structure of a FILM network, read off the names and shapes of its weights (section B of the
// interpolation notes). One structure is published, in two layouts of names.
#pragma once

#include <array>
#include <string>

#include "core/engine/result.h"
#include "core/torch/binding/tensor_shapes.h"

namespace videoenhance {

struct FilmArchitecture {
  // Version 1.0.0 names layers without activation one level higher than later versions.
  enum class Layout { kNested, kBare };

  static constexpr int kLevels = 7;         // of the pyramids; level i has 1/2^i of the resolution
  static constexpr int kFusedLevels = 5;    // those that are warped and fused
  static constexpr int kStages = 4;         // of the extractor
  static constexpr int kStageLayers = 2;    // convolutions of a stage
  static constexpr int kFlowLayers = 5;     // convolutions of a flow predictor
  static constexpr int kFusionLayers = 3;   // convolutions that fuse one level
  static constexpr int kSharedFlow = 3;     // from this level on all use one flow predictor
  static constexpr int kMultiple = 1 << 6;  // of which width and height are, so that every level halves

  Layout layout = Layout::kNested;
  std::array<int, kStages> stages{};           // channels of the extractor's stages
  std::array<int, kSharedFlow + 1> flow{};     // channels of the predictors of levels 0, 1, 2 and 3 to 6
  std::array<int, kFusedLevels - 1> fusion{};  // channels of the fused levels 0 to 3

  // Channels of the features of a level: those of this stage, and of those before, from finer levels.
  int features(int level) const;
  // Channels of both pictures, their features and both flows, all warped.
  int aligned(int level) const { return 2 * (3 + features(level) + 2); }
  // Channels that a fused level takes from the level below it.
  int below(int level) const { return level + 2 < kFusedLevels ? fusion[level + 1] : aligned(level + 1); }
  // Published versions with this layout, such as "1.0.1|1.0.2".
  std::string family() const;

  // What the names of a layer's weight and bias begin with.
  std::string stage_layer(int stage, int layer) const;
  std::string flow_layer(int level, int layer) const;
  std::string fusion_layer(int level, int layer) const;

  // {key: shape} of every tensor that the network uses.
  ShapesByKey expected_shapes() const;

  // Whether the names are those of FILM, complete or not.
  static bool resembles(const ShapesByKey& shapes);
  // Errors: kBadModel for anything that is not FILM; `file` names it.
  static Result<FilmArchitecture> read(const ShapesByKey& shapes, const std::string& file);
};

}  // namespace videoenhance
