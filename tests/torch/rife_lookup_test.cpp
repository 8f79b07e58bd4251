// What is looked up against the same by resizing and warping whole pictures.
#include "core/torch/interpolation/rife_lookup.h"

#include <ATen/ops/full_like.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/maximum.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/torch/interpolation/resize.h"
#include "core/torch/interpolation/rife_order.h"
#include "core/torch/kernels/warp.h"
#include "tests/instruction_sets.h"
#include "tests/torch/max_difference.h"

namespace videoenhance {
namespace {

constexpr std::int64_t kHeight = 48, kWidth = 80;  // no map is as wide as a vector

struct Case {
  std::string name;
  RifeChannels channels;
  bool shuffles;
  std::int64_t colours = 3;

  // Of the frames to a block's map, where the block works at 1/scale.
  std::int64_t map_scale(std::int64_t scale) const { return shuffles ? scale : 2 * scale; }

  RifeArchitecture architecture() const {
    RifeArchitecture arch;
    arch.widths = {32, 32, 32, 32};
    arch.outputs = static_cast<int>(std::max<std::int64_t>(6, 5 + channels.carried));
    arch.body = shuffles ? RifeArchitecture::Body::kResidual : RifeArchitecture::Body::kLeaky;
    arch.features = static_cast<int>(channels.features);
    return arch;
  }
};

constexpr int kFirst = 0, kMiddle = 1, kLast = 3;  // blocks

void PrintTo(const Case& c, std::ostream* out) {
  *out << c.name;
}

at::Tensor part(const at::Tensor& x, std::int64_t first, std::int64_t count) {
  return x.narrow(1, first, count);
}

at::Tensor in_order(const at::Tensor& x, const std::vector<std::int64_t>& order) {
  return x.index_select(1, at::tensor(order, at::kLong));
}

struct Frame {
  at::Tensor image, features;

  at::Tensor pixels(c10::ScalarType type = at::kFloat) const { return frame_pixels(image, features, type); }
};

// Everything at full size, as section A of the interpolation notes says it.
struct FullSize {
  RifeChannels channels;
  Frame left, right;
  at::Tensor flow, mask, carried;

  void add(const at::Tensor& result, std::int64_t factor, bool shuffles) {
    const at::Tensor y = shuffles ? at::pixel_shuffle(result, 2) : result;
    const at::Tensor large = resize(y.contiguous(), static_cast<double>(factor));
    const at::Tensor motion = part(large, 0, 4) * factor;
    mask = flow.defined() && channels.adds_masks ? mask + part(large, 4, 1) : part(large, 4, 1);
    flow = flow.defined() ? flow + motion : motion;
    if (channels.carried > 0) carried = part(large, 5, channels.carried);
  }

  at::Tensor warped(const at::Tensor& x, int first) const {
    return flow.defined() ? warp_reference(x, part(flow, first, 2)) : x;
  }

  at::Tensor input(std::int64_t scale) const {
    std::vector<at::Tensor> parts = {warped(part(left.image, 0, 3), 0), warped(part(right.image, 0, 3), 2)};
    if (channels.features > 0) {
      parts.push_back(warped(left.features, 0));
      parts.push_back(warped(right.features, 2));
    }
    parts.push_back(at::full({1, 1, kHeight, kWidth}, 0.3f));
    if (flow.defined()) {
      parts.push_back(mask);
      if (channels.carried > 0) parts.push_back(carried);
      parts.push_back(flow / scale);
    }
    return resize(at::cat(parts, 1), 1.0 / static_cast<double>(scale));
  }

  at::Tensor picture(std::int64_t height, std::int64_t width) const {
    const at::Tensor share = mask.sigmoid();
    const at::Tensor mixed = warped(left.image, 0) * share + warped(right.image, 2) * (1 - share);
    return mixed.narrow(2, 0, height).narrow(3, 0, width);
  }
};

class RifeLookups : public testing::TestWithParam<Case> {
 protected:
  Frame frame() const {
    const auto& channels = GetParam().channels;
    return {at::randn({1, GetParam().colours, kHeight, kWidth}),
            channels.features > 0 ? at::randn({1, channels.features, kHeight, kWidth}) : at::Tensor()};
  }

  // Of a block that works at 1/scale. The motion of some pixels leads out of the frames.
  at::Tensor result(std::int64_t scale) const {
    const std::int64_t outputs = std::max<std::int64_t>(6, 5 + GetParam().channels.carried);
    const std::int64_t more = GetParam().shuffles ? 4 : 1, divisor = 2 * scale;
    return at::randn({1, outputs * more, kHeight / divisor, kWidth / divisor});
  }

