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

// History of one stream or tile. Undefined tensors before the first clip.
struct ProjectorState {
  bool started = false;
  std::array<at::Tensor, 2> last_two;  // of the inputs of the two convolutions, [C,2,h,w]
};

class Projector {
 public:
  // Errors: kBadModel, naming file and key. `dim` is the transformer's width.
  static Result<Projector> load(const WeightBinder& weights, int dim, c10::Device device,
                                c10::ScalarType type);

  // clip: float32 [3,T,H,W] in [-1,1], T = 1 for the stream's first frame and 4 after it. The first clip
  // fills the history and gives nothing; each later one gives tokens [h*w,dim] for every linear layer. Uses
  // the old history, then replaces it.
  std::optional<std::vector<at::Tensor>> push(ProjectorState& state, const at::Tensor& clip,
                                              ProjectorCache cache) const;

  std::uint64_t bytes() const;
  // Bytes of a stream's history for a frame of H x W pixels.
  std::uint64_t state_bytes(std::int64_t height, std::int64_t width) const;

 private:
  struct Stage {
    at::Tensor weight, bias, gamma;
  };
  at::Tensor convolve(const Stage& stage, at::Tensor history, const at::Tensor& x) const;

  std::array<Stage, 2> stages_;
  std::vector<std::pair<at::Tensor, at::Tensor>> linear_;  // weight [dim,hidden], bias [dim]
  c10::ScalarType type_ = c10::kFloat;
};

}  // namespace videoenhance
