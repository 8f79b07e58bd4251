#include "core/torch/flashvsr/phases.h"

#include <ATen/ops/randn.h>

#include "core/torch/flashvsr/upsampling.h"
#include "tests/torch/flashvsr_pictures.h"

namespace videoenhance {
namespace {

struct Sizes {
  std::int64_t height, width;  // of the small picture
};

// A small picture of 5 channels is enlarged to one of 4, which two convolutions read.
class Phases : public testing::TestWithParam<Sizes> {
 protected:
  at::Tensor plain() const {
    const auto large = upsample_convolve_reference(x_, first_);
    return at::conv2d(at::conv2d(large, second_, {}, 1, 1), third_, {}, 1, 1);
  }
  at::Tensor in_phases() const {
    const auto large = cleared_outside(at::conv2d(x_, phase_weights(first_), {}, 1, 1), 1);
    const auto between = cleared_outside(at::conv2d(large, convolution_of_phases(second_, 1), {}, 1, 1), 2);
    return at::conv2d(between, convolution_of_phases(third_, 2), {}, 1, 1);
  }
  at::Tensor split(const at::Tensor& map, decltype(split_phases)* function = split_phases) const {
    const auto out = at::full({1, 3, 2 * GetParam().height, 2 * GetParam().width}, 7.0f);
    function(map, 3, out);
    return out;
  }

  at::Tensor x_ = at::randn({1, 5, GetParam().height, GetParam().width});
  at::Tensor first_ = at::randn({4, 5, 3, 3}) / 5, second_ = at::randn({6, 4, 3, 3}) / 5,
             third_ = at::randn({3, 6, 3, 3}) / 5;
};

// Sums of some hundred products in another order.
TEST_P(Phases, ConvolutionsAreThoseOfThePicture) {
  EXPECT_LT(difference(split(in_phases()), plain()), 1e-4);
}

TEST_P(Phases, ColoursAreThoseOfThePlainFormInAnyTypeAndOrder) {
  for (const auto type : {at::kFloat, at::kBFloat16}) {
    const auto map = in_phases().to(type);
    const auto wanted = split(map, split_phases_reference);
    EXPECT_TRUE(split(map.contiguous(at::MemoryFormat::ChannelsLast)).equal(wanted));
    EXPECT_TRUE(split(map.contiguous()).equal(wanted));
  }
}

TEST_P(Phases, GradientsAreThoseOfThePicture) {
  const auto wanted = at::randn({1, 3, 2 * GetParam().height, 2 * GetParam().width});
  std::vector<at::Tensor> gradients;
  for (const auto& weight : {first_, second_, third_}) weight.requires_grad_();
  for (const bool phases : {false, true}) {
    (phases ? split(in_phases(), split_phases) * wanted : plain() * wanted).sum().backward();
    for (const auto& weight : {first_, second_, third_}) {
      gradients.push_back(weight.grad().clone());
      weight.mutable_grad().reset();
    }
  }
  for (int k = 0; k < 3; ++k) EXPECT_LT(difference(gradients[k], gradients[k + 3]), 1e-2) << k;
}

INSTANTIATE_TEST_SUITE_P(Sizes, Phases,
                         testing::Values(Sizes{1, 1}, Sizes{1, 7}, Sizes{6, 1}, Sizes{8, 11}, Sizes{13, 8}));

TEST(PhasesOutside, HoldsNoValueAfterwardsAndInsideKeepsAll) {
  for (const int n : {1, 2}) {
    const auto cells = cleared_outside(at::full({1, 4, 3 + n, 2 + n}, 1.0f), n);
    EXPECT_EQ(cells.sum().item<float>(), 4 * 3 * 2) << "as many as a picture of 6 x 4 pixels has";
    EXPECT_EQ(cells[0][0][0][0].item<float>(), n == 1 ? 1 : 0);
  }
}

TEST(PhasesOutside, IsThatOfThePlainForm) {
  for (const int n : {1, 2}) {
    for (const auto type : {at::kFloat, at::kBFloat16}) {
      const auto map = at::randn({1, 12, 4, 5}).to(type).contiguous(at::MemoryFormat::ChannelsLast);
      const auto plain = cleared_outside_reference(map, n);
      EXPECT_TRUE(cleared_outside(map, n).equal(plain));
      EXPECT_TRUE(map.equal(plain)) << "changed itself";
    }
  }
}

TEST(PhasesOutside, ValuesThatAreNoNumbersDoNotStay) {
  const auto map = at::full({1, 4, 2, 2}, std::numeric_limits<float>::quiet_NaN());
  EXPECT_EQ(cleared_outside(map, 1).isnan().sum().item<int>(), 4);
}

}  // namespace
}  // namespace videoenhance
