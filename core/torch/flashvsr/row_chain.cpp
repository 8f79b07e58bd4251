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

// The first row that a layer reads for row y of its result.
std::int64_t first_row_read(const RowLayer& layer, std::int64_t y) {
  return layer.enlarges() ? y / 2 + y % 2 - 1 : y - 1;
}

}  // namespace

// One thread's part of a chain. Map 0 is the source, map i the result of step i - 1.
class RowChain::Worker {
 public:
  Worker(const RowChain& chain, const Planes& source, const Planes& result, const std::vector<float*>* floats)
      : steps_(chain.steps_), floats_(floats), maps_{source} {
    for (std::size_t step = 0; step + 1 < steps_.size(); ++step) {
      const std::int64_t scale = steps_[step].layer.enlarges() ? 2 : 1;
      maps_.emplace_back(steps_[step].layer.planes, scale * maps_.back().height(),
                         scale * maps_.back().width(), rows_kept(step + 1));
    }
    maps_.push_back(result);
    next_.resize(maps_.size());
    std::int64_t lines = 1, widest = 1;
    for (std::size_t step = 0; step < steps_.size(); ++step) {
      lines = std::max({lines, 2 * steps_[step].layer.planes, steps_[step].layer.outputs()});
      widest = std::max(widest, maps_[step + 1].width());
    }
    lines_ = Planes(lines, 1, widest);
    zeros_ = Planes(1, 1, widest);
    std::fill_n(zeros_.row(0, 0), widest, 0);
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
  // Of a map that the next step reads, and perhaps a later one adds, which is then so many rows behind.
  std::int64_t rows_kept(std::size_t map) const {
    std::size_t rows = 3;
    for (std::size_t step = map; step < steps_.size(); ++step) {
      if (steps_[step].added == map) rows = std::max(rows, step - map + 2);
    }
    return static_cast<std::int64_t>(rows);
  }

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
    if (is_last && floats_ != nullptr) {
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

  std::int64_t planes_of(const RowLayer::Bundle& bundle, std::size_t step) const {
    const std::int64_t channels = channels_in_cell(steps_[step].layer.type);
    return (static_cast<std::int64_t>(bundle.bias.size()) + channels - 1) / channels;
  }

  RowConvolution row_of(std::size_t step, const RowLayer::Bundle& bundle, std::size_t phase) const {
    const RowLayer& layer = steps_[step].layer;
    return {rows_.data(),
            static_cast<std::int64_t>(rows_.size()),
            layer.taps,
            static_cast<int>(bundle.bias.size()),
            bundle.weights[phase].data(),
            bundle.bias.data(),
            nullptr,
            steps_[step].relu,
            out_.data(),
            false,
            rounded_up(maps_[step].width())};
  }

  void convolve(std::size_t step, const RowLayer::Bundle& bundle, std::int64_t y) {
    RowConvolution row = row_of(step, bundle, 0);
    row.as_floats = step + 1 == steps_.size() && floats_ != nullptr;
    const auto outputs = static_cast<std::int64_t>(bundle.bias.size()), planes = planes_of(bundle, step);
    for (std::int64_t i = 0; i < (row.as_floats ? outputs : planes); ++i) {
      out_[i] = row.as_floats ? lines_.row(bundle.first_output + i, 0)
                              : maps_[step + 1].row(bundle.first_plane + i, y);
    }
    if (steps_[step].added) {
      for (std::int64_t i = 0; i < planes; ++i)
        added_[i] = maps_[*steps_[step].added].row(bundle.first_plane + i, y);
      row.added = added_.data();
    }
    convolve_row(row, steps_[step].layer.type);
  }

  // Pixels of even columns and of odd ones, beside each other.
  void enlarge(std::size_t step, const RowLayer::Bundle& bundle, std::int64_t y) {
    const RowLayer& layer = steps_[step].layer;
    const Planes& map = maps_[step + 1];
    const std::int64_t planes = planes_of(bundle, step);
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
    for (std::size_t i = 0; i < floats_->size(); ++i) {
      const auto* line = reinterpret_cast<const float*>(lines_.row(static_cast<std::int64_t>(i), 0));
      if ((*floats_)[i] != nullptr) std::copy_n(line, width, (*floats_)[i] + y * width);
    }
  }

  const std::vector<Step>& steps_;
  const std::vector<float*>* floats_;
  std::vector<Planes> maps_;
  std::vector<std::int64_t> next_;  // the row of each map that is not made yet
  Planes lines_{1, 1, 1}, zeros_{1, 1, 1};
  std::vector<const Cell*> rows_;
  std::array<void*, kMostOutputs> out_{};
  std::array<const Cell*, kMostOutputs> added_{};
};

std::int64_t RowChain::scale() const {
  std::int64_t scale = 1;
  for (const auto& step : steps_) scale *= step.layer.enlarges() ? 2 : 1;
  return scale;
}

void RowChain::on_all_threads(const Planes& source, const Planes& result,
                              const std::vector<float*>* planes) const {
  const KernelScope kernel("row_chain", {products(source), static_cast<std::int64_t>(steps_[0].layer.type)});
  const std::int64_t height = scale() * source.height();
  const auto parts = std::clamp<std::int64_t>(height / kFewestRows, 1, at::get_num_threads());
  at::parallel_for(0, parts, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t part = begin; part < end; ++part)
      Worker(*this, source, result, planes).compute(height * part / parts, height * (part + 1) / parts);
  });
}

Planes RowChain::run(const Planes& source) const {
  const Planes result(steps_.back().layer.planes, scale() * source.height(), scale() * source.width());
  on_all_threads(source, result, nullptr);
  return result;
}

void RowChain::draw(const Planes& source, const std::vector<float*>& planes) const {
  // Only its size matters.
  const Planes result(1, scale() * source.height(), scale() * source.width(), 1);
  on_all_threads(source, result, &planes);
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

}  // namespace videoenhance
