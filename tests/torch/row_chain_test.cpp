// Layers computed row by row against LibTorch's convolutions of whole maps.
#include "core/torch/flashvsr/row_chain.h"

#include <ATen/Parallel.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <gtest/gtest.h>

#include <bit>

#include "core/torch/flashvsr/picture_range.h"
#include "core/torch/flashvsr/pixel_order.h"
#include "core/torch/flashvsr/row_input.h"
#include "core/torch/flashvsr/upsampling.h"
#include "tests/torch/max_difference.h"

namespace videoenhance {
namespace {

struct Size {
  std::int64_t height, width;
};

// 5 channels in two groups of 3 and 2; what enlarges them, and a block around what that gives.
class RowChains : public testing::TestWithParam<Size> {
 protected:
  static PlaneOrder order(const ChannelGroups& groups) { return PlaneOrder::of(groups, at::kFloat); }

  RowChain::Step step(const at::Tensor& weight, const at::Tensor& bias, const PlaneOrder& from,
                      const PlaneOrder& to) const {
    return {RowLayer::of(weight.unsqueeze(0), bias, at::kFloat, from, to)};
  }
  RowChain chain() const {
    RowChain::Step first{
        RowLayer::of(phase_weights(growth_).unflatten(0, {4, -1}), {}, at::kFloat, small_, large_)};
    first.relu = false;
    RowChain::Step second = step(one_, bias_, large_, between_), third = step(two_, {}, between_, large_);
    third.added = 1;
    return RowChain({first, second, third});
  }
  at::Tensor plain() const {
    const at::Tensor enlarged = upsample_convolve_reference(x_, growth_);
    const at::Tensor between = at::conv2d(enlarged, one_, bias_, 1, 1).relu();
    return (at::conv2d(between, two_, {}, 1, 1) + enlarged).relu();
  }
  Planes source() const {
    const Planes planes(5, GetParam().height, GetParam().width);
    const auto channels = small_.channels();
    for (std::int64_t plane = 0; plane < 5; ++plane) {
      for (std::int64_t y = 0; y < planes.height(); ++y) {
        const auto* row =
            x_.const_data_ptr<float>() + (channels[plane] * planes.height() + y) * planes.width();
        std::copy_n(row, planes.width(), reinterpret_cast<float*>(planes.row(plane, y)));
      }
    }
    for (std::int64_t y = 0; y < planes.height(); ++y) planes.clear_borders(y);
    return planes;
  }

  // Channels of a map; those that are in no plane are 0.
  static at::Tensor channels_of(const Planes& planes, const PlaneOrder& order, std::int64_t channels) {
    const at::Tensor map = at::zeros({1, channels, planes.height(), planes.width()});
    const auto in_order = order.channels();
    for (std::int64_t plane = 0; plane < planes.count(); ++plane) {
      for (std::int64_t y = 0; y < planes.height(); ++y) {
        const auto* row = reinterpret_cast<const float*>(planes.row(plane, y));
        std::copy_n(row, planes.width(),
                    map.mutable_data_ptr<float>() + (in_order[plane] * planes.height() + y) * planes.width());
      }
    }
    return map;
  }

