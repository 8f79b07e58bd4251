#include "core/torch/flashvsr/channel_groups.h"

#include <ATen/ops/eye.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randn.h>
#include <gtest/gtest.h>

namespace videoenhance {
namespace {

at::Tensor weight(const at::Tensor& matrix) {
  return matrix.unsqueeze(2).unsqueeze(3);
}

// Two pictures of two channels each, and one that both read and that reads itself.
at::Tensor two_pictures() {
  at::Tensor matrix = at::zeros({5, 5});
  matrix.narrow(0, 0, 2).narrow(1, 0, 2).fill_(1);
  matrix.narrow(0, 2, 2).narrow(1, 2, 2).fill_(-1);
  matrix.select(1, 4).fill_(0.5);
  return weight(matrix);
}

const ChannelGroups kTwoPictures = {0, 0, 1, 1, kShared};

TEST(ChannelGroups, AreThePicturesOfAWeight) {
  EXPECT_EQ(input_groups(two_pictures()), kTwoPictures);
  EXPECT_EQ(output_groups(two_pictures(), {}, kTwoPictures), kTwoPictures);
}

TEST(ChannelGroups, WhatAllReadIsShared) {
  EXPECT_EQ(input_groups(at::randn({6, 4, 3, 3})), ChannelGroups(4, kShared));
}

TEST(ChannelGroups, OneGroupIsNone) {
  at::Tensor chain = at::eye(6);
  for (int k = 0; k < 5; ++k) chain[k][k + 1] = 1;
  EXPECT_EQ(input_groups(weight(chain)), ChannelGroups(6, kShared));
}

TEST(ChannelGroups, AWeightOfZerosHasNone) {
  EXPECT_EQ(input_groups(at::zeros({6, 4, 3, 3})), ChannelGroups(4, kShared));
}

TEST(ChannelGroups, OutputsThatReadNothingAreSilentUnlessTheyHaveABias) {
  const auto nothing = at::zeros({2, 5, 1, 1}), bias = at::zeros({2});
  bias[1] = 0.5;
  EXPECT_EQ(output_groups(nothing, {}, kTwoPictures), ChannelGroups(2, kSilent));
  EXPECT_EQ(output_groups(nothing, bias, kTwoPictures), (ChannelGroups{kSilent, kShared}));
}

TEST(ChannelGroups, WhatReadsSilentChannelsAloneIsSilent) {
  EXPECT_EQ(output_groups(at::ones({1, 3, 1, 1}), {}, ChannelGroups(3, kSilent)), ChannelGroups{kSilent});
}

TEST(ChannelGroups, AnOutputOfSeveralGroupsIsShared) {
  const auto mixed = at::zeros({3, 5, 1, 1});
  for (const int input : {0, 2}) mixed[0][input] = 1;
  for (const int input : {2, 4}) mixed[1][input] = 1;
  for (const int input : {0, 1, 2}) mixed[2][input] = 1;
  EXPECT_EQ(output_groups(mixed, {}, kTwoPictures), (ChannelGroups{kShared, 1, kShared}));
}

TEST(ChannelGroups, OfASumAreThoseOfEitherOrShared) {
  EXPECT_EQ(groups_of_sum({0, 0, kShared, kSilent, kSilent, kSilent}, {0, 1, 1, 1, kShared, kSilent}),
            (ChannelGroups{0, kShared, 1, 1, kShared, kSilent}));
}

}  // namespace
}  // namespace videoenhance
