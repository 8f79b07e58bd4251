// The layers that TLBVFI's parts are made of, addressed by the names of their weights (sections C.3 to C.5 of
// the interpolation notes). A clip is [1,C,F,H,W]; its frames as a batch are [F,C,H,W].
#pragma once

#include <initializer_list>

#include "core/torch/binding/weight_binder.h"

namespace videoenhance {

class TlbvfiLayers {
 public:
  // tensors: float32, under the keys of TlbvfiArchitecture::expected_shapes(). The decoder's 2-D
  // convolutions, which no decision depends on, compute in `type`; everything else in float32. All results
  // are float32.
  TlbvfiLayers(TensorsByKey tensors, c10::ScalarType type);

  std::uint64_t bytes() const;

  const at::Tensor& operator[](const std::string& key) const { return tensors_.at(key); }

  // Without a padding, "same".
  at::Tensor conv2d(const std::string& name, const at::Tensor& x, int stride = 1, int padding = -1,
                    std::int64_t groups = 1) const;
  at::Tensor conv3d(const std::string& name, const at::Tensor& x) const;
  at::Tensor conv3d(const std::string& name, const at::Tensor& x, at::IntArrayRef padding) const;
  // Convolutions name.i, each followed by the PReLU name.(i+1).
  at::Tensor conv_prelu(const std::string& name, at::Tensor x, std::initializer_list<int> indices = {0},
                        int stride = 1) const;
  at::Tensor linear(const std::string& name, const at::Tensor& x) const;
  at::Tensor group_norm(const std::string& name, const at::Tensor& x, std::int64_t groups = 4,
                        double epsilon = 1e-6) const;
  at::Tensor layer_norm(const std::string& name, const at::Tensor& x) const;

  // Normalisation, swish and convolution, twice, and a shortcut.
  at::Tensor residual2d(const std::string& name, const at::Tensor& x) const;
  // The same on a clip; the second normalisation sees frames one by one. padding: of the second convolution;
  // 0 in time makes one frame of three.
  at::Tensor residual3d(const std::string& name, const at::Tensor& clip,
                        at::IntArrayRef padding = {1, 1, 1}) const;
  // Each position of a clip attends to all others, of all frames.
  at::Tensor clip_attention(const std::string& name, const at::Tensor& clip) const;
  // Attention within contiguous windows of 8x8, then among 8x8 positions spread over the picture. Keys and
  // values come from `context` where there is one, of the size of x.
  at::Tensor window_attention(const std::string& name, at::Tensor x, const at::Tensor& context = {}) const;

 private:
  at::Tensor attend_in_windows(const std::string& name, const at::Tensor& tokens,
                               const at::Tensor& context) const;
  at::Tensor bias(const std::string& name) const;
  void fold_batch_norms();

  TensorsByKey tensors_;
  at::Tensor bias_rows_;  // [64*64], of rel_pos_bias for each pair of positions in a window
};

at::Tensor to_frames(const at::Tensor& clip);
at::Tensor to_clip(const at::Tensor& frames);

// softmax(q k^T * scale) v for [1,C,N] values of N tokens.
at::Tensor attend(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, double scale);

}  // namespace videoenhance
