// TLBVFI: a picture between two others, drawn by diffusion in a latent space (section C of the interpolation
// notes). The network knows the middle only; other times come from repeated halving.
#pragma once

#include <mutex>

#include "core/torch/interpolation/pair_network.h"
#include "core/torch/interpolation/tlbvfi_architecture.h"
#include "core/torch/interpolation/tlbvfi_layers.h"

namespace videoenhance {

class Tlbvfi final : public PairNetwork {
 public:
  // A time is rounded to a multiple of 1 / kParts: five halvings at most.
  static constexpr int kParts = 32;

  // Errors: kBadModel, naming file and key.
  static Result<std::shared_ptr<const PairNetwork>> load(const WeightFile& file, c10::Device device,
                                                         c10::ScalarType type);

  // tensors: float32, under the keys of arch.expected_shapes().
  Tlbvfi(const TlbvfiArchitecture& arch, TensorsByKey tensors, c10::ScalarType type);

  std::uint64_t bytes() const override { return layers_.bytes(); }
  std::string name() const override { return "tlbvfi"; }
  Status check(const InterpolationOptions& options) const override;
  std::uint64_t work_bytes(int width, int height, const InterpolationOptions& options) const override;
  PreparedFrame prepare(const at::Tensor& frame, const InterpolationOptions& options) const override;
  Result<at::Tensor> between(const PreparedFrame& left, const PreparedFrame& right, double time,
                             const InterpolationOptions& options) const override;

 private:
  Result<at::Tensor> halfway(const PreparedFrame& left, const PreparedFrame& right,
                             const InterpolationOptions& options) const;
  at::Tensor flow(const PreparedFrame& left, const PreparedFrame& right,
                  const InterpolationOptions& options) const;
  at::Tensor grey_features(at::IntArrayRef size) const;

  TlbvfiArchitecture arch_;
  TlbvfiLayers layers_;
  // Features of the grey frame that stands for the unknown one: they depend on weights and size alone, and
  // cost as much as those of a frame.
  mutable std::mutex grey_mutex_;
  mutable at::Tensor grey_;
};

}  // namespace videoenhance
