// A network that draws positions instead of pictures and records what it is asked and what is alive.
#pragma once

#include <ATen/ops/full_like.h>

#include <algorithm>

#include "core/torch/interpolation/pair_network.h"

namespace videoenhance {

// Every sample of a frame holds its position.
class Recorder final : public PairNetwork {
 public:
  using Plan = DrawingPlan (*)(std::span<const double>);
  explicit Recorder(Plan plan) : plan_(plan) {}

  std::uint64_t bytes() const override { return 0; }
  std::string name() const override { return "recorder"; }
  Status check(const InterpolationOptions&) const override { return {}; }
  std::uint64_t work_bytes(int, int, const InterpolationOptions&) const override { return 0; }
  DrawingPlan plan(std::span<const double> phases) const override { return plan_(phases); }

  PreparedFrame prepare(const at::Tensor& frame, const InterpolationOptions&) const override {
    prepared.push_back(position(frame));
    at::Tensor feature = at::zeros({1});
    features_.add(feature);
    return {frame, {std::move(feature)}, frame.size(2), frame.size(3)};
  }

  Result<at::Tensor> between(const PreparedFrame& left, const PreparedFrame& right, double time,
                             const InterpolationOptions&) const override {
    if (failing) throw std::runtime_error("no memory");
    const double a = position(left.image), b = position(right.image);
    drawn.push_back(a + (b - a) * time);
    at::Tensor picture = at::full_like(left.image, drawn.back());
    pictures_.add(picture);
    return picture;
  }

  // Of prepared frames and of drawn pictures: how many are alive now, and the most that ever were.
  std::size_t features_alive() const { return features_.alive(); }
  std::size_t most_features() const { return features_.most; }
  std::size_t most_pictures() const { return pictures_.most; }

  mutable std::vector<double> prepared, drawn;
  bool failing = false;

 private:
  struct Watch {
    void add(const at::Tensor& tensor) {
      tensors.emplace_back(tensor.getIntrusivePtr());
      most = std::max(most, alive());
    }
    std::size_t alive() const {
      return static_cast<std::size_t>(
          std::ranges::count_if(tensors, [](const auto& tensor) { return !tensor.expired(); }));
    }

    std::vector<c10::weak_intrusive_ptr<c10::TensorImpl, c10::UndefinedTensorImpl>> tensors;
    std::size_t most = 0;
  };

  static double position(const at::Tensor& frame) { return frame.flatten()[0].item<double>(); }

  Plan plan_;
  mutable Watch features_, pictures_;
};

}  // namespace videoenhance
