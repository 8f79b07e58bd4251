// FILM, whose flow is found in the features of seven resolutions (section B of the interpolation notes).
#pragma once

#include <array>

#include "core/torch/binding/weight_binder.h"
#include "core/torch/interpolation/film_architecture.h"
#include "core/torch/interpolation/pair_network.h"

namespace videoenhance {

class Film final : public PairNetwork {
 public:
  enum class Source { kArchive, kStateDict };  // a TorchScript archive, or weights alone

  // type: of the convolutions and the features kept; flow, warps and the last layers are float32.
  // Errors: kBadModel, naming file and key.
  static Result<std::shared_ptr<const PairNetwork>> load(const WeightBinder& weights, Source source,
                                                         c10::Device device, c10::ScalarType type);

  // tensors: float32, under the keys of arch.expected_shapes(). The archive of 1.0.0 ignores the time that it
  // is given and draws the middle; then other times are reached by halving.
  Film(FilmArchitecture arch, Source source, const TensorsByKey& tensors, c10::ScalarType type);

  std::uint64_t bytes() const override { return bytes_; }
  std::string name() const override { return "film " + arch_.family(); }
  std::string notice() const override;
  DrawingPlan plan(std::span<const double> phases) const override;
  Status check(const InterpolationOptions& options) const override;
  std::uint64_t work_bytes(int width, int height, const InterpolationOptions& options) const override;
  PreparedFrame prepare(const at::Tensor& frame, const InterpolationOptions& options) const override;
  Result<at::Tensor> between(const PreparedFrame& left, const PreparedFrame& right, double time,
                             const InterpolationOptions& options) const override;

 private:
  using Arch = FilmArchitecture;
  struct Layer {
    at::Tensor weight;
    at::Tensor bias;
  };
  using Layers = std::vector<Layer>;
  // [1,2,H/2^i,W/2^i] for level i, (dx,dy) in pixels of the level.
  using Flows = std::array<at::Tensor, Arch::kFusedLevels>;

  Layer layer(const TensorsByKey& tensors, const std::string& key, c10::ScalarType type);

  // Features of a picture [1,3,H,W]: level i is [1,features(i),H/2^i,W/2^i].
  std::vector<at::Tensor> extract(const at::Tensor& picture) const;
  // Where each pixel of one frame lies in the other.
  Flows flows(const PreparedFrame& from, const PreparedFrame& to) const;
  at::Tensor flow_change(int level, const at::Tensor& one, const at::Tensor& other) const;
  // What both frames say of a level at the time between, beside the result of the level below. Channels last.
  at::Tensor fusion_input(int level, const PreparedFrame& left, const PreparedFrame& right,
                          const at::Tensor& to_left, const at::Tensor& to_right,
                          const at::Tensor& below) const;
  at::Tensor fuse(const PreparedFrame& left, const PreparedFrame& right, const Flows& to_left,
                  const Flows& to_right) const;

  Arch arch_;
  bool draws_middle_only_;
  c10::ScalarType type_;
  std::array<Layers, Arch::kStages> stages_;
  std::array<Layers, Arch::kSharedFlow + 1> predictors_;
  std::array<Layers, Arch::kFusedLevels - 1> fusion_;
  Layer output_;
  std::uint64_t bytes_ = 0;
};

}  // namespace videoenhance
