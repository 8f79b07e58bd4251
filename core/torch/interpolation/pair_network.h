// What every network that draws a frame between two others offers to the pair engine.
#pragma once

#include "core/engine/engine.h"
#include "core/torch/runtime/model_registry.h"

namespace videoenhance {

// A frame as its network wants it: padded, on the device, with what the network derives from this frame
// alone. It serves as right frame of one pair and as left frame of the next.
struct PreparedFrame {
  at::Tensor image;                  // float32 [1,C,Hp,Wp], clamped to [0,1]; C is 3, or 4 with alpha
  std::vector<at::Tensor> features;  // float32 [1,E,h,w] or undefined; which and how many is up to the network
  std::int64_t height = 0;
  std::int64_t width = 0;

  std::uint64_t bytes() const;
};

class PairNetwork : public Model {
 public:
  virtual std::string name() const = 0;

  // Errors: kBadSettings for options that this network does not have.
  virtual Status check(const InterpolationOptions& options) const = 0;

  // Estimate of the largest amount of memory in use while a frame of this size is made, without weights.
  virtual std::uint64_t work_bytes(int width, int height, const InterpolationOptions& options) const = 0;

  // frame: float32 [1,C,H,W] on the network's device.
  virtual PreparedFrame prepare(const at::Tensor& frame, const InterpolationOptions& options) const = 0;

  // The frame at `time` in (0,1), float32 [1,C,H,W] in [0,1]. Errors: those of a noise file.
  virtual Result<at::Tensor> between(const PreparedFrame& left, const PreparedFrame& right, double time,
                                     const InterpolationOptions& options) const = 0;
};

// Recognises the network in a weight file by its keys and shapes, and loads it. Convolutions compute in
// `type`. Errors: kNotFound, kUnreadable, kBadModel.
Result<std::shared_ptr<const PairNetwork>> load_pair_network(const std::filesystem::path& path,
                                                             c10::Device device, c10::ScalarType type);

}  // namespace videoenhance
