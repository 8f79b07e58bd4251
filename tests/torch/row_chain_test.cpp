// Layers computed row by row against LibTorch's convolutions of whole maps.
#include "core/torch/flashvsr/row_chain.h"

#include <ATen/Parallel.h>
#include <ATen/ops/randn.h>
#include <gtest/gtest.h>

#include <cstring>

#include "core/torch/flashvsr/picture_range.h"
#include "core/torch/flashvsr/pixel_order.h"
#include "core/torch/flashvsr/row_input.h"
#include "core/torch/flashvsr/upsampling.h"
#include "tests/torch/cells.h"
#include "tests/torch/flashvsr_pictures.h"
#include "tests/torch/max_difference.h"

namespace videoenhance {
namespace {

struct Form {
  std::int64_t height, width;
  c10::ScalarType type = at::kFloat;
};

// 5 channels in two groups of 3 and 2; what enlarges them, and a block around what that gives.
class RowChains : public testing::TestWithParam<Form> {
 protected:
  void SetUp() override {
    if (!convolves_rows(type())) GTEST_SKIP() << "This processor does not multiply bfloat16.";
  }

  c10::ScalarType type() const { return GetParam().type; }
  // Sums of a hundred products, three layers deep; in bfloat16 each result has 8 bits.
  double tolerance() const { return type() == at::kFloat ? 2e-5 : 0.05; }
  at::Tensor rounded(const at::Tensor& x) const { return x.to(type()).to(at::kFloat); }

  RowChain::Step step(const at::Tensor& weight, const at::Tensor& bias, const PlaneOrder& from,
                      const PlaneOrder& to) const {
    return {RowLayer::of(weight.unsqueeze(0), bias, type(), from, to)};
  }
  RowChain::Step growth() const {
    return {RowLayer::of(phase_weights(growth_).unflatten(0, {4, -1}), {}, type(), small_, large_), false};
  }
  RowChain chain() const {
    RowChain::Step second = step(one_, bias_, large_, between_), third = step(two_, {}, between_, large_);
    third.added = 1;
    return RowChain({growth(), second, third});
  }
  at::Tensor plain() const {
    const at::Tensor enlarged = upsample_convolve_reference(x_, growth_);
    const at::Tensor between = at::conv2d(enlarged, one_, bias_, 1, 1).relu();
    return (at::conv2d(between, two_, {}, 1, 1) + enlarged).relu();
  }

  Planes source() const {
    const Planes planes(small_.planes(), GetParam().height, GetParam().width);
    const at::Tensor cells = x_.to(type()).contiguous();
    const auto channels = small_.channels();
    for (std::int64_t y = 0; y < planes.height(); ++y) {
      for (std::size_t slot = 0; slot < channels.size(); ++slot) {
        for (std::int64_t x = 0; x < planes.width(); ++x) {
          const auto bytes = static_cast<std::size_t>(cells.element_size());
          const auto parts = static_cast<std::size_t>(small_.cell_channels);
          auto* cell = reinterpret_cast<char*>(planes.row(static_cast<std::int64_t>(slot / parts), y) + x);
          char* to = cell + slot % parts * bytes;
          if (channels[slot] == kNoChannel) {
            std::memset(to, 0, bytes);
          } else {
            const at::Tensor value = cells[0][channels[slot]][y][x];
            std::memcpy(to, value.const_data_ptr(), bytes);
          }
        }
      }
      planes.clear_borders(y);
    }
    return planes;
  }

  // Channels of a map; those that are in no plane are 0.
  at::Tensor channels_of(const Planes& planes, const PlaneOrder& order, std::int64_t channels) const {
    const at::Tensor map = at::zeros({1, channels, planes.height(), planes.width()});
    auto* value = map.mutable_data_ptr<float>();
    const auto in_order = order.channels();
    for (std::size_t slot = 0; slot < in_order.size(); ++slot) {
      if (in_order[slot] == kNoChannel) continue;
      const auto plane = static_cast<std::int64_t>(slot) / order.cell_channels,
                 part = static_cast<std::int64_t>(slot) % order.cell_channels;
      for (std::int64_t y = 0; y < planes.height(); ++y) {
        for (std::int64_t x = 0; x < planes.width(); ++x)
          value[(in_order[slot] * planes.height() + y) * planes.width() + x] =
              channel_of(planes.row(plane, y)[x], part, type());
      }
    }
    return map;
  }

