// Conditioning tokens from the upscaled input, clip by clip (section B.2 of the FlashVSR notes).
#pragma once

#include <array>
#include <optional>

#include "core/torch/binding/weight_binder.h"
#include "core/torch/pch/aten.h"

namespace videoenhance {

// Which two earlier frames each convolution sees: the previous clip's last two (as v1.1 was trained), or the
// same clip's (as v1 was released).
enum class ProjectorCache { kPrevious, kOwn };

// History of one stream or tile. Undefined tensors before the first clip, and with kOwn, which looks at no
// other clip.
struct ProjectorState {
  bool started = false;
  std::array<at::Tensor, 2> last_two;  // of the inputs of the two convolutions, [2,h,w,C]
};

class Projector {
 public:
  // Errors: kBadModel, naming file and key. `dim` is the transformer's width.
  static Result<Projector> load(const WeightBinder& weights, int dim, c10::Device device,
                                c10::ScalarType type);

  // tensors: float32, under the published keys. Convolutions and linear layers compute in `type`. The graph
  // of tensors that require a gradient is kept.
  Projector(const TensorsByKey& tensors, c10::ScalarType type);

  // clip: float32 [3,T,H,W] in [-1,1], T = 1 for the stream's first frame and 4 after it. The first clip
  // fills the history and gives nothing; each later one gives tokens [h*w,dim] for every linear layer. Uses
  // the old history, then replaces it.
  std::optional<std::vector<at::Tensor>> push(ProjectorState& state, const at::Tensor& clip,
                                              ProjectorCache cache) const;

  std::uint64_t bytes() const;
  // Bytes of a stream's history for a frame of H x W pixels.
  std::uint64_t state_bytes(std::int64_t height, std::int64_t width) const;

 private:
  // A convolution over 4 frames, of which each second one starts a window, and its norm.
  struct Stage {
    at::Tensor weight;  // [out,4*in,3,3]: the four frames lie one behind the other in the channels
    at::Tensor bias;
    at::Tensor gain;  // float32 [out]: the norm's gamma * sqrt(out)

    std::int64_t inputs() const { return weight.size(1) / 4; }
  };
  struct Linear {
    at::Tensor weight, bias;
  };

  at::Tensor convolve(const Stage& stage, const at::Tensor& maps) const;
  at::Tensor convolve_after_history(int index, ProjectorState& state, const at::Tensor& x,
                                    ProjectorCache cache) const;

  std::vector<Stage> stages_;
  std::vector<Linear> linear_;
};

}  // namespace videoenhance
