#include "core/torch/flashvsr/row_input.h"

#include <algorithm>

#include "core/torch/flashvsr/picture_range.h"
#include "core/torch/flashvsr/pixel_order.h"
#include "core/torch/runtime/stage.h"

namespace videoenhance {
namespace {

constexpr std::int64_t kBlock = 8, kColours = 3, kFrames = 4, kLatents = 16;
constexpr std::int64_t kFrameChannels = kColours * kBlock * kBlock;

// A row of pixels is a row of the planes of each of a block's columns, or pair of columns.
void fill_frames(const at::Tensor& frames, const Planes& planes, c10::ScalarType type) {
  const std::int64_t parts = kBlock / channels_in_cell(type);  // planes of a block's row
  at::parallel_for(0, planes.height(), 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t y = begin; y < end; ++y) {
      visit_clamped_rows(frames, y, type, [&](const ClampedRow& row) {
        const auto* cells = static_cast<const Cell*>(row.values);
        const std::int64_t first = ((row.frame * kColours + row.colour) * kBlock + row.row) * parts;
        for (std::int64_t part = 0; part < parts; ++part) {
          Cell* out = planes.row(first + part, y);
          for (std::int64_t x = 0; x < planes.width(); ++x) out[x] = cells[x * parts + part];
        }
      });
    }
  });
}

void fill_latent(const at::Tensor& latent, const Planes& planes, c10::ScalarType type) {
  const std::int64_t parts = channels_in_cell(type), count = kLatents / parts;
  const at::Tensor clamped = ((latent / 3).tanh() * 3).to(type);
  const at::Tensor cells = clamped.unflatten(0, {count, parts}).permute({0, 2, 3, 1}).contiguous();
  const auto* in = static_cast<const Cell*>(cells.const_data_ptr());
  for (std::int64_t plane = 0; plane < count; ++plane) {
    for (std::int64_t y = 0; y < planes.height(); ++y, in += planes.width())
      std::copy_n(in, planes.width(), planes.row(planes.count() - count + plane, y));
  }
}

}  // namespace

PlaneOrder row_input_order(c10::ScalarType type) {
  PlaneOrder order{channels_in_cell(type), {}};
  for (std::int64_t frame = 0; frame < kFrames; ++frame) {
    auto& run = order.runs.emplace_back();
    for (std::int64_t k = 0; k < kFrameChannels; ++k) {
      const std::int64_t colour = k / (kBlock * kBlock), pixel = k % (kBlock * kBlock);
      run.push_back((colour * kFrames + frame) * kBlock * kBlock + pixel);
    }
  }
  auto& latents = order.runs.emplace_back();
  for (std::int64_t k = 0; k < kLatents; ++k) latents.push_back(kFrames * kFrameChannels + k);
  return order;
}

Planes row_input(const at::Tensor& frames, const at::Tensor& latent, c10::ScalarType type) {
  const at::Tensor rows = has_network_rows(frames) ? frames : frames.contiguous();
  Planes planes(row_input_order(type).planes(), latent.size(1), latent.size(2));
  const KernelScope kernel("row_input", {rows, planes.memory()});
  fill_frames(rows, planes, type);
  fill_latent(latent, planes, type);
  for (std::int64_t y = 0; y < planes.height(); ++y) planes.clear_borders(y);
  return planes;
}

}  // namespace videoenhance