  at::Tensor x_ = at::randn({1, 5, GetParam().height, GetParam().width}),
             growth_ = at::randn({11, 5, 3, 3}) / 7, one_ = at::randn({4, 11, 3, 3}) / 10,
             two_ = at::randn({11, 4, 3, 3}) / 6, bias_ = at::randn({4});
  PlaneOrder small_ = order({0, 1, 0, 1, 0}), large_ = order({0, 0, 0, 0, 0, 0, 0, 0, 0, kShared, 1}),
             between_ = order({1, 0, 0, 1});
};

// Sums of a hundred products, three layers deep.
TEST_P(RowChains, GiveWhatWholeMapsGive) {
  const Planes result = chain().run(source());
  EXPECT_LT(max_difference(channels_of(result, large_, 11), plain()), 2e-5);
}

TEST_P(RowChains, GiveTheSameBitsOnAnyNumberOfThreads) {
  const int threads = at::get_num_threads();
  std::vector<at::Tensor> results;
  for (const int count : {1, 2, 5}) {
    at::set_num_threads(count);
    results.push_back(channels_of(chain().run(source()), large_, 11));
  }
  at::set_num_threads(threads);
  EXPECT_TRUE(results[1].equal(results[0]));
  EXPECT_TRUE(results[2].equal(results[0]));
}

TEST_P(RowChains, DrawPlanesThatAreWantedAlone) {
  const at::Tensor wanted = plain();
  const std::int64_t size = wanted.size(2) * wanted.size(3);
  const at::Tensor drawn = at::full_like(wanted, 7);
  std::vector<float*> planes;
  for (const auto& run : large_.runs) {
    for (const auto channel : run)
      planes.push_back(channel == 2 ? nullptr : drawn.mutable_data_ptr<float>() + channel * size);
  }
  chain().draw(source(), planes);
  EXPECT_TRUE(drawn.select(1, 2).eq(7).all().item<bool>());
  drawn.select(1, 2).copy_(wanted.select(1, 2));
  EXPECT_LT(max_difference(drawn, wanted), 2e-5);
}

TEST_P(RowChains, WithoutAProductGiveWhatIsAdded) {
  RowChain::Step nothing = step(at::zeros({5, 5, 3, 3}), {}, small_, small_);
  nothing.added = 0;
  EXPECT_EQ(nothing.layer.products(), 0);
  const Planes result = RowChain({nothing}).run(source());
  EXPECT_TRUE(channels_of(result, small_, 5).equal(x_.relu()));
}

INSTANTIATE_TEST_SUITE_P(Sizes, RowChains,
                         testing::Values(Size{1, 1}, Size{1, 40}, Size{2, 3}, Size{7, 33}, Size{50, 16},
                                         Size{65, 64}),
                         [](const auto& info) {
                           return std::to_string(info.param.width) + "x" + std::to_string(info.param.height);
                         });

TEST(PlaneOrders, BeginEachGroupWithAPlaneAndLeaveOutWhatIsSilent) {
  const ChannelGroups groups = {0, kSilent, 1, 0, kShared, 0};
  const PlaneOrder floats = PlaneOrder::of(groups, at::kFloat), pairs = PlaneOrder::of(groups, at::kBFloat16);
  EXPECT_EQ(floats.channels(), (std::vector<std::int64_t>{4, 0, 3, 5, 2}));
  EXPECT_EQ(floats.planes(), 5);
  EXPECT_EQ(pairs.channels(), (std::vector<std::int64_t>{4, kNoChannel, 0, 3, 5, kNoChannel, 2, kNoChannel}));
  EXPECT_EQ(pairs.planes(), 4);
}

// The decoder's input, channel by channel.
TEST(RowInputs, AreThoseOfTheDecoder) {
  for (const auto type : {at::kFloat, at::kBFloat16}) {
    for (const double size : {0.5, 4.0}) {  // pictures, and what is beyond them
      const at::Tensor frames = at::randn({3, 4, 16, 40}).clamp(-1, 1) * size, latent = at::randn({16, 2, 5});
      const at::Tensor wanted = at::empty({2, 5, 784});
      unshuffle_clamped_reference(frames, wanted);
      wanted.narrow(2, 768, 16).copy_(((latent / 3).tanh() * 3).permute({1, 2, 0}));
      const Planes planes = row_input(frames, latent, type);
      const auto channels = row_input_order(type).channels();
      ASSERT_EQ(channels.size(), 784u);
      const std::int64_t parts = channels_in_cell(type);
      for (std::int64_t slot = 0; slot < 784; ++slot) {
        for (std::int64_t y = 0; y < 2; ++y) {
          for (std::int64_t x = 0; x < 5; ++x) {
            const Cell cell = planes.row(slot / parts, y)[x];
            const Cell bits = type == at::kFloat ? cell : slot % parts == 0 ? cell << 16 : cell & 0xffff0000;
            ASSERT_NEAR(std::bit_cast<float>(bits), wanted[y][x][channels[slot]].item<float>(),
                        type == at::kFloat ? 1e-6 : 0.01);
          }
        }
      }
    }
  }
}

TEST(RowInputs, OfLevelsAreThoseOfTheirValues) {
  const at::Tensor levels = at::randint(256, {3, 4, 16, 40}).to(at::kByte), latent = at::randn({16, 2, 5});
  const Planes of_levels = row_input(levels, latent, at::kBFloat16),
               of_values = row_input(network_values(levels), latent, at::kBFloat16);
  EXPECT_TRUE(of_levels.memory().equal(of_values.memory()));
}

}  // namespace
}  // namespace videoenhance
