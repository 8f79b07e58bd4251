#include "core/torch/flashvsr/adain.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/torch/flashvsr/picture_range.h"
#include "core/torch/kernels/rows.h"
#include "core/torch/runtime/stage.h"

namespace videoenhance {
namespace {

constexpr double kVarianceFloor = 1e-5;
constexpr std::int64_t kColours = 3;
constexpr std::int64_t kRows = 16;  // of a partial sum: the same ones whatever the number of threads

struct Statistics {
  at::Tensor mean, around;  // [n,3,1,1]; [n,3,H,W] less the mean
  at::Tensor deviation;     // [n,3,1,1]
};

// The mean is taken away before anything is squared: nothing cancels.
Statistics statistics(const at::Tensor& frames) {
  const at::Tensor mean = frames.mean({2, 3}, /*keepdim=*/true);
  const at::Tensor around = frames - mean;
  return {mean, around, (around.square().mean({2, 3}, /*keepdim=*/true) + kVarianceFloor).sqrt()};
}

struct Moments {
  double mean, deviation;
};

std::int64_t place_of(const at::Tensor& frame, std::int64_t colour, std::int64_t y) {
  return colour * frame.stride(1) + y * frame.stride(2);
}

std::array<Moments, kColours> moments(const at::Tensor& frame) {
  const std::int64_t height = frame.size(2), width = frame.size(3), parts = (height + kRows - 1) / kRows;
  std::array<float, kColours> pivots{};
  for (std::int64_t colour = 0; colour < kColours; ++colour)
    pivots[colour] = *network_row(frame, place_of(frame, colour, 0), 1, &pivots[colour]);
  std::vector<RowSums> partial(static_cast<std::size_t>(kColours * parts));
  at::parallel_for(0, kColours * parts, 1, [&](std::int64_t begin, std::int64_t end) {
    std::vector<float> room(static_cast<std::size_t>(width));
    for (std::int64_t k = begin; k < end; ++k) {
      const std::int64_t colour = k / parts, first = k % parts * kRows;
      for (std::int64_t y = first; y < std::min(first + kRows, height); ++y) {
        const float* row = network_row(frame, place_of(frame, colour, y), width, room.data());
        const RowSums sums = sums_of_row(row, width, pivots[colour]);
        partial[k].values += sums.values;
        partial[k].squares += sums.squares;
      }
    }
  });
  std::array<Moments, kColours> result{};
  for (std::int64_t colour = 0; colour < kColours; ++colour) {
    RowSums all;
    for (std::int64_t k = colour * parts; k < (colour + 1) * parts; ++k) {
      all.values += partial[k].values;
      all.squares += partial[k].squares;
    }
    const double count = static_cast<double>(height * width), mean = all.values / count;
    const double variance = std::max(all.squares / count - mean * mean, 0.0);
    result[colour] = {mean + pivots[colour], std::sqrt(variance + kVarianceFloor)};
  }
  return result;
}

}  // namespace

at::Tensor adain_reference(const at::Tensor& frames, const at::Tensor& reference) {
  const Statistics own = statistics(frames), wanted = statistics(reference);
  return own.around * (wanted.deviation / own.deviation) + wanted.mean;
}

void adain(const at::Tensor& frame, const at::Tensor& reference, const at::Tensor& out) {
  const KernelScope kernel("adain", {frame, reference, out});
  const std::int64_t height = frame.size(2), width = frame.size(3);
  const auto own = moments(frame), wanted = moments(reference);
  const auto* in = frame.const_data_ptr<float>();
  auto* target = out.mutable_data_ptr<float>();
  at::parallel_for(0, kColours * height, kRows, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t k = begin; k < end; ++k) {
      const std::int64_t colour = k / height, y = k % height;
      const auto& [mean, deviation] = own[colour];
      move_row(in + place_of(frame, colour, y), target + place_of(out, colour, y), width,
               static_cast<float>(mean), static_cast<float>(wanted[colour].deviation / deviation),
               static_cast<float>(wanted[colour].mean));
    }
  });
}

}  // namespace videoenhance
