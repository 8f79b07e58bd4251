#include "core/torch/flashvsr/projector_input.h"

#include <ATen/ops/pixel_unshuffle.h>
#include <ATen/ops/replication_pad2d.h>

#include <algorithm>
#include <cstring>

#include "core/torch/flashvsr/picture_range.h"
#include "core/torch/flashvsr/pixel_order.h"
#include "core/torch/flashvsr/plain_memory.h"
#include "core/torch/runtime/stage.h"

namespace videoenhance {
namespace {

constexpr std::int64_t kColours = 3;
constexpr auto kChannelsLast = at::MemoryFormat::ChannelsLast;

// Row by row of the picture: each gives 16 values to every patch that it crosses.
template <typename Sample>
void fill_patches(const at::Tensor& frames, const at::Tensor& out) {
  const std::int64_t height = out.size(1), width = out.size(2), line = width * kPatch, step = out.size(3);
  auto* target = out.mutable_data_ptr<Sample>();
  at::parallel_for(0, out.size(0) * height, 1, [&](std::int64_t begin, std::int64_t end) {
    std::vector<float> room(static_cast<std::size_t>(line));
    std::vector<Sample> row(static_cast<std::size_t>(line));
    for (std::int64_t y = begin; y < end; ++y) {
      const std::int64_t frame = y / height * frames.stride(0) + y % height * kPatch * frames.stride(2);
      for (std::int64_t k = 0; k < kColours * kPatch; ++k) {
        const std::int64_t place = frame + k / kPatch * frames.stride(1) + k % kPatch * frames.stride(2);
        convert_row(network_row(frames, place, line, room.data()), row.data(), line);
        Sample* to = target + y * width * step + k * kPatch;
        for (std::int64_t x = 0; x < width; ++x) std::copy_n(row.data() + x * kPatch, kPatch, to + x * step);
      }
    }
  });
}

}  // namespace

at::Tensor patches_of(const at::Tensor& frames, c10::ScalarType type) {
  TORCH_CHECK_VALUE(frames.dim() == 4 && frames.size(1) == kColours && frames.size(2) % kPatch == 0 &&
                        frames.size(3) % kPatch == 0,
                    "frames [T,3,H,W] whose sides are multiples of ", kPatch, " are needed, these are ",
                    frames.sizes());
  const bool has_kernel = type == at::kBFloat16 || type == at::kFloat;
  if (!has_kernel || !has_network_rows(frames)) return patches_of_reference(frames, type);
  const at::Tensor out = at::empty(
      {frames.size(0), frames.size(2) / kPatch, frames.size(3) / kPatch, kColours * kPatch * kPatch},
      frames.options().dtype(type));
  const KernelScope kernel("patches_of", {frames, out});
  if (type == at::kBFloat16) {
    fill_patches<at::BFloat16>(frames, out);
  } else {
    fill_patches<float>(frames, out);
  }
  return out;
}

at::Tensor patches_of_reference(const at::Tensor& frames, c10::ScalarType type) {
  return at::pixel_unshuffle(network_values(frames), kPatch).to(type).permute({0, 2, 3, 1}).contiguous();
}

at::Tensor bordered_pairs(const at::Tensor& maps) {
  TORCH_CHECK_VALUE(maps.dim() == 4 && maps.size(0) > 0 && maps.size(0) % kPair == 0,
                    "maps [2n,h,w,C] are needed, these are ", maps.sizes());
  if (!has_plain_memory(maps) || !maps.is_contiguous()) return bordered_pairs_reference(maps);
  const std::int64_t pairs = maps.size(0) / kPair, height = maps.size(1), width = maps.size(2);
  const std::int64_t run = maps.size(3) * maps.element_size(), map = height * width * run;
  const at::Tensor out =
      at::empty({pairs, kPair * maps.size(3), height + 2, width + 2}, maps.options(), kChannelsLast);
  const KernelScope kernel("bordered_pairs", {maps, out});
  const auto* in = static_cast<const char*>(maps.const_data_ptr());
  auto* target = static_cast<char*>(out.mutable_data_ptr());
  at::parallel_for(0, pairs * (height + 2), 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t line = begin; line < end; ++line) {
      const std::int64_t pair = line / (height + 2);
      const std::int64_t y = std::clamp<std::int64_t>(line % (height + 2) - 1, 0, height - 1);
      const char* row = in + pair * kPair * map + y * width * run;
      char* to = target + line * (width + 2) * kPair * run;
      for (std::int64_t x = -1; x <= width; ++x) {
        const char* from = row + std::clamp<std::int64_t>(x, 0, width - 1) * run;
        for (std::int64_t frame = 0; frame < kPair; ++frame, to += run)
          std::memcpy(to, from + frame * map, static_cast<std::size_t>(run));
      }
    }
  });
  return out;
}

at::Tensor bordered_pairs_reference(const at::Tensor& maps) {
  const at::Tensor pairs = maps.unflatten(0, {-1, kPair}).permute({0, 1, 4, 2, 3}).flatten(1, 2);
  return at::replication_pad2d(pairs, {1, 1, 1, 1}).contiguous(kChannelsLast);
}

}  // namespace videoenhance
