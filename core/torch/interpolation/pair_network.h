// What every network that draws a frame between two others offers to the pair engine.
#pragma once

#include "core/engine/engine.h"
#include "core/torch/interpolation/drawing_plan.h"
#include "core/torch/runtime/model_registry.h"

namespace videoenhance {

// A frame as its network wants it: padded, on the device, with what the network derives from this frame
// alone. It serves as right frame of one pair and as left frame of the next.
struct PreparedFrame {
  at::Tensor image;                  // float32 or half [1,C,Hp,Wp], clamped to [0,1]; C is 3, or 4 with alpha
  std::vector<at::Tensor> features;  // what the network derives; may be none, and some may be undefined
  std::int64_t height = 0;           // of the frame inside `image`
  std::int64_t width = 0;
  std::int64_t top = 0;
  std::int64_t left = 0;

  // What of a padded picture [1,C,Hp,Wp] is the frame.
  at::Tensor inside(const at::Tensor& padded) const {
    return padded.narrow(2, top, height).narrow(3, left, width);
  }
  at::Tensor picture() const { return inside(image).to(at::kFloat); }
  // `image` may be a view of one of the features.
  std::uint64_t bytes() const {
    std::uint64_t sum = 0;
    bool is_view = false;
    for (const auto& tensor : features) {
      if (!tensor.defined()) continue;
      sum += tensor.nbytes();
      is_view = is_view || tensor.is_alias_of(image);
    }
    return is_view ? sum : sum + image.nbytes();
  }
};

class PairNetwork : public Model {
 public:
  virtual std::string name() const = 0;

  // The type that it computes in when it is asked for this one.
  virtual c10::ScalarType precision(c10::ScalarType asked) const { return asked; }

  // A sentence that the user should see once the model is loaded, if any.
  virtual std::string notice() const { return {}; }

  // Errors: kBadSettings for options that this network does not have.
  virtual Status check(const InterpolationOptions& options) const = 0;

  // From which frames those at these phases are drawn.
  virtual DrawingPlan plan(std::span<const double> phases) const { return direct_plan(phases); }

  // Estimate of the largest amount of memory in use while a frame of this size is made, without weights.
  virtual std::uint64_t work_bytes(int width, int height, const InterpolationOptions& options) const = 0;

  // What the user can do where that is too much.
  virtual std::string memory_remedy() const { return "lower the size of the frames"; }

  // frame: float32 [1,C,H,W] on the network's device.
  virtual PreparedFrame prepare(const at::Tensor& frame, const InterpolationOptions& options) const = 0;

  // The frame at `time` in (0,1), float32 [1,C,H,W] in [0,1]. Errors: those of a noise file.
  virtual Result<at::Tensor> between(const PreparedFrame& left, const PreparedFrame& right, double time,
                                     const InterpolationOptions& options) const = 0;
};

// Recognises the network in a weight file by its keys and shapes, and loads it. Convolutions compute in
// `type`. What is not recognised and a TorchScript module is run as the declaration beside `path` says, in
// float32. Errors: kNotFound, kUnreadable, kBadModel.
Result<std::shared_ptr<const PairNetwork>> load_pair_network(const std::filesystem::path& path,
                                                             c10::Device device, c10::ScalarType type);

}  // namespace videoenhance
