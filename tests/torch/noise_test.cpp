#include "core/torch/flashvsr/noise.h"

#include "tests/torch/flashvsr_pictures.h"

namespace videoenhance {
namespace {

// The values that the generator's authors publish.
TEST(Philox, GivesThePublishedWords) {
  using Words = std::array<std::uint32_t, 4>;
  EXPECT_EQ(philox({0, 0, 0, 0}, {0, 0}), (Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}),
            (Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

// 5e-7: the last bit of a float near 6, where the two libms disagree at all.
TEST(LatentNoise, EqualsTheOtherImplementation) {
  const auto noise = latent_noise(0x0123456789ABCDEF, 7, 3, 1000, 5, 6);
  ASSERT_EQ(noise.sizes(), golden("noise").sizes());
  EXPECT_LT(difference(noise, golden("noise")), 5e-7);
}

TEST(LatentNoise, OfATileIsThatPartOfTheWhole) {
  const auto whole = latent_noise(1, 4, 0, 0, 40, 50), tile = latent_noise(1, 4, 11, 13, 17, 29);
  EXPECT_TRUE(tile.equal(whole.narrow(1, 11, 17).narrow(2, 13, 29)));
}

TEST(LatentNoise, IsTheSameForOneThreadAndForMany) {
  const int threads = at::get_num_threads();
  at::set_num_threads(1);
  const auto alone = latent_noise(5, 0, 0, 0, 64, 64);
  at::set_num_threads(3);
  EXPECT_TRUE(latent_noise(5, 0, 0, 0, 64, 64).equal(alone));
  at::set_num_threads(threads);
}

double correlation(const at::Tensor& a, const at::Tensor& b) {
  return (a * b).mean().item<double>();
}

// 512 * 512 * 16 values: the mean, the correlations and half the variance scatter by 5e-4, so 3e-3 is six
// times that; the fourth moment by 5e-3.
TEST(LatentNoise, IsNormalAndItsNeighboursKnowNothingOfEachOther) {
  constexpr std::int64_t kSide = 512;
  const auto noise = latent_noise(0, 0, 0, 0, kSide, kSide).to(at::kDouble);
  EXPECT_NEAR(noise.mean().item<double>(), 0, 3e-3);
  EXPECT_NEAR(noise.square().mean().item<double>(), 1, 6e-3);
  EXPECT_NEAR(noise.pow(4).mean().item<double>(), 3, 3e-2);
  EXPECT_LT(noise.abs().max().item<double>(), 6.8);
  const std::int64_t less = kSide - 1;
  EXPECT_NEAR(correlation(noise.narrow(2, 0, less), noise.narrow(2, 1, less)), 0, 3e-3);
  EXPECT_NEAR(correlation(noise.narrow(1, 0, less), noise.narrow(1, 1, less)), 0, 3e-3);
  EXPECT_NEAR(correlation(noise.narrow(0, 0, 15), noise.narrow(0, 1, 15)), 0, 3e-3);
  const auto next = latent_noise(0, 1, 0, 0, kSide, kSide).to(at::kDouble);
  EXPECT_NEAR(correlation(noise, next), 0, 3e-3);
}

TEST(LatentNoise, EveryBitOfTheSeedCounts) {
  const auto noise = latent_noise(0, 0, 0, 0, 2, 2);
  for (int bit = 0; bit < 64; ++bit)
    EXPECT_FALSE(latent_noise(std::uint64_t{1} << bit, 0, 0, 0, 2, 2).equal(noise)) << bit;
}

TEST(LatentNoise, DoesNotRepeatAfterThousandsOfLatents) {
  const auto noise = latent_noise(0, 5, 0, 0, 2, 2);
  for (const std::int64_t latent : {0, 4, 6, 1024 + 5, 65536 + 5, 1'000'000'005})
    EXPECT_FALSE(latent_noise(0, latent, 0, 0, 2, 2).equal(noise)) << latent;
}

TEST(LatentNoise, OfNoPixelsIsEmpty) {
  EXPECT_EQ(latent_noise(0, 0, 0, 0, 0, 4).numel(), 0);
}

}  // namespace
}  // namespace videoenhance