  at::Tensor x_ = rounded(at::randn({1, 5, GetParam().height, GetParam().width})),
             growth_ = at::randn({11, 5, 3, 3}) / 7, one_ = at::randn({4, 11, 3, 3}) / 10,
             two_ = at::randn({11, 4, 3, 3}) / 6, bias_ = at::randn({4});
  PlaneOrder small_ = PlaneOrder::of({0, 1, 0, 1, 0}, type()),
             large_ = PlaneOrder::of({0, 0, 0, 0, 0, 0, 0, 0, 0, kShared, 1}, type()),
             between_ = PlaneOrder::of({1, 0, 0, 1}, type());
};

TEST_P(RowChains, GiveWhatWholeMapsGive) {
  const Planes result = chain().run(source());
  EXPECT_LT(max_difference(channels_of(result, large_, 11), plain()), tolerance());
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

TEST_P(RowChains, DrawOutputsThatAreWantedAlone) {
  const at::Tensor wanted = plain();
  const std::int64_t size = wanted.size(2) * wanted.size(3);
  const at::Tensor drawn = at::full_like(wanted, 7);
  std::vector<float*> outputs;
  for (const auto& run : large_.runs) {
    for (const auto channel : run)
      outputs.push_back(channel == 2 ? nullptr : drawn.mutable_data_ptr<float>() + channel * size);
  }
  chain().draw(source(), outputs);
  EXPECT_TRUE(drawn.select(1, 2).eq(7).all().item<bool>());
  drawn.select(1, 2).copy_(wanted.select(1, 2));
  EXPECT_LT(max_difference(drawn, wanted), tolerance());
}

TEST_P(RowChains, WithoutAProductGiveWhatIsAdded) {
  RowChain::Step nothing = step(at::zeros({5, 5, 3, 3}), {}, small_, small_);
  nothing.added = 0;
  EXPECT_EQ(nothing.layer.products(), 0);
  const Planes result = RowChain({nothing}).run(source());
  EXPECT_TRUE(channels_of(result, small_, 5).equal(x_.relu()));
}

TEST_P(RowChains, RefuseWhatTheyCannotCompute) {
  EXPECT_THROW(RowChain({}), c10::Error);
  RowChain::Step adds_larger = step(two_, {}, between_, large_), adds_later = adds_larger;
  adds_larger.added = 0;
  EXPECT_THROW(RowChain({growth(), step(one_, bias_, large_, between_), adds_larger}), c10::Error);
  adds_later.added = 1;
  EXPECT_THROW(RowChain({adds_later}), c10::Error);
  std::vector<float> room(static_cast<std::size_t>(4 * GetParam().height * GetParam().width));
  EXPECT_THROW(RowChain({growth()}).draw(source(), std::vector<float*>(11, room.data())), c10::Error);
  EXPECT_THROW(chain().draw(source(), std::vector<float*>(10, room.data())), c10::Error);
}

INSTANTIATE_TEST_SUITE_P(Forms, RowChains,
                         testing::Values(Form{1, 1}, Form{1, 40}, Form{2, 3}, Form{7, 33}, Form{50, 16},
                                         Form{65, 64}, Form{1, 1, at::kBFloat16}, Form{7, 33, at::kBFloat16},
                                         Form{50, 16, at::kBFloat16}),
                         [](const auto& info) {
                           const Form& form = info.param;
                           return std::to_string(form.width) + "x" + std::to_string(form.height) +
                                  c10::toString(form.type);
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
            ASSERT_NEAR(channel_of(cell, slot % parts, type), wanted[y][x][channels[slot]].item<float>(),
                        type == at::kFloat ? 1e-6 : 0.01);
          }
        }
      }
    }
  }
}

TEST(RowInputs, OfLevelsAreThoseOfTheirValues) {
  const at::Tensor latent = at::randn({16, 2, 5});
  for (const auto& levels : levels_of({3, 4, 16, 40})) {
    const Planes from_levels = row_input(levels, latent, at::kBFloat16),
                 from_values = row_input(network_values(levels), latent, at::kBFloat16);
    for (std::int64_t plane = 0; plane < from_levels.count(); ++plane) {
      for (std::int64_t y = 0; y < 2; ++y)
        EXPECT_EQ(std::memcmp(from_levels.row(plane, y) - 1, from_values.row(plane, y) - 1, 7 * sizeof(Cell)),
                  0);
    }
  }
}

}  // namespace
}  // namespace videoenhance
