#include "core/torch/flashvsr/pixel_order.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/torch/flashvsr/picture_range.h"
#include "core/torch/flashvsr/plain_memory.h"
#include "core/torch/kernels/rows.h"
#include "core/torch/runtime/stage.h"

namespace videoenhance {
namespace {

constexpr std::int64_t kBlock = 8, kFrames = 4, kPlanes = 3 * kFrames;
constexpr std::int64_t kGrain = 8;  // rows that are worth a thread
constexpr auto kChannelsLast = at::MemoryFormat::ChannelsLast;

void clamp_row(const float* in, float* out, std::int64_t count) {
  if (is_small_row(in, count)) return clamp_small_row(in, out, count);
  for (std::int64_t k = 0; k < count; ++k) out[k] = 3.0f * std::tanh(in[k] / 3.0f);
}

template <typename Sample>
void visit_rows(const at::Tensor& frames, std::int64_t y,
                const std::function<void(const ClampedRow&)>& visit) {
  const std::int64_t width = frames.size(3);
  std::vector<float> clamped(static_cast<std::size_t>(width));
  std::vector<Sample> values(static_cast<std::size_t>(width));
  for (std::int64_t k = 0; k < kPlanes * kBlock; ++k) {
    const ClampedRow row{k / kBlock / kFrames, k / kBlock % kFrames, k % kBlock, values.data()};
    const std::int64_t place = row.colour * frames.stride(0) + row.frame * frames.stride(1) +
                               (y * kBlock + row.row) * frames.stride(2);
    clamp_row(network_row(frames, place, width, clamped.data()), clamped.data(), width);
    convert_row(clamped.data(), values.data(), width);
    visit(row);
  }
}

template <typename Sample>
void unshuffle_rows(const at::Tensor& frames, const at::Tensor& out) {
  const std::int64_t width = out.size(1), step = out.size(2);
  auto* target = out.mutable_data_ptr<Sample>();
  at::parallel_for(0, out.size(0), 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t y = begin; y < end; ++y) {
      visit_clamped_rows(frames, y, out.scalar_type(), [&](const ClampedRow& row) {
        const auto* from = static_cast<const Sample*>(row.values);
        Sample* to =
            target + y * width * step + ((row.colour * kFrames + row.frame) * kBlock + row.row) * kBlock;
        for (std::int64_t x = 0; x < width; ++x) std::copy_n(from + x * kBlock, kBlock, to + x * step);
      });
    }
  });
}

template <typename Sample>
void split_row(const Sample* in, float* red, float* green, float* blue, std::int64_t width) {
  for (std::int64_t x = 0; x < width; ++x) {
    red[x] = static_cast<float>(in[3 * x]);
    green[x] = static_cast<float>(in[3 * x + 1]);
    blue[x] = static_cast<float>(in[3 * x + 2]);
  }
}

template <typename Sample>
void split_rows(const at::Tensor& picture, const at::Tensor& out) {
  const std::int64_t height = out.size(2), width = out.size(3), plane = height * width;
  const auto* in = picture.const_data_ptr<Sample>();
  auto* target = out.mutable_data_ptr<float>();
  at::parallel_for(0, height, kGrain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t y = begin; y < end; ++y) {
      float* row = target + y * width;
      split_row(in + 3 * y * width, row, row + plane, row + 2 * plane, width);
    }
  });
}

}  // namespace

void convert_row(const float* in, at::BFloat16* out, std::int64_t count) {
  round_row(in, reinterpret_cast<std::uint16_t*>(out), count);
}

void convert_row(const float* in, float* out, std::int64_t count) {
  std::copy_n(in, count, out);
}

void copy_bytes(char* out, const char* in, std::int64_t count) {
  constexpr std::int64_t kVector = 16;
  std::int64_t k = 0;
  for (; k + kVector <= count; k += kVector) std::memcpy(out + k, in + k, kVector);
  if (k < count) std::memcpy(out + k, in + k, static_cast<std::size_t>(count - k));
}

void visit_clamped_rows(const at::Tensor& frames, std::int64_t y, c10::ScalarType type,
                        const std::function<void(const ClampedRow&)>& visit) {
  type == at::kBFloat16 ? visit_rows<at::BFloat16>(frames, y, visit) : visit_rows<float>(frames, y, visit);
}

void unshuffle_clamped(const at::Tensor& frames, const at::Tensor& out) {
  const bool is_plain = has_network_rows(frames);
  const KernelScope kernel("unshuffle_clamped", {frames, out});
  if (is_plain && out.scalar_type() == at::kBFloat16) {
    unshuffle_rows<at::BFloat16>(frames, out);
  } else if (is_plain && out.scalar_type() == at::kFloat) {
    unshuffle_rows<float>(frames, out);
  } else {
    unshuffle_clamped_reference(frames, out);
  }
}

void unshuffle_clamped_reference(const at::Tensor& frames, const at::Tensor& out) {
  const std::int64_t height = out.size(0), width = out.size(1), channels = kPlanes * kBlock * kBlock;
  const at::Tensor blocks =
      (network_values(frames) / 3).tanh().mul(3).reshape({kPlanes, height, kBlock, width, kBlock});
  out.narrow(2, 0, channels).copy_(blocks.permute({1, 3, 0, 2, 4}).reshape({height, width, channels}));
}

at::Tensor join_channels(const at::Tensor& first, const at::Tensor& second) {
  const auto is_plain = [](const at::Tensor& x) {
    return has_plain_memory(x) && x.is_contiguous(kChannelsLast);
  };
  if (!is_plain(first) || !is_plain(second)) return at::cat({first, second}, 1).contiguous(kChannelsLast);
  const std::int64_t height = first.size(2), width = first.size(3),
                     run = first.size(1) * first.element_size();
  at::Tensor out = at::empty({1, 2 * first.size(1), height, width}, first.options(), kChannelsLast);
  const KernelScope kernel("join_channels", {first, second, out});
  const auto* in = static_cast<const char*>(first.const_data_ptr());
  const auto* other = static_cast<const char*>(second.const_data_ptr());
  auto* target = static_cast<char*>(out.mutable_data_ptr());
  at::parallel_for(0, height, kGrain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t pixel = begin * width; pixel < end * width; ++pixel) {
      copy_bytes(target + 2 * pixel * run, in + pixel * run, run);
      copy_bytes(target + (2 * pixel + 1) * run, other + pixel * run, run);
    }
  });
  return out;
}

void split_colours(const at::Tensor& picture, const at::Tensor& out) {
  const KernelScope kernel("split_colours", {picture, out});
  const bool is_plain = has_plain_memory(picture) && picture.is_contiguous(kChannelsLast);
  if (is_plain && picture.scalar_type() == at::kBFloat16) {
    split_rows<at::BFloat16>(picture, out);
  } else if (is_plain && picture.scalar_type() == at::kFloat) {
    split_rows<float>(picture, out);
  } else {
    split_colours_reference(picture, out);
  }
}

void split_colours_reference(const at::Tensor& picture, const at::Tensor& out) {
  out.copy_(picture);
}

}  // namespace videoenhance
