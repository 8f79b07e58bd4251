#include "benchmarks/operator_work.h"

#include <gtest/gtest.h>

#include "benchmarks/processor_limits.h"

namespace videoenhance {
namespace {

using Values = std::vector<c10::IValue>;
using Sizes = std::vector<std::int64_t>;

const c10::IValue kNone, kTwice = Sizes{2, 2};

at::Tensor floats(const Sizes& sizes) {
  return at::zeros(sizes);
}

double operations(std::string_view name, const Values& inputs, const Values& outputs) {
  const Work work = work_of(name, inputs, outputs);
  EXPECT_EQ(work.bytes, 0);
  EXPECT_EQ(work.operations.size(), 1u);
  return work.operations.begin()->second;
}

double bytes(std::string_view name, const Values& inputs, const Values& outputs) {
  const Work work = work_of(name, inputs, outputs);
  EXPECT_TRUE(work.operations.empty());
  return work.bytes;
}

TEST(Products, AConvolutionMeetsItsWholeWeightAtEachPlaceOfItsOutput) {
  const auto x = floats({1, 8, 6, 10}), weight = floats({16, 8, 3, 3}), out = floats({1, 16, 3, 5});
  constexpr double kExpected = 2.0 * 3 * 5 * 16 * 8 * 9;
  EXPECT_EQ(operations("aten::conv2d", {x, weight, kNone, kTwice}, {out}), kExpected);
  EXPECT_EQ(operations("mkldnn::_convolution_pointwise", {x, weight, kNone, kTwice}, {out}), kExpected);
  EXPECT_EQ(operations("mkldnn::_convolution_pointwise", {x, weight, floats({16}), kTwice}, {out}),
            kExpected);
}

TEST(Products, AConvolutionThatAddsHasItsWeightInTheThirdPlace) {
  const auto x = floats({1, 8, 6, 10}), weight = floats({8, 8, 3, 3});
  for (const c10::IValue& bias : {kNone, c10::IValue(floats({8}))})
    EXPECT_EQ(operations("mkldnn::_convolution_pointwise", {x, x, weight, bias, kTwice}, {x}),
              2.0 * 6 * 10 * 8 * 8 * 9);
}

TEST(Products, GroupsSeeTheirOwnChannelsAlone) {
  const auto x = floats({1, 8, 6, 10}), weight = floats({8, 4, 3, 3});
  EXPECT_EQ(operations("aten::conv2d", {x, weight, kNone}, {x}), 2.0 * 6 * 10 * 8 * 4 * 9);
}

TEST(Products, ADeconvolutionMeetsItsWholeWeightAtEachPlaceOfItsInput) {
  const auto x = floats({1, 8, 4, 5}), weight = floats({8, 3, 4, 4}), out = floats({1, 3, 8, 10});
  constexpr double kExpected = 2.0 * 4 * 5 * 8 * 3 * 16;
  EXPECT_EQ(operations("aten::conv_transpose2d", {x, weight}, {out}), kExpected);
  EXPECT_EQ(operations("mkldnn::_convolution_transpose_pointwise", {x, weight}, {out}), kExpected);
  const Values asked = {x, weight, kNone, kTwice, kTwice, kTwice, true};
  EXPECT_EQ(operations("aten::convolution", asked, {out}), kExpected);
}

TEST(Products, MatricesAndAttentionHaveTheirInnerSides) {
  const auto x = floats({5, 7}), y = floats({7, 3}), out = floats({5, 3});
  EXPECT_EQ(operations("aten::mm", {x, y}, {out}), 2.0 * 5 * 7 * 3);
  EXPECT_EQ(operations("aten::addmm", {floats({3}), x, y}, {out}), 2.0 * 5 * 7 * 3);
  EXPECT_EQ(operations("aten::linear", {x, floats({3, 7})}, {out}), 2.0 * 5 * 7 * 3);
  const auto queries = floats({1, 2, 5, 8}), keys = floats({1, 2, 9, 8});
  EXPECT_EQ(operations("aten::scaled_dot_product_attention", {queries, keys, keys}, {queries}),
            2.0 * 2 * 2 * 5 * 9 * 8);
}

TEST(Products, AttentionOfBlocksHasThoseThatWereChosen) {
  const auto queries = floats({3, 16, 2 * 4}), chosen = at::zeros({2, 3, 5}, at::kBool);
  chosen[0][1][2].fill_(true);
  chosen[1][0][4].fill_(true);
  EXPECT_EQ(operations("block_attention", {queries, chosen}, {}), 2.0 * 2 * 2 * 16 * 16 * 4);
}

TEST(Products, OfRowsAreThoseThatTheyTell) {
  EXPECT_TRUE(is_product("row_chain"));
  const Work work = work_of("row_chain", Values{100.0, static_cast<std::int64_t>(at::kBFloat16)}, Values{});
  EXPECT_EQ(work.operations.at(at::kBFloat16), 200);
  EXPECT_EQ(work.bytes, 0);
  EXPECT_THROW(work_of("row_chain", Values{floats({2})}, Values{}), c10::Error);
}

TEST(Products, HaveTheTypeOfWhatIsMultiplied) {
  const auto x = floats({5, 7}).to(at::kBFloat16);
  const Work work = work_of("aten::mm", Values{x, x.t()}, Values{floats({5, 5})});
  EXPECT_EQ(work.operations.begin()->first, at::kBFloat16);
}

TEST(Products, WithoutTheirTensorsAreAnErrorThatNamesThem) {
  for (const Values& inputs : {Values{}, Values{floats({1, 1, 2, 2})}, Values{floats({1, 1, 2, 2}), kNone}}) {
    try {
      work_of("aten::conv2d", inputs, Values{floats({1, 1, 2, 2})});
      ADD_FAILURE() << inputs.size();
    } catch (const c10::Error& error) {
      EXPECT_NE(std::string(error.what()).find("aten::conv2d"), std::string::npos);
    }
  }
}

TEST(Bytes, AreThoseOfAllInputsAndOutputs) {
  const auto x = floats({2, 3}), y = floats({2, 5});
  EXPECT_EQ(bytes("aten::add", {x, floats({2, 3}), 1}, {floats({2, 3})}), 3 * 24);
  EXPECT_EQ(bytes("aten::cat", {at::TensorList({x, y}), 1}, {floats({2, 8})}), 24 + 40 + 64);
  EXPECT_EQ(bytes("aten::leaky_relu_", {x, 0.2}, {x}), 2 * 24);
  EXPECT_EQ(bytes("aten::copy_", {x, floats({2, 3}), false}, {x}), 2 * 24);
}

TEST(Bytes, AreNoneOfViewsAndOfMemoryThatIsOnlyReserved) {
  const auto x = floats({2, 3});
  EXPECT_EQ(bytes("aten::narrow", {x, 1, 0, 2}, {x.narrow(1, 0, 2)}), 0);
  EXPECT_EQ(bytes("aten::contiguous", {x}, {x}), 0);
  EXPECT_EQ(bytes("aten::empty", {Sizes{2, 3}}, {x}), 0);
  EXPECT_EQ(bytes("aten::sum", {at::Tensor(), kNone}, {}), 0);
}

TEST(Bytes, OfATensorThatRepeatsItsMemoryAreThoseOfTheMemory) {
  EXPECT_EQ(bytes("aten::clone", {floats({1, 3}).expand({5, 3})}, {floats({5, 3})}), 12 + 60);
}

TEST(Bytes, OfOurKernelsMayBeNumbers) {
  EXPECT_EQ(bytes("load_frame", {floats({2, 3}), 6, at::Tensor()}, {}), 24 + 6);
}

TEST(Bounds, AreOperationsAndBytesByTheirSpeeds) {
  const ProcessorLimits limits{{{at::kFloat, 10.0}, {at::kBFloat16, 100.0}}, 4.0};
  EXPECT_DOUBLE_EQ(limits.bound({{{at::kFloat, 20.0}, {at::kBFloat16, 300.0}}, 6.0}), 2 + 3 + 1.5);
  EXPECT_THROW(limits.bound({{{at::kHalf, 1.0}}, 0}), c10::Error);
}

}  // namespace
}  // namespace videoenhance
