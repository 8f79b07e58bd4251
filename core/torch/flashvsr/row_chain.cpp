#include "core/torch/flashvsr/row_chain.h"

#include <algorithm>
#include <array>

#include "core/torch/runtime/stage.h"

namespace videoenhance {
namespace {

constexpr std::int64_t kFewestRows = 16;  // that are worth a thread

std::int64_t rounded_up(std::int64_t width) {
  return (width + kRowUnit - 1) / kRowUnit * kRowUnit;
}

// Of a result's rows, one for each thread.
std::int64_t parts_of(std::int64_t height) {
  return std::clamp<std::int64_t>(height / kFewestRows, 1, at::get_num_threads());
}

// The first row that a layer reads for row y of its result.
std::int64_t first_row_read(const RowLayer& layer, std::int64_t y) {
  return layer.enlarges() ? y / 2 + y % 2 - 1 : y - 1;
}

}  // namespace

// One thread's part of a chain. Map 0 is the source, map i the result of step i - 1.
class RowChain::Worker {
 public:
  Worker(const RowChain& chain, const Planes& source, const Planes& result,
         const std::vector<float*>* outputs)
      : steps_(chain.steps_),
        outputs_(outputs),
        maps_{source},
        next_(steps_.size() + 1),
        lines_(chain.lines(), 1, result.width()),
        zeros_(1, 1, result.width()) {
    const auto sizes = chain.sizes(source.height(), source.width());
    for (std::size_t map = 1; map < steps_.size(); ++map)
      maps_.emplace_back(sizes[map].planes, sizes[map].height, sizes[map].width, sizes[map].rows);
    maps_.push_back(result);
    std::fill_n(zeros_.row(0, 0), zeros_.width(), 0);
    zeros_.clear_borders(0);
  }

  // Rows begin <= y < end of the result.
  void compute(std::int64_t begin, std::int64_t end) {
    next_.back() = begin;
    for (std::size_t step = steps_.size(); step-- > 0;)
      next_[step] = std::max<std::int64_t>(first_row_read(steps_[step].layer, next_[step + 1]), 0);
    make_rows(steps_.size(), end - 1);
  }

 private:
  void make_rows(std::size_t map, std::int64_t last) {
    for (auto& y = next_[map]; y <= std::min(last, maps_[map].height() - 1); ++y) make_row(map - 1, y);
  }

  void make_row(std::size_t step, std::int64_t y) {
    const RowLayer& layer = steps_[step].layer;
    const std::int64_t first = first_row_read(layer, y);
    if (step > 0) make_rows(step, first + layer.taps - 1);
    for (const auto& bundle : layer.bundles) {
      find_rows(bundle, layer, maps_[step], first);
      if (layer.enlarges()) {
        enlarge(step, bundle, y);
      } else {
        convolve(step, bundle, y);
      }
    }
    const bool is_last = step + 1 == steps_.size();
    if (is_last && outputs_ != nullptr) {
      write_floats(y);
    } else {
      maps_[step + 1].clear_borders(y);
    }
  }

  void find_rows(const RowLayer::Bundle& bundle, const RowLayer& layer, const Planes& map,
                 std::int64_t first) {
    rows_.clear();
    for (const auto plane : bundle.planes) {
      for (std::int64_t y = first; y < first + layer.taps; ++y)
        rows_.push_back((y < 0 || y >= map.height() ? zeros_.row(0, 0) : map.row(plane, y)) - 1);
    }
  }

  RowConvolution row_of(std::size_t step, const RowLayer::Bundle& bundle, std::size_t phase) const {
    return {.rows = rows_.data(),
            .row_count = static_cast<std::int64_t>(rows_.size()),
            .taps = steps_[step].layer.taps,
            .outputs = static_cast<int>(bundle.bias.size()),
            .weights = bundle.weights[phase].data(),
            .bias = bundle.bias.data(),
            .added = nullptr,
            .relu = steps_[step].relu,
            .out = out_.data(),
            .as_floats = false,
            .width = rounded_up(maps_[step].width())};
  }

  void convolve(std::size_t step, const RowLayer::Bundle& bundle, std::int64_t y) {
    RowConvolution row = row_of(step, bundle, 0);
    row.as_floats = step + 1 == steps_.size() && outputs_ != nullptr;
    const auto outputs = static_cast<std::int64_t>(bundle.bias.size());
    for (std::int64_t i = 0; i < (row.as_floats ? outputs : bundle.plane_count); ++i) {
      out_[i] = row.as_floats ? lines_.row(bundle.first_output + i, 0)
                              : maps_[step + 1].row(bundle.first_plane + i, y);
    }
    if (steps_[step].added) {
      for (std::int64_t i = 0; i < bundle.plane_count; ++i)
        added_[i] = maps_[*steps_[step].added].row(bundle.first_plane + i, y);
      row.added = added_.data();
    }
    convolve_row(row, steps_[step].layer.type);
  }

  // Pixels of even columns and of odd ones, beside each other.
  void enlarge(std::size_t step, const RowLayer::Bundle& bundle, std::int64_t y) {
    const RowLayer& layer = steps_[step].layer;
    const Planes& map = maps_[step + 1];
    const std::int64_t planes = bundle.plane_count;
    for (std::int64_t column = 0; column < 2; ++column) {
      for (std::int64_t i = 0; i < planes; ++i) out_[i] = lines_.row(column * planes + i, 0);
      convolve_row(row_of(step, bundle, static_cast<std::size_t>(2 * (y % 2) + column)), layer.type);
      for (auto& row : rows_) ++row;
    }
    for (std::int64_t i = 0; i < planes; ++i)
      interleave_pixels(lines_.row(i, 0), lines_.row(planes + i, 0), map.row(bundle.first_plane + i, y),
                        rounded_up(maps_[step].width()));
  }

