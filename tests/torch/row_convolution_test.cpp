// One row of pixels against the plain sum, in both types, with every instruction set.
#include "core/torch/kernels/row_convolution.h"

#include <ATen/ops/randn.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "tests/instruction_sets.h"
#include "tests/torch/cells.h"

namespace videoenhance {
namespace {

constexpr std::int64_t kWidth = 2 * kRowUnit, kBefore = 16;
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

struct Form {
  c10::ScalarType type;
  int taps, outputs;
};

class RowConvolutions : public testing::TestWithParam<Form> {
 protected:
  static constexpr std::int64_t kRows = 5;

  void SetUp() override {
    if (!convolves_rows(GetParam().type)) GTEST_SKIP() << "This processor does not multiply bfloat16.";
    c10::InferenceMode inference;
    const auto cells = [&](std::int64_t count) {
      const at::Tensor values = at::randn({count * parts()}).to(GetParam().type);
      const auto* first = static_cast<const Cell*>(values.const_data_ptr());
      return std::vector<Cell>(first, first + count);
    };
    pixels_ = cells(kRows * stride());
    added_cells_ = cells(kMostOutputs * stride());
    weights_ = cells(kRows * GetParam().taps * GetParam().outputs);
    for (int o = 0; o < GetParam().outputs; ++o) bias_.push_back(0.25f * static_cast<float>(o - 3));
    for (std::int64_t r = 0; r < kRows; ++r) rows_.push_back(&pixels_[r * stride() + kBefore]);
    for (int o = 0; o < kMostOutputs; ++o) added_.push_back(&added_cells_[o * stride() + kBefore]);
    result_.assign(kMostOutputs * stride(), 0);
    for (int o = 0; o < kMostOutputs; ++o) out_.push_back(&result_[o * stride() + kBefore]);
  }

  std::int64_t parts() const { return channels_in_cell(GetParam().type); }
  std::int64_t stride() const { return kBefore + kWidth + kBefore; }

  RowConvolution row() {
    return {rows_.data(),    kRows,        GetParam().taps, GetParam().outputs,
            weights_.data(), bias_.data(), nullptr,         false,
            out_.data(),     false,        kWidth};
  }

  double plain(const RowConvolution& row, int output, std::int64_t x) const {
    double sum = row.bias[output];
    for (std::int64_t r = 0; r < kRows; ++r) {
      for (int tap = 0; tap < row.taps; ++tap) {
        for (std::int64_t part = 0; part < parts(); ++part) {
          const Cell weight = weights_[(r * row.taps + tap) * row.outputs + output];
          sum += static_cast<double>(channel_of(weight, part, GetParam().type)) *
                 channel_of(row.rows[r][x + tap], part, GetParam().type);
        }
      }
    }
    if (row.added != nullptr)
      sum += channel_of(row.added[output / parts()][x], output % parts(), GetParam().type);
    return row.relu ? std::max(sum, 0.0) : sum;
  }

  float result(const RowConvolution& row, int output, std::int64_t x) const {
    if (row.as_floats) return static_cast<const float*>(row.out[output])[x];
    return channel_of(static_cast<const Cell*>(row.out[output / parts()])[x], output % parts(),
                      GetParam().type);
  }

  // Sums of some thirty products; cells of bfloat16 keep 8 bits of the result.
  void expect_plain(const RowConvolution& row) {
    const double relative = !row.as_floats && parts() == 2 ? 1.0 / 256 : 1e-5;
    on_each_instruction_set([&] {
      convolve_row(row, GetParam().type);
      for (int o = 0; o < row.outputs; ++o) {
        for (std::int64_t x = 0; x < kWidth; ++x) {
          const double wanted = plain(row, o, x);
          ASSERT_NEAR(result(row, o, x), wanted, relative * std::abs(wanted) + 2e-5) << o << ' ' << x;
        }
      }
    });
  }

  std::vector<Cell> pixels_, added_cells_, weights_, result_;
  std::vector<float> bias_;
  std::vector<const Cell*> rows_, added_;
  std::vector<void*> out_;
};

TEST_P(RowConvolutions, AreTheSumOfTheirProducts) {
  expect_plain(row());
}

TEST_P(RowConvolutions, MayHaveARowAddedAndNothingBelowZero) {
  RowConvolution with_all = row();
  with_all.added = added_.data();
  with_all.relu = true;
  expect_plain(with_all);
}

TEST_P(RowConvolutions, MayStayFloat32) {
  RowConvolution floats = row();
  floats.as_floats = true;
  expect_plain(floats);
}

TEST_P(RowConvolutions, OfNoRowsAreTheBias) {
  RowConvolution none = row();
  none.row_count = 0;
  none.as_floats = true;
  convolve_row(none, GetParam().type);
  for (int o = 0; o < none.outputs; ++o) EXPECT_EQ(result(none, o, kWidth - 1), bias_[o]);
}

// What a network cannot compute must not look like a picture.
TEST_P(RowConvolutions, KeepNanWhereNothingBelowZeroIsKept) {
  RowConvolution faulty = row();
  bias_.back() = kNan;
  faulty.relu = true;
  on_each_instruction_set([&] {
    convolve_row(faulty, GetParam().type);
    EXPECT_TRUE(std::isnan(result(faulty, faulty.outputs - 1, 5)));
  });
}

// The last plane has an odd channel; beyond a row of results nothing is written.
TEST_P(RowConvolutions, WriteTheirRowsAlone) {
  std::fill(result_.begin(), result_.end(), 0x12345678);
  convolve_row(row(), GetParam().type);
  const std::int64_t planes = (GetParam().outputs + parts() - 1) / parts();
  for (std::int64_t k = 0; k < static_cast<std::int64_t>(result_.size()); ++k) {
    const std::int64_t plane = k / stride(), x = k % stride() - kBefore;
    if (plane >= planes || x < 0 || x >= kWidth) {
      ASSERT_EQ(result_[k], 0x12345678u) << plane << ' ' << x;
    }
  }
}

std::vector<Form> forms() {
  std::vector<Form> all;
  for (const auto type : {at::kFloat, at::kBFloat16}) {
    for (const int taps : {2, 3}) {
      for (int outputs = 1; outputs <= kMostOutputs; ++outputs) all.push_back({type, taps, outputs});
    }
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(Forms, RowConvolutions, testing::ValuesIn(forms()), [](const auto& info) {
  return std::string(info.param.type == at::kFloat ? "Float" : "BFloat16") + std::to_string(info.param.taps) +
         "Taps" + std::to_string(info.param.outputs) + "Outputs";
});

TEST(Pixels, OfEvenAndOddColumnsTakeTurns) {
  std::array<Cell, kRowUnit> even, odd;
  for (std::int64_t x = 0; x < kRowUnit; ++x) {
    even[x] = static_cast<Cell>(2 * x);
    odd[x] = static_cast<Cell>(2 * x + 1);
  }
  on_each_instruction_set([&] {
    std::array<Cell, 2 * kRowUnit> out{};
    interleave_pixels(even.data(), odd.data(), out.data(), kRowUnit);
    for (Cell x = 0; x < 2 * kRowUnit; ++x) EXPECT_EQ(out[x], x);
  });
}

}  // namespace
}  // namespace videoenhance
