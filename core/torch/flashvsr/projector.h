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

// History of one stream or tile: of each convolution, what the last two frames that it saw give to the next
// window. Undefined tensors before the first clip, and with kOwn, which looks at no other clip.
struct ProjectorState {
  bool started = false;
  std::array<at::Tensor, 2> last_two;  // [1,out,h,w]
};

class Projector {
 public:
  // Errors: kBadModel, naming file and key. `dim` is the transformer's width.
  static Result<Projector> load(const WeightBinder& weights, int dim, c10::Device device,
                                c10::ScalarType type);

  // tensors: float32, under the published keys. Convolutions and linear layers compute in `type`. The graph
  // of tensors that require a gradient is kept.
  Projector(const TensorsByKey& tensors, c10::ScalarType type);

  // clip: [3,T,H,W] in the network's range (picture_range.h), T = 1 for the stream's first frame and 4 after
  // it. The first clip fills the history and gives nothing; each later one gives tokens [h*w,dim] for every
  // linear layer. Uses the old history, then replaces it.
  std::optional<std::vector<at::Tensor>> push(ProjectorState& state, const at::Tensor& clip,
                                              ProjectorCache cache) const;

  std::uint64_t bytes() const;
  // Bytes of a stream's history for a frame of H x W pixels.
  std::uint64_t state_bytes(std::int64_t height, std::int64_t width) const;

 private:
  // A convolution over 4 frames, of which each second one starts a window, and its norm. It is the sum of one
  // over the first two frames and one over the last two: every pair of frames is read once.
  struct Stage {
    at::Tensor
        weight;       // [2*out,2*in,3,3]: of the first pair, then of the last; two frames lie in the channels
    at::Tensor bias;  // float32 [out,1,1]
    at::Tensor gain;  // float32 [out]: the norm's gamma * sqrt(out)

    std::int64_t outputs() const { return weight.size(0) / 2; }
  };
  struct Linear {
    at::Tensor weight, bias;
  };

  at::Tensor convolve_after_history(int index, ProjectorState& state, const at::Tensor& x,
                                    ProjectorCache cache) const;

  std::vector<Stage> stages_;
  std::vector<Linear> linear_;
};

}  // namespace videoenhance