  void write_floats(std::int64_t y) {
    const std::int64_t width = maps_.back().width();
    for (std::size_t i = 0; i < outputs_->size(); ++i) {
      const auto* line = reinterpret_cast<const float*>(lines_.row(static_cast<std::int64_t>(i), 0));
      if ((*outputs_)[i] != nullptr) std::copy_n(line, width, (*outputs_)[i] + y * width);
    }
  }

  const std::vector<Step>& steps_;
  const std::vector<float*>* outputs_;
  std::vector<Planes> maps_;
  std::vector<std::int64_t> next_;  // the row of each map that is not made yet
  Planes lines_, zeros_;
  std::vector<const Cell*> rows_;
  std::array<void*, kMostOutputs> out_{};
  std::array<const Cell*, kMostOutputs> added_{};
};

RowChain::RowChain(std::vector<Step> steps) : steps_(std::move(steps)) {
  TORCH_CHECK_VALUE(!steps_.empty(), "a chain without layers");
  for (std::size_t step = 0; step < steps_.size(); ++step) {
    const auto enlarges = [](const Step& other) { return other.layer.enlarges(); };
    const auto& added = steps_[step].added;
    TORCH_CHECK_VALUE(
        !added || (*added <= step &&
                   std::none_of(steps_.begin() + static_cast<std::ptrdiff_t>(*added),
                                steps_.begin() + static_cast<std::ptrdiff_t>(step) + 1, enlarges)),
        "what layer ", step, " adds comes later or has another size");
  }
}

// Of a map that the next step reads, and perhaps a later one adds, which is then so many rows behind.
std::int64_t RowChain::rows_kept(std::size_t map) const {
  std::size_t rows = 3;
  for (std::size_t step = map; step < steps_.size(); ++step) {
    if (steps_[step].added == map) rows = std::max(rows, step - map + 2);
  }
  return static_cast<std::int64_t>(rows);
}

std::vector<RowChain::MapSize> RowChain::sizes(std::int64_t height, std::int64_t width) const {
  std::vector<MapSize> sizes = {{0, height, height, width}};
  for (const auto& step : steps_) {
    const std::int64_t scale = step.layer.enlarges() ? 2 : 1;
    height *= scale;
    width *= scale;
    sizes.push_back({step.layer.planes, std::min(rows_kept(sizes.size()), height), height, width});
  }
  return sizes;
}

// Rows beside each other that wait to become one, or float32 values.
std::int64_t RowChain::lines() const {
  std::int64_t lines = 1;
  for (const auto& step : steps_) lines = std::max({lines, 2 * step.layer.planes, step.layer.outputs()});
  return lines;
}

void RowChain::on_all_threads(const Planes& source, const Planes& result,
                              const std::vector<float*>* outputs) const {
  const KernelScope kernel("row_chain", {products(source), static_cast<std::int64_t>(steps_[0].layer.type)});
  const std::int64_t height = result.height(), parts = parts_of(height);
  at::parallel_for(0, parts, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t part = begin; part < end; ++part)
      Worker(*this, source, result, outputs).compute(height * part / parts, height * (part + 1) / parts);
  });
}

Planes RowChain::run(const Planes& source) const {
  const MapSize size = sizes(source.height(), source.width()).back();
  const Planes result(size.planes, size.height, size.width);
  on_all_threads(source, result, nullptr);
  return result;
}

void RowChain::draw(const Planes& source, const std::vector<float*>& outputs) const {
  const RowLayer& last = steps_.back().layer;
  TORCH_CHECK_VALUE(!last.enlarges() && static_cast<std::int64_t>(outputs.size()) == last.outputs(),
                    "places for ", outputs.size(), " outputs of ", last.outputs());
  const MapSize size = sizes(source.height(), source.width()).back();
  const Planes result(1, size.height, size.width, 1);  // only its size matters
  on_all_threads(source, result, &outputs);
}

double RowChain::products(const Planes& source) const {
  double pixels = static_cast<double>(source.height() * source.width()), products = 0;
  for (const auto& step : steps_) {
    pixels *= step.layer.enlarges() ? 4 : 1;
    products += pixels * step.layer.products();
  }
  return products;
}

std::uint64_t RowChain::bytes() const {
  std::uint64_t bytes = 0;
  for (const auto& step : steps_) bytes += step.layer.bytes();
  return bytes;
}

std::uint64_t RowChain::result_bytes(std::int64_t height, std::int64_t width) const {
  const MapSize size = sizes(height, width).back();
  return Planes::bytes(size.planes, size.height, size.width);
}

std::uint64_t RowChain::work_bytes(std::int64_t height, std::int64_t width) const {
  const auto all = sizes(height, width);
  std::uint64_t bytes = Planes::bytes(lines() + 1, 1, all.back().width);
  for (std::size_t map = 1; map < steps_.size(); ++map)
    bytes += Planes::bytes(all[map].planes, all[map].rows, all[map].width);
  return bytes * static_cast<std::uint64_t>(parts_of(all.back().height));
}

}  // namespace videoenhance
