#include "core/torch/flashvsr/upscale.h"

#include <ATen/ops/tensor.h>

#include <algorithm>
#include <cmath>
#include <tuple>
#include <type_traits>

#include "core/torch/flashvsr/bicubic_taps.h"
#include "core/torch/kernels/rows.h"
#include "core/torch/runtime/stage.h"

namespace videoenhance {
namespace {

constexpr std::int64_t kHalf = std::int64_t{1} << (kBicubicBits - 1);
constexpr std::int64_t kGrain = 16;  // rows that are worth a thread

void finish_row(const std::int32_t* sums, std::uint8_t* out, std::int64_t width) {
  level_row(sums, kBicubicBits, out, width);
}

void finish_row(const float* sums, float* out, std::int64_t width) {
  for (std::int64_t x = 0; x < width; ++x) out[x] = std::clamp(sums[x], 0.0f, 1.0f);
}

void finish_row(const float* sums, std::int16_t* out, std::int64_t width) {
  level_row(sums, out, width);
}

std::uint8_t between_passes(std::int32_t sum) {
  return static_cast<std::uint8_t>(std::clamp(sum >> kBicubicBits, 0, kLevels));
}

float between_passes(float sum) {
  return sum;
}

template <typename Sample, typename Sum>
void stretch_row(const Sample* in, const BicubicTaps<Sum>& taps, Sum start, Sample* out) {
  const auto pixels = static_cast<std::int64_t>(taps.first.size());
  const Sum* weight = taps.weights.data();
  for (std::int64_t x = 0; x < pixels; ++x, weight += taps.count) {
    const Sample* pixel = in + taps.first[x];
    Sum sum = start;
    for (std::int64_t k = 0; k < taps.count; ++k) sum += weight[k] * static_cast<Sum>(pixel[k]);
    out[x] = between_passes(sum);
  }
}

// rows: [C,h,w] -> [C,h,width].
template <typename Sample, typename Sum>
at::Tensor stretch_rows(const at::Tensor& picture, std::int64_t width, Sum start) {
  const BicubicTaps<Sum> taps = bicubic_taps<Sum>(picture.size(2), width);
  at::Tensor out = at::empty({picture.size(0), picture.size(1), width}, picture.options());
  const KernelScope kernel("stretch_rows", {picture, out});
  const auto* in = picture.const_data_ptr<Sample>();
  auto* target = out.mutable_data_ptr<Sample>();
  const std::int64_t rows = picture.size(0) * picture.size(1), width_in = picture.size(2);
  at::parallel_for(0, rows, kGrain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row)
      stretch_row(in + row * width_in, taps, start, target + row * width);
  });
  return out;
}

// columns: [C,h,W] -> [C,height,W].
template <typename Sample, typename Sum, typename Result>
at::Tensor stretch_columns(const at::Tensor& picture, std::int64_t height, Sum start, c10::ScalarType type) {
  const BicubicTaps<Sum> taps = bicubic_taps<Sum>(picture.size(1), height);
  const std::int64_t width = picture.size(2), height_in = picture.size(1);
  at::Tensor out = at::empty({picture.size(0), height, width}, type);
  const KernelScope kernel("stretch_columns", {picture, out});
  const auto* in = picture.const_data_ptr<Sample>();
  auto* target = out.mutable_data_ptr<Result>();
  at::parallel_for(0, picture.size(0) * height, kGrain, [&](std::int64_t begin, std::int64_t end) {
    std::vector<Sum> sums(static_cast<std::size_t>(width));
    for (std::int64_t row = begin; row < end; ++row) {
      const std::int64_t plane = row / height, y = row % height;
      const Sample* first = in + (plane * height_in + taps.first[y]) * width;
      std::fill(sums.begin(), sums.end(), start);
      for (std::int64_t k = 0; k < taps.count; ++k)
        add_row(first + k * width, taps.weights[y * taps.count + k], sums.data(), width);
      finish_row(sums.data(), target + row * width, width);
    }
  });
  return out;
}

at::Tensor to_levels(const at::Tensor& picture) {
  at::Tensor out = at::empty(picture.sizes(), at::kByte);
  const KernelScope kernel("to_levels", {picture, out});
  const float* in = picture.const_data_ptr<float>();
  auto* target = out.mutable_data_ptr<std::uint8_t>();
  at::parallel_for(0, picture.numel(), 1 << 16, [&](std::int64_t begin, std::int64_t end) {
    sample_row(in + begin, target + begin, end - begin);
  });
  return out;
}

