#include "core/torch/flashvsr/picture_range.h"

#include <ATen/ops/isfinite.h>
#include <ATen/ops/replication_pad2d.h>

#include <algorithm>
#include <atomic>

#include "core/torch/flashvsr/plain_memory.h"
#include "core/torch/flashvsr/sizes.h"
#include "core/torch/kernels/rows.h"
#include "core/torch/runtime/stage.h"

namespace videoenhance {
namespace {

constexpr std::int64_t kGrain = 16;  // rows that are worth a thread

void to_range_row(const float* in, float* out, std::int64_t count) {
  widen_row(in, out, count);
}

template <typename Level>
void to_range_row(const Level* in, Level* out, std::int64_t count) {
  std::copy_n(in, count, out);
}

template <typename Sample>
at::Tensor padded(const at::Tensor& picture) {
  const std::int64_t height = picture.size(1), width = picture.size(2);
  const std::int64_t rows = padded_size(height), line = padded_size(width);
  at::Tensor out = at::empty({picture.size(0), rows, line}, picture.options());
  const KernelScope kernel("to_network_range", {picture, out});
  const auto* in = picture.const_data_ptr<Sample>();
  auto* target = out.mutable_data_ptr<Sample>();
  at::parallel_for(0, picture.size(0) * rows, kGrain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t k = begin; k < end; ++k) {
      const std::int64_t y = std::min(k % rows, height - 1);
      Sample* row = target + k * line;
      to_range_row(in + k / rows * picture.stride(0) + y * picture.stride(1), row, width);
      std::fill(row + width, row + line, row[width - 1]);
    }
  });
  return out;
}

at::Tensor values_of_levels(const at::Tensor& levels) {
  const at::Tensor values = levels.to(at::kFloat);
  return levels.scalar_type() == at::kByte ? values.div(kLevels).mul(2).sub(1)
                                           : values.mul(2).add(1).div(kFineLevels);
}

bool are_levels(const at::Tensor& frames) {
  return frames.scalar_type() == at::kByte || frames.scalar_type() == at::kShort;
}

}  // namespace

at::Tensor to_network_range(const at::Tensor& picture) {
  if (!has_network_rows(picture)) return to_network_range_reference(picture);
  switch (picture.scalar_type()) {
    case at::kByte:
      return padded<std::uint8_t>(picture);
    case at::kShort:
      return padded<std::int16_t>(picture);
    default:
      return padded<float>(picture);
  }
}

at::Tensor to_network_range_reference(const at::Tensor& picture) {
  const std::int64_t below = padded_size(picture.size(1)) - picture.size(1);
  const std::int64_t right = padded_size(picture.size(2)) - picture.size(2);
  const at::Tensor values = are_levels(picture) ? values_of_levels(picture) : picture.mul(2).sub(1);
  return at::replication_pad2d(values, {0, right, 0, below});
}

at::Tensor network_values(const at::Tensor& frames) {
  return are_levels(frames) ? values_of_levels(frames) : frames;
}

bool has_network_rows(const at::Tensor& frames) {
  return has_plain_rows(frames) || (are_levels(frames) && has_plain_memory(frames) && frames.stride(-1) == 1);
}

const float* network_row(const at::Tensor& frames, std::int64_t place, std::int64_t count, float* room) {
  if (frames.scalar_type() == at::kFloat) return frames.const_data_ptr<float>() + place;
  if (frames.scalar_type() == at::kByte) {
    widen_row(frames.const_data_ptr<std::uint8_t>() + place, room, count);
  } else {
    widen_row(frames.const_data_ptr<std::int16_t>() + place, room, count);
  }
  return room;
}

bool from_network_range(const at::Tensor& picture, const at::Tensor& out) {
  if (!has_plain_rows(picture) || !has_plain_rows(out)) return from_network_range_reference(picture, out);
  const std::int64_t height = picture.size(1), width = picture.size(2);
  const auto* in = picture.const_data_ptr<float>();
  const KernelScope kernel("from_network_range", {picture, out});
  auto* target = out.mutable_data_ptr<float>();
  std::atomic<bool> is_finite = true;
  at::parallel_for(0, picture.size(0) * height, kGrain, [&](std::int64_t begin, std::int64_t end) {
    float sum = 0;
    for (std::int64_t k = begin; k < end; ++k) {
      const std::int64_t plane = k / height, y = k % height;
      sum += narrow_row(in + plane * picture.stride(0) + y * picture.stride(1),
                        target + plane * out.stride(0) + y * out.stride(1), width);
    }
    if (sum != 0) is_finite = false;
  });
  return is_finite;
}

bool from_network_range_reference(const at::Tensor& picture, const at::Tensor& out) {
  out.copy_(picture.add(1).mul(0.5));
  return at::isfinite(picture).all().item<bool>();
}

}  // namespace videoenhance
