// RIFE 4.0 to 4.26 as one parametric network (section A of the interpolation notes).
#pragma once

#include "core/torch/binding/weight_binder.h"
#include "core/torch/interpolation/pair_network.h"
#include "core/torch/interpolation/rife_architecture.h"
#include "core/torch/interpolation/rife_lookup.h"
#include "core/torch/kernels/convolution.h"

namespace videoenhance {

class Rife final : public PairNetwork {
 public:
  // type: of the convolutions; flow, masks, warps and the blend are float32.
  // Errors: kBadModel, naming file and key.
  static Result<std::shared_ptr<const PairNetwork>> load(const WeightBinder& weights, c10::Device device,
                                                         c10::ScalarType type);

  // as_published: float32, under the keys of arch.expected_shapes().
  Rife(RifeArchitecture arch, const TensorsByKey& as_published, c10::ScalarType type);

  std::uint64_t bytes() const override { return bytes_; }
  std::string name() const override { return "rife " + arch_.family(); }
  Status check(const InterpolationOptions& options) const override;
  std::uint64_t work_bytes(int width, int height, const InterpolationOptions& options) const override;
  std::string memory_remedy() const override { return "lower flow-scale or the size of the frames"; }
  PreparedFrame prepare(const at::Tensor& frame, const InterpolationOptions& options) const override;
  Result<at::Tensor> between(const PreparedFrame& left, const PreparedFrame& right, double time,
                             const InterpolationOptions& options) const override;

 private:
  // A 3x3 convolution, or a 4x4 deconvolution of stride 2, and what follows it.
  struct Layer {
    ConvolutionWeight weight;
    at::Tensor bias;
    at::Tensor slopes;  // of PReLU; undefined elsewhere
  };
  struct Block {
    Layer down[2];
    std::vector<Layer> body;
    Layer last;
    std::string stage;  // what its convolutions are called where they are measured
  };
  // A pair and the time between, with everything at full resolution.
  struct Pair {
    const PreparedFrame& left;
    const PreparedFrame& right;
    double time;

    Pair mirrored() const { return {right, left, 1 - time}; }
  };
  // flow [1,4,H,W]: (dx,dy) into the left frame, then into the right one; mask [1,1,H,W] before the sigmoid;
  // carried [1,n,H,W] or undefined.
  struct Motion {
    at::Tensor flow;
    at::Tensor mask;
    at::Tensor carried;

    // As seen with the frames exchanged.
    Motion mirrored() const;
  };

  // The layer whose tensors begin with `key`. gain: [c] factor of its output channels, folded in; may be
  // undefined.
  Layer layer(const TensorsByKey& tensors, const std::string& key, const at::Tensor& gain = {});
  Block block(const TensorsByKey& tensors, int index);

  at::Tensor activated(const Layer& layer, const at::Tensor& x, int stride) const;
  at::Tensor encode(const at::Tensor& image) const;  // of networks that have an encoder
  at::Tensor body(const Block& block, const at::Tensor& input) const;
  at::Tensor run(const Block& block, at::Tensor x) const;

  // Whether everything is looked up (rife_lookup.h), or resized and warped at full size.
  bool looks_up(const at::Device& device, const InterpolationOptions& options) const;
  RifeChannels lookup_channels() const;
  c10::ScalarType pixel_type() const;
  at::Tensor looked_up(const PreparedFrame& left, const PreparedFrame& right, double time,
                       const InterpolationOptions& options) const;

  at::Tensor shuffled(const at::Tensor& result) const;
  at::Tensor block_input(const Pair& pair, const Motion* motion, double scale) const;
  Motion update(int index, const Pair& pair, const Motion* motion, double scale) const;
  Motion averaged(int index, const Motion& change, const Pair& pair, const Motion* motion,
                  double scale) const;
  Motion estimate(const Pair& pair, const InterpolationOptions& options) const;

  RifeArchitecture arch_;
  c10::ScalarType type_;
  std::vector<Layer> encoder_;
  std::vector<Block> blocks_;
  std::uint64_t bytes_ = 0;
};

}  // namespace videoenhance
