#include "core/torch/kernels/convolution.h"

#include <c10/core/GradMode.h>

#include "core/torch/kernels/fused_operations.h"
#include "core/torch/runtime/device.h"

namespace videoenhance {
namespace {

using Text = c10::string_view;
using Scalars = c10::List<std::optional<at::Scalar>>;

using Convolve = at::Tensor(const at::Tensor&, const at::Tensor&, const std::optional<at::Tensor>&,
                            at::IntArrayRef, at::IntArrayRef, at::IntArrayRef, std::int64_t, Text, Scalars,
                            std::optional<Text>);
using ConvolveAdd = at::Tensor(const at::Tensor&, const at::Tensor&, const at::Tensor&,
                               const std::optional<at::Tensor>&, at::IntArrayRef, at::IntArrayRef,
                               at::IntArrayRef, std::int64_t, Text, std::optional<at::Scalar>,
                               std::optional<Text>, Scalars, std::optional<Text>);
using Deconvolve = at::Tensor(const at::Tensor&, const at::Tensor&, const std::optional<at::Tensor>&,
                              at::IntArrayRef, at::IntArrayRef, at::IntArrayRef, at::IntArrayRef,
                              std::int64_t, Text, Scalars, std::optional<Text>);

// Otherwise LibTorch refuses bfloat16, or goes a way around that lacks it.
bool fuses(const at::Tensor& x, const at::Tensor& weight) {
  const auto type = x.scalar_type();
  const bool is_fast = type == at::kFloat || (type == at::kBFloat16 && multiplies_bfloat16());
  const bool has_channels_last = x.suggest_memory_format() == at::MemoryFormat::ChannelsLast ||
                                 weight.suggest_memory_format() == at::MemoryFormat::ChannelsLast;
  return x.is_cpu() && is_fast && has_channels_last && !c10::GradMode::is_enabled() && weight.size(0) > 1 &&
         weight.size(1) > 1;
}

std::optional<at::Tensor> given(const at::Tensor& bias) {
  return bias.defined() ? std::optional(bias) : std::nullopt;
}

// LibTorch 2.11 cannot tell the order of channels of what is added where that is one pixel, and fails.
bool fuses_add(const at::Tensor& x, const at::Tensor& weight) {
  return fuses(x, weight) && x.size(2) * x.size(3) > 1;
}

std::int64_t border(const at::Tensor& weight) {
  return weight.size(2) / 2;
}

const std::optional<c10::TypedOperatorHandle<ConvolveAdd>>& fused_add() {
  static const auto found = find_fused<ConvolveAdd>("mkldnn::_convolution_pointwise", "binary");
  return found;
}

at::Tensor call_fused_add(const at::Tensor& x, const ConvolutionWeight& weight, const at::Tensor& bias,
                          const at::Tensor& added, std::int64_t groups, std::optional<Text> activation) {
  const std::int64_t side = border(weight.plain());
  return fused_add()->call(x, added, weight.packed(x, 1, groups), given(bias), {side, side}, {1, 1}, {1, 1},
                           groups, "add", 1.0, activation, Scalars(), "");
}

}  // namespace

at::Tensor convolve_relu_reference(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                                   std::int64_t stride, double slope) {
  at::Tensor y = at::conv2d(x, weight, bias, stride, border(weight));
  return slope == 0 ? y.relu_() : at::leaky_relu_(y, slope);
}

at::Tensor convolve_add_reference(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                                  const at::Tensor& added, std::int64_t groups) {
  return at::conv2d(x, weight, bias, 1, border(weight), 1, groups).add_(added);
}

at::Tensor convolve_add_relu_reference(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                                       const at::Tensor& added) {
  return convolve_add_reference(x, weight, bias, added).relu_();
}

at::Tensor deconvolve_reference(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
  return at::conv_transpose2d(x, weight, bias, {2, 2}, {1, 1});
}

at::Tensor convolve_relu(const at::Tensor& x, const ConvolutionWeight& weight, const at::Tensor& bias,
                         std::int64_t stride, double slope) {
  static const auto fused = find_fused<Convolve>("mkldnn::_convolution_pointwise", "");
  if (!fused || !fuses(x, weight.plain()))
    return convolve_relu_reference(x, weight.plain(), bias, stride, slope);
  Scalars slopes;
  if (slope != 0) slopes.push_back(slope);
  const std::int64_t side = border(weight.plain());
  return fused->call(x, weight.packed(x, stride), given(bias), {side, side}, {stride, stride}, {1, 1}, 1,
                     slope == 0 ? "relu" : "leaky_relu", slopes, "");
}

at::Tensor convolve_add(const at::Tensor& x, const ConvolutionWeight& weight, const at::Tensor& bias,
                        const at::Tensor& added, std::int64_t groups) {
  if (!fused_add() || !fuses_add(x, weight.plain()))
    return convolve_add_reference(x, weight.plain(), bias, added, groups);
  return call_fused_add(x, weight, bias, added, groups, std::nullopt);
}

at::Tensor convolve_add_relu(const at::Tensor& x, const ConvolutionWeight& weight, const at::Tensor& bias,
                             const at::Tensor& added) {
  if (!fused_add() || !fuses_add(x, weight.plain()))
    return convolve_add_relu_reference(x, weight.plain(), bias, added);
  return call_fused_add(x, weight, bias, added, 1, "relu");
}

at::Tensor deconvolve(const at::Tensor& x, const ConvolutionWeight& weight, const at::Tensor& bias) {
  static const auto fused = find_fused<Deconvolve>("mkldnn::_convolution_transpose_pointwise", "");
  if (!fused || !fuses(x, weight.plain())) return deconvolve_reference(x, weight.plain(), bias);
  return fused->call(x, weight.packed_of_deconvolution(x), given(bias), {1, 1}, {0, 0}, {2, 2}, {1, 1}, 1,
                     "none", Scalars(), "");
}

}  // namespace videoenhance
