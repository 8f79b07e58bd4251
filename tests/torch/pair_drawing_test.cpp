// Frames drawn from frames that were drawn before, with a network that records what it is asked.
#include "core/torch/interpolation/pair_drawing.h"

#include <gtest/gtest.h>

namespace videoenhance {
namespace {

// A frame is one pixel that holds its position. Features count how many of them are alive.
class Recorder final : public PairNetwork {
 public:
  explicit Recorder(bool halves) : halves_(halves) {}

  std::uint64_t bytes() const override { return 0; }
  std::string name() const override { return "recorder"; }
  Status check(const InterpolationOptions&) const override { return {}; }
  std::uint64_t work_bytes(int, int, const InterpolationOptions&) const override { return 0; }
  DrawingPlan plan(std::span<const double> phases) const override {
    return halves_ ? halving_plan(phases) : adaptive_plan(phases);
  }
  PreparedFrame prepare(const at::Tensor& frame, const InterpolationOptions&) const override {
    prepared.push_back(frame.item<double>());
    at::Tensor feature = at::zeros({1});
    alive.emplace_back(feature.getIntrusivePtr());
    return {frame, {std::move(feature)}, 1, 1};
  }
  Result<at::Tensor> between(const PreparedFrame& left, const PreparedFrame& right, double time,
                             const InterpolationOptions&) const override {
    if (failing) throw std::runtime_error("no memory");
    const double a = left.image.item<double>(), b = right.image.item<double>();
    drawn.push_back(a + (b - a) * time);
    return at::full({1, 1, 1, 1}, drawn.back(), at::kDouble);
  }
  std::size_t features_alive() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(alive, [](const auto& feature) { return !feature.expired(); }));
  }

  mutable std::vector<double> prepared, drawn;
  mutable std::vector<c10::weak_intrusive_ptr<c10::TensorImpl, c10::UndefinedTensorImpl>> alive;
  bool failing = false;

 private:
  bool halves_;
};

at::Tensor pixel(double position) {
  return at::full({1, 1, 1, 1}, position, at::kDouble);
}

PairDrawing begin(const Recorder& network, const std::vector<double>& phases) {
  PairDrawing drawing(network, {}, network.prepare(pixel(0), {}), network.prepare(pixel(1), {}), phases);
  network.prepared.clear();
  return drawing;
}

std::vector<double> shown(PairDrawing& drawing, std::size_t count) {
  std::vector<double> positions;
  for (std::size_t i = 0; i < count; ++i) positions.push_back(drawing.next()->item<double>());
  return positions;
}

TEST(PairDrawing, ShowsWhatWasAskedForInItsOrder) {
  const Recorder network(false);
  const std::vector<double> phases = {0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875};
  auto drawing = begin(network, phases);
  EXPECT_EQ(shown(drawing, phases.size()), phases);
}

TEST(PairDrawing, DrawsAndPreparesEachFrameOnce) {
  const Recorder network(false);
  auto drawing = begin(network, {0.25, 0.5, 0.75});
  shown(drawing, 3);
  EXPECT_EQ(network.drawn, (std::vector<double>{0.5, 0.25, 0.75}));
  EXPECT_EQ(network.prepared, (std::vector<double>{0.5}));
}

TEST(PairDrawing, DrawsNoMoreThanTheNextFrameNeeds) {
  const Recorder network(false);
  auto drawing = begin(network, {0.25, 0.5, 0.75});
  EXPECT_TRUE(network.drawn.empty());
  shown(drawing, 2);
  EXPECT_EQ(network.drawn.size(), 2u);
}

TEST(PairDrawing, PreparesNothingForASingleFrame) {
  const Recorder network(false);
  auto drawing = begin(network, {0.3});
  EXPECT_EQ(shown(drawing, 1), (std::vector<double>{0.3}));
  EXPECT_TRUE(network.prepared.empty());
}

TEST(PairDrawing, KeepsNoMoreThanFourPreparedFrames) {
  const Recorder network(true);
  auto drawing = begin(network, {0.1, 0.3, 0.37, 0.7, 0.9});
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(drawing.next());
    EXPECT_LE(network.features_alive(), 4u);
  }
  EXPECT_EQ(network.features_alive(), 0u);
}

TEST(PairDrawing, LetsFeaturesGoBeforeTheirPictureIsShown) {
  const Recorder network(true);
  auto drawing = begin(network, {0.375, 0.5});
  drawing.next();
  EXPECT_EQ(network.features_alive(), 0u);
  EXPECT_EQ(shown(drawing, 1), (std::vector<double>{0.5}));
}

TEST(PairDrawing, ShowsASourceFrameWithoutDrawing) {
  const Recorder network(true);
  auto drawing = begin(network, {0.002, 0.999});
  EXPECT_EQ(shown(drawing, 2), (std::vector<double>{0, 1}));
  EXPECT_TRUE(network.drawn.empty());
}

TEST(PairDrawing, CanBeAskedAgainAfterAFailure) {
  Recorder network(false);
  auto drawing = begin(network, {0.25, 0.5});
  network.failing = true;
  EXPECT_THROW(drawing.next(), std::runtime_error);
  network.failing = false;
  EXPECT_EQ(shown(drawing, 2), (std::vector<double>{0.25, 0.5}));
}

}  // namespace
}  // namespace videoenhance
