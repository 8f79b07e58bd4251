#include "core/torch/flashvsr/upsampling.h"

#include "core/torch/flashvsr/pixel_order.h"
#include "core/torch/flashvsr/plain_memory.h"
#include "core/torch/kernels/convolution.h"
#include "core/torch/runtime/stage.h"

namespace videoenhance {
namespace {

constexpr std::int64_t kRowsOfATask = 8;

// The three taps along a dimension become two: at phase 0 the last two see the same small pixel, at phase 1
// the first two.
at::Tensor merge_taps(const at::Tensor& weight, std::int64_t dimension, int phase) {
  const auto tap = [&](std::int64_t index) { return weight.narrow(dimension, index, 1); };
  return phase == 0 ? at::cat({tap(0), tap(1) + tap(2)}, dimension)
                    : at::cat({tap(0) + tap(1), tap(2)}, dimension);
}

// y: [n,4*O,h+1,w+1], out: [n,h,2,w,2,O].
void interleave_reference(const at::Tensor& y, const at::Tensor& out) {
  const std::int64_t height = out.size(1), width = out.size(3), channels = out.size(5);
  for (const std::int64_t row : {0, 1}) {
    for (const std::int64_t column : {0, 1}) {
      const at::Tensor part = y.narrow(1, (2 * row + column) * channels, channels)
                                  .narrow(2, row, height)
                                  .narrow(3, column, width);
      out.select(4, column).select(2, row).copy_(part.permute({0, 2, 3, 1}));
    }
  }
}

// The same on the CPU, in the order in which memory lies: the channels of a pixel are few, and LibTorch's
// copy takes longer to find them than to copy them.
void interleave(const at::Tensor& y, const at::Tensor& out) {
  const std::int64_t height = out.size(1), width = out.size(3), pixel = out.size(5) * y.element_size(),
                     wide = 4 * pixel;
  const KernelScope kernel("interleave", {y, out});
  const auto* in = static_cast<const char*>(y.const_data_ptr());
  auto* target = static_cast<char*>(out.mutable_data_ptr());
  at::parallel_for(0, out.size(0) * 2 * height, kRowsOfATask, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t line = begin; line < end; ++line) {
      const std::int64_t row = line % 2, picture = line / (2 * height);
      const char* from = in + (line / 2 + picture + row) * (width + 1) * wide + 2 * row * pixel;
      char* to = target + line * 2 * width * pixel;
      for (std::int64_t x = 0; x < width; ++x, from += wide, to += 2 * pixel) {
        copy_bytes(to, from, pixel);
        copy_bytes(to + pixel, from + wide + pixel, pixel);
      }
    }
  });
}

// One convolution with a border of one pixel has the results of all phases: phase 0 begins at its first row
// or column, phase 1 at its second. y: [n,4*O,h+1,w+1]; gives [n,O,2*h,2*w].
at::Tensor in_places(const at::Tensor& y) {
  const std::int64_t channels = y.size(1) / 4, height = y.size(2) - 1, width = y.size(3) - 1;
  const at::Tensor out = at::empty({y.size(0), height, 2, width, 2, channels}, y.options());
  if (has_plain_memory(y) && y.is_contiguous(at::MemoryFormat::ChannelsLast)) {
    interleave(y, out);
  } else {
    interleave_reference(y, out);
  }
  return out.view({y.size(0), 2 * height, 2 * width, channels}).permute({0, 3, 1, 2});
}

}  // namespace

at::Tensor phase_weights(const at::Tensor& weight) {
  std::vector<at::Tensor> phases;
  for (const int row : {0, 1}) {
    for (const int column : {0, 1}) phases.push_back(merge_taps(merge_taps(weight, 2, row), 3, column));
  }
  return at::cat(phases);
}

at::Tensor upsample_convolve(const at::Tensor& x, const at::Tensor& phases, const at::Tensor& bias) {
  return in_places(at::conv2d(x, phases, bias.defined() ? bias.repeat(4) : at::Tensor(), 1, 1));
}

at::Tensor upsample_convolve_relu(const at::Tensor& x, const ConvolutionWeight& phases) {
  return in_places(convolve_relu(x, phases, {}));
}

at::Tensor upsample_convolve_reference(const at::Tensor& x, const at::Tensor& weight,
                                       const at::Tensor& bias) {
  return at::conv2d(x.repeat_interleave(2, 2).repeat_interleave(2, 3), weight, bias, 1, 1);
}

}  // namespace videoenhance
