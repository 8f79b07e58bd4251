#include "core/torch/flashvsr/phases.h"

#include "core/torch/flashvsr/pixel_order.h"

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

template <typename Sample>
void split_rows(const at::Tensor& map, int n, const at::Tensor& out) {
  const std::int64_t height = out.size(2), width = out.size(3), plane = height * width;
  const std::int64_t cell = map.size(1), line = map.size(3) * cell;
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
  const at::Tensor cleared = map.requires_grad() ? map.clone() : map,
                   phases = cleared.unflatten(1, {2, 2, -1});
  const std::int64_t height = map.size(2), width = map.size(3);
  for (const std::int64_t phase : {0, 1}) {
    // A cell's pixels are 2 * cell - n and the next one, each of the phase that its number says.
    const bool is_first = n == 2 || phase == 1, is_last = n == 2 || phase == 0;
    const at::Tensor rows = phases.select(1, phase), columns = phases.select(2, phase);
    if (is_first) rows.select(3, 0).zero_();
    if (is_last) rows.select(3, height - 1).zero_();
    if (is_first) columns.select(4, 0).zero_();
    if (is_last) columns.select(4, width - 1).zero_();
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
  const at::Tensor pixels = out.view({1, kColours, height, 2, width, 2});
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