  // As the block's last layer gives it.
  at::Tensor kept(const at::Tensor& result, int block = kMiddle) const {
    return in_order(result, rife_output_order(GetParam().architecture(), block));
  }
  void add(RifeLookup& lookup, const at::Tensor& result) const {
    lookup.add(kept(result), GetParam().shuffles);
  }

  c10::InferenceMode inference_;
};

// Motion of up to about 60 pixels has steps of 4e-6 pixels, and what lies there may differ by 8 from pixel to
// pixel.
constexpr double kRounding = 2e-4;

TEST_P(RifeLookups, EqualResizingAndWarpingAtFullSize) {
  on_each_instruction_set([this] {
    const auto& [name, channels, shuffles, colours] = GetParam();
    const RifeArchitecture arch = GetParam().architecture();
    FullSize full{channels, frame(), frame(), {}, {}, {}};
    const at::Tensor left = full.left.pixels(), right = full.right.pixels();
    RifeLookup lookup(left, right, 0.3, channels);
    for (int block = kFirst; block <= kLast; ++block) {
      const std::int64_t scale = 8 >> block;
      const at::Tensor input = lookup.input(scale, at::kFloat);
      EXPECT_TRUE(input.is_contiguous(at::MemoryFormat::ChannelsLast));
      EXPECT_LT(max_difference(input, in_order(full.input(scale), rife_input_order(arch, block))), kRounding)
          << scale;
      const at::Tensor found = result(scale);
      lookup.add(kept(found, block), shuffles);
      full.add(found, GetParam().map_scale(scale), shuffles);
    }
    const at::Tensor picture = lookup.picture(colours, 45, 61);
    ASSERT_EQ(picture.sizes(), at::IntArrayRef({1, colours, 45, 61}));
    EXPECT_LT(max_difference(picture, full.picture(45, 61)), kRounding);
  });
}

TEST_P(RifeLookups, InBFloat16AreTheSameRoundedOnce) {
  on_each_instruction_set([this] {
    const at::Tensor left = frame().pixels(), right = frame().pixels();
    RifeLookup lookup(left, right, 0.3, GetParam().channels);
    add(lookup, result(4).to(at::kBFloat16));
    EXPECT_TRUE(lookup.input(2, at::kBFloat16).equal(lookup.input(2, at::kFloat).to(at::kBFloat16)));
  });
}

// Frames in half are looked up as the same numbers in float32.
TEST_P(RifeLookups, OfFramesInHalfAreThoseOfTheirNumbers) {
  on_each_instruction_set([this] {
    const at::Tensor left = frame().pixels(at::kHalf), right = frame().pixels(at::kHalf);
    RifeLookup halves(left, right, 0.3, GetParam().channels);
    RifeLookup floats(left.to(at::kFloat), right.to(at::kFloat), 0.3, GetParam().channels);
    for (const std::int64_t scale : {4, 2}) {
      EXPECT_TRUE(halves.input(scale, at::kFloat).equal(floats.input(scale, at::kFloat)));
      const at::Tensor found = result(scale);
      add(halves, found);
      add(floats, found);
    }
    EXPECT_TRUE(halves.input(1, at::kFloat).equal(floats.input(1, at::kFloat)));
    EXPECT_TRUE(halves.picture(3, kHeight, kWidth).equal(floats.picture(3, kHeight, kWidth)));
  });
}

TEST_P(RifeLookups, OfMotionThatIsNoNumberStayInsideTheFrames) {
  on_each_instruction_set([this] {
    const at::Tensor left = frame().pixels(), right = frame().pixels();
    using Limits = std::numeric_limits<float>;
    for (const float value : {Limits::infinity(), -Limits::infinity(), Limits::quiet_NaN()}) {
      RifeLookup lookup(left, right, 0.3, GetParam().channels);
      add(lookup, at::full_like(result(4), value));
      const at::Tensor warped = part(lookup.input(1, at::kFloat), 0, 6 + 2 * GetParam().channels.features);
      const at::Tensor largest = at::maximum(left.abs().max(), right.abs().max());
      EXPECT_LE(warped.abs().max().item<float>(), largest.item<float>()) << value;
    }
  });
}

// Also far outside of what an exponential can be taken of; what is no number stays, so that the engine sees
// it.
TEST_P(RifeLookups, OfAnyMaskMixTheFrames) {
  on_each_instruction_set([this] {
    using Limits = std::numeric_limits<float>;
    for (const float mask : {-1e30f, -200.0f, -50.0f, -1.0f, 0.0f, 50.0f, 200.0f, 1e30f}) {
      const Frame left = frame(), right = frame();
      RifeLookup lookup(left.pixels(), right.pixels(), 0.3, GetParam().channels);
      at::Tensor found = result(1).zero_();
      const std::int64_t places = GetParam().shuffles ? 4 : 1;
      found.narrow(1, 4 * places, places).fill_(mask);
      add(lookup, found);
      const float share = 1.0f / (1.0f + std::exp(-mask));
      const at::Tensor mixed = part(left.image, 0, 3) * share + part(right.image, 0, 3) * (1 - share);
      EXPECT_LT(max_difference(lookup.picture(3, kHeight, kWidth), mixed), kRounding) << mask;
    }
    RifeLookup lookup(frame().pixels(), frame().pixels(), 0.3, GetParam().channels);
    add(lookup, at::full_like(result(1), Limits::quiet_NaN()));
    EXPECT_FALSE(lookup.picture(3, kHeight, kWidth).isfinite().any().item<bool>());
  });
}

// Where each block makes a new mask, no trace is left of the one before.
TEST_P(RifeLookups, AMaskThatIsNoNumberIsReplacedByTheNextBlocks) {
  if (GetParam().channels.adds_masks) return;
  RifeLookup lookup(frame().pixels(), frame().pixels(), 0.3, GetParam().channels);
  at::Tensor wrong = result(4).zero_();
  const std::int64_t values = GetParam().shuffles ? 4 : 1;
  wrong.narrow(1, 4 * values, values).fill_(std::numeric_limits<float>::infinity());
  add(lookup, wrong);
  add(lookup, result(2));
  EXPECT_TRUE(lookup.picture(3, kHeight, kWidth).isfinite().all().item<bool>());
}

TEST_P(RifeLookups, OfResultsWithoutAllChannelsAreRefused) {
  RifeLookup lookup(frame().pixels(), frame().pixels(), 0.3, GetParam().channels);
  const at::Tensor whole = kept(result(4));
  EXPECT_THROW(lookup.add(part(whole, 0, 4), GetParam().shuffles), c10::Error);
  EXPECT_THROW(lookup.add(at::cat({whole, whole}, 1), GetParam().shuffles), c10::Error);
  EXPECT_THROW(lookup.picture(5, kHeight, kWidth), c10::Error);
  EXPECT_THROW(lookup.picture(3, kHeight, kWidth + 1), c10::Error);
  for (const at::Tensor& wrong : {part(whole, 0, whole.size(1)).narrow(3, 0, 2), at::cat({whole, whole}, 2)})
    EXPECT_THROW(lookup.add(wrong, GetParam().shuffles), c10::Error);
}

TEST(RifeFrames, WhoseFeaturesHaveAnotherSizeAreRefused) {
  EXPECT_THROW(frame_pixels(at::zeros({1, 3, 8, 8}), at::zeros({1, 4, 4, 8}), at::kFloat), c10::Error);
  EXPECT_THROW(frame_pixels(at::zeros({1, 3, 8, 8}), at::zeros({1, 3, 8, 8}), at::kFloat), c10::Error);
  EXPECT_THROW(frame_pixels(at::zeros({1, 5, 8, 8}), {}, at::kFloat), c10::Error);
  EXPECT_THROW(frame_pixels(at::zeros({1, 3, 8, 8}), {}, at::kBFloat16), c10::Error);
}

TEST_P(RifeLookups, OfFramesMadeForOthersAreRefused) {
  const at::Tensor right = frame().pixels();
  for (const at::Tensor& left :
       {frame().image, frame().pixels(at::kHalf), right.narrow(0, 0, 8), right.narrow(2, 0, 4)})
    EXPECT_THROW(RifeLookup(left, right, 0.3, GetParam().channels), c10::Error);
  const at::Tensor coarse = right.to(at::kBFloat16);
  EXPECT_THROW(RifeLookup(coarse, coarse, 0.3, GetParam().channels), c10::Error);
}

INSTANTIATE_TEST_SUITE_P(
    Versions, RifeLookups,
    testing::Values(Case{"leaky", {0, 0, true}, false}, Case{"residual", {0, 0, true}, true},
                    Case{"sequence", {8, 0, false}, true}, Case{"head", {4, 0, false}, true, 4},
                    Case{"carried", {4, 8, false}, true}, Case{"wide", {28, 8, false}, true}),
    [](const auto& info) { return info.param.name; });

// Samples in the middle of a pixel would lie on both sides of one of the map's.
TEST_P(RifeLookups, OfABlockAsCoarseAsTheLastMapAreRefused) {
  RifeLookup lookup(frame().pixels(), frame().pixels(), 0.3, GetParam().channels);
  add(lookup, result(4));
  EXPECT_THROW(lookup.input(GetParam().map_scale(4), at::kFloat), c10::Error);
}

TEST(RifeChannels, ThatAreNeitherNoneNorEightDoNotFit) {
  EXPECT_TRUE((RifeChannels{28, 8, false}).fit());
  EXPECT_FALSE((RifeChannels{4, 2, false}).fit());
  EXPECT_FALSE((RifeChannels{4, 9, false}).fit());
}

}  // namespace
}  // namespace videoenhance
