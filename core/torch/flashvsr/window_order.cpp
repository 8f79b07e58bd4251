#include "core/torch/flashvsr/window_order.h"

namespace videoenhance {

at::Tensor to_windows(const at::Tensor& x) {
  const std::int64_t f = x.size(0), h = x.size(1), w = x.size(2);
  return x
      .reshape({f / kWindowFrames, kWindowFrames, h / kWindowSide, kWindowSide, w / kWindowSide, kWindowSide,
                x.size(3)})
      .permute({0, 2, 4, 1, 3, 5, 6})
      .reshape({f * h * w, x.size(3)});
}

at::Tensor from_windows(const at::Tensor& tokens, std::int64_t f, std::int64_t h, std::int64_t w) {
  return tokens
      .reshape({f / kWindowFrames, h / kWindowSide, w / kWindowSide, kWindowFrames, kWindowSide, kWindowSide,
                tokens.size(1)})
      .permute({0, 3, 1, 4, 2, 5, 6})
      .reshape({f, h, w, tokens.size(1)});
}

}  // namespace videoenhance