void check_arguments(const at::Tensor& picture, std::int64_t height, std::int64_t width,
                     c10::ScalarType type) {
  TORCH_CHECK_VALUE(picture.dim() == 3 && picture.numel() > 0, "a picture [C,h,w] is needed, this is ",
                    picture.sizes());
  TORCH_CHECK_VALUE(height > 0 && width > 0, "no picture has ", width, "x", height, " pixels");
  TORCH_CHECK_VALUE(type == at::kFloat || type == at::kByte || type == at::kShort, "pictures of ", type,
                    " are not defined");
}

using Taps = BicubicScaler::Taps;

template <typename Sum>
Taps make_taps(std::int64_t from, std::int64_t to, c10::Device device) {
  const BicubicTaps<Sum> taps = bicubic_taps<Sum>(from, to);
  const at::Tensor first = at::tensor(taps.first, at::kLong);
  const auto type = std::is_same_v<Sum, float> ? at::kFloat : at::kInt;
  const at::Tensor weights = at::tensor(at::ArrayRef<Sum>(taps.weights), type).view({to, taps.count});
  Taps made{from, to, {}, {}};
  for (std::int64_t k = 0; k < taps.count; ++k) {
    made.places.push_back((first + k).to(device));
    made.weights.push_back(weights.select(1, k).contiguous().to(device));
  }
  return made;
}

// The sums of one pass along `dimension`, in the type of `x`: int32 levels or float32.
template <typename Sum>
at::Tensor weighted_sums(const at::Tensor& x, std::int64_t dimension, std::int64_t size, Taps& taps) {
  if (taps.from != x.size(dimension) || taps.to != size)
    taps = make_taps<Sum>(x.size(dimension), size, x.device());
  at::Tensor sums;
  for (std::size_t k = 0; k < taps.places.size(); ++k) {
    const at::Tensor& weights = taps.weights[k];
    const at::Tensor part =
        x.index_select(dimension, taps.places[k]) * (dimension == 1 ? weights.unsqueeze(1) : weights);
    sums = sums.defined() ? sums.add_(part) : part;
  }
  return sums;
}

at::Tensor stretch(const at::Tensor& picture, std::int64_t height, std::int64_t width, c10::ScalarType type,
                   Taps& rows, Taps& columns) {
  check_arguments(picture, height, width, type);
  if (type != at::kByte) {
    const at::Tensor wide = weighted_sums<float>(picture, 2, width, rows);
    const at::Tensor sums = weighted_sums<float>(wide, 1, height, columns);
    if (type == at::kFloat) return sums.clamp(0, 1);
    return (sums.nan_to_num(0).clamp(0, 1) * kFineLevels + 0.5).floor().sub(kFineLevels / 2 + 1).to(type);
  }
  at::Tensor levels = (picture.nan_to_num(0).clamp(0, 1) * kLevels + 0.5).to(at::kInt);
  for (const auto& [dimension, size, taps] : {std::tuple{2, width, &rows}, std::tuple{1, height, &columns}}) {
    const at::Tensor sums = weighted_sums<std::int32_t>(levels, dimension, size, *taps).add_(kHalf);
    levels = sums.bitwise_right_shift_(kBicubicBits).clamp_(0, kLevels);
  }
  return levels.to(type);
}

}  // namespace

at::Tensor upscale_bicubic(const at::Tensor& picture, std::int64_t height, std::int64_t width,
                           c10::ScalarType type) {
  if (!picture.is_cpu()) return upscale_bicubic_reference(picture, height, width, type);
  check_arguments(picture, height, width, type);
  const at::Tensor pixels = picture.contiguous();
  if (type == at::kByte) {
    constexpr auto kStart = static_cast<std::int32_t>(kHalf);
    const at::Tensor rows = stretch_rows<std::uint8_t, std::int32_t>(to_levels(pixels), width, kStart);
    return stretch_columns<std::uint8_t, std::int32_t, std::uint8_t>(rows, height, kStart, type);
  }
  const at::Tensor rows = stretch_rows<float, float>(pixels, width, 0.0f);
  return type == at::kShort ? stretch_columns<float, float, std::int16_t>(rows, height, 0.0f, type)
                            : stretch_columns<float, float, float>(rows, height, 0.0f, type);
}

at::Tensor upscale_bicubic_reference(const at::Tensor& picture, std::int64_t height, std::int64_t width,
                                     c10::ScalarType type) {
  Taps rows, columns;
  return stretch(picture, height, width, type, rows, columns);
}

at::Tensor BicubicScaler::operator()(const at::Tensor& picture, std::int64_t height, std::int64_t width,
                                     c10::ScalarType type) {
  if (picture.is_cpu()) return upscale_bicubic(picture, height, width, type);
  if (has_levels_ != (type == at::kByte)) rows_ = columns_ = {};
  has_levels_ = type == at::kByte;
  return stretch(picture, height, width, type, rows_, columns_);
}

}  // namespace videoenhance
