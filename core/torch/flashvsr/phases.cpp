#include "core/torch/flashvsr/phases.h"

#include <cstring>

#include "core/torch/flashvsr/pixel_order.h"
#include "core/torch/runtime/stage.h"

namespace videoenhance {
namespace {

constexpr std::int64_t kGrain = 8;  // rows that are worth a thread
constexpr std::int64_t kColours = 3;

// Of a tap that an output of a phase reads: where the cells' convolution finds it.
struct Place {
  std::int64_t phase, tap;
};

Place place_of(std::int64_t phase, std::int64_t tap, int n) {
  const std::int64_t begin = (phase + n) % 2;  // whether the pixel is the second one of its cell
  return {(phase + tap + 1) % 2, (begin + tap + 1) / 2 - begin};
}

// Whether the pixel of a phase, 2 * cell - n or the next one, lies before the picture or behind it.
bool is_outside(std::int64_t cell, std::int64_t cells, std::int64_t phase, int n) {
  return (cell == 0 && (n == 2 || phase == 1)) || (cell == cells - 1 && (n == 2 || phase == 0));
}

template <typename Sample>
void split_rows(const at::Tensor& map, int n, const at::Tensor& out) {
  const std::int64_t height = out.size(2), width = out.size(3), plane = out.stride(1);
  const std::int64_t cell = map.size(1), line = map.size(3) * cell;
  const KernelScope kernel("split_phases", {map, out});
  const auto* in = map.const_data_ptr<Sample>();
  auto* target = out.mutable_data_ptr<float>();
  at::parallel_for(0, height, kGrain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t y = begin; y < end; ++y) {
      for (std::int64_t phase = 0; phase < 2; ++phase) {  // of columns
        const Sample* from =
            in + (y + n) / 2 * line + (phase + n) / 2 * cell + (y % 2 * 2 + phase) * kColours;
        float* to = target + y * width + phase;
        for (std::int64_t x = 0; x < width / 2; ++x, from += cell) {
          to[2 * x] = static_cast<float>(from[0]);
          to[2 * x + plane] = static_cast<float>(from[1]);
          to[2 * x + 2 * plane] = static_cast<float>(from[2]);
        }
      }
    }
  });
}

}  // namespace

at::Tensor convolution_of_phases(const at::Tensor& weight, int n) {
  const std::int64_t outputs = weight.size(0), inputs = weight.size(1);
  at::Tensor phases = at::zeros({2, 2, outputs, 2, 2, inputs, 2, 2}, weight.options());
  for (std::int64_t k = 0; k < 4 * 9; ++k) {
    const std::int64_t row = k / 18, column = k / 9 % 2, y = k / 3 % 3, x = k % 3;
    const Place rows = place_of(row, y, n), columns = place_of(column, x, n);
    phases[row][column]
        .select(1, rows.phase)
        .select(1, columns.phase)
        .select(2, rows.tap)
        .select(2, columns.tap)
        .copy_(weight.select(3, x).select(2, y));
  }
  return phases.view({4 * outputs, 4 * inputs, 2, 2});
}

at::Tensor cleared_outside(const at::Tensor& map, int n) {
  const bool is_plain = has_plain_memory(map) && map.is_contiguous(at::MemoryFormat::ChannelsLast);
  if (!is_plain) return cleared_outside_reference(map, n);
  const std::int64_t height = map.size(2), width = map.size(3), run = map.size(1) / 4 * map.element_size();
  auto* cells = static_cast<char*>(map.mutable_data_ptr());
  const auto clear_cell = [&](std::int64_t y, std::int64_t x) {
    for (std::int64_t phase = 0; phase < 4; ++phase) {
      if (is_outside(y, height, phase / 2, n) || is_outside(x, width, phase % 2, n))
        std::memset(cells + ((y * width + x) * 4 + phase) * run, 0, static_cast<std::size_t>(run));
    }
  };
  for (std::int64_t x = 0; x < width; ++x) {
    clear_cell(0, x);
    clear_cell(height - 1, x);
  }
  for (std::int64_t y = 0; y < height; ++y) {
    clear_cell(y, 0);
    clear_cell(y, width - 1);
  }
  return map;
}

at::Tensor cleared_outside_reference(const at::Tensor& map, int n) {
  const at::Tensor cleared = map.clone(), phases = cleared.unflatten(1, {2, 2, -1});
  for (const std::int64_t phase : {0, 1}) {
    for (const std::int64_t axis : {0, 1}) {
      const at::Tensor lines = phases.select(1 + axis, phase);
      const std::int64_t size = map.size(2 + axis);
      for (const std::int64_t cell : {std::int64_t{0}, size - 1}) {
        if (is_outside(cell, size, phase, n)) lines.select(3 + axis, cell).zero_();
      }
    }
  }
  return cleared;
}

void split_phases(const at::Tensor& map, int n, const at::Tensor& out) {
  const bool is_plain = has_plain_memory(map) && map.is_contiguous(at::MemoryFormat::ChannelsLast);
  if (is_plain && map.scalar_type() == at::kBFloat16) {
    split_rows<at::BFloat16>(map, n, out);
  } else if (is_plain && map.scalar_type() == at::kFloat) {
    split_rows<float>(map, n, out);
  } else {
    split_phases_reference(map, n, out);
  }
}

void split_phases_reference(const at::Tensor& map, int n, const at::Tensor& out) {
  const at::Tensor phases = map.unflatten(1, {2, 2, kColours});
  const std::int64_t height = out.size(2) / 2, width = out.size(3) / 2;
  const at::Tensor pixels = out.unflatten(3, {width, 2}).unflatten(2, {height, 2});
  for (const std::int64_t row : {0, 1}) {
    for (const std::int64_t column : {0, 1}) {
      pixels.select(5, column).select(3, row).copy_(phases.select(1, row)
                                                        .select(1, column)
                                                        .narrow(2, (row + n) / 2, height)
                                                        .narrow(3, (column + n) / 2, width));
    }
  }
}

}  // namespace videoenhance
