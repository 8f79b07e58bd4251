#include "core/torch/kernels/frame_io.h"

#include <ATen/ops/empty_like.h>
#include <ATen/ops/rand.h>
#include <gtest/gtest.h>

#include <limits>

#include "core/torch/kernels/frame_rows.h"

namespace videoenhance {
namespace {

// A picture in memory: packed or planar, with padded rows.
struct Layout {
  const char* name;
  SampleType type;
  bool packed;
  int components;
  int padding;  // bytes behind each row
};

void PrintTo(const Layout& layout, std::ostream* out) {
  *out << layout.name;
}

constexpr int kWidth = 37, kHeight = 21;
constexpr auto kFiller = std::byte{0xA5};

class Picture {
 public:
  explicit Picture(const Layout& layout) : layout_(layout) {
    const auto sample = static_cast<std::ptrdiff_t>(bytes_of(layout.type));
    const std::ptrdiff_t pixel = layout.packed ? sample * layout.components : sample;
    const std::ptrdiff_t row = kWidth * pixel + layout.padding;
    bytes_.assign(static_cast<std::size_t>(row * kHeight * (layout.packed ? 1 : layout.components)), kFiller);
    span_ = {kWidth, kHeight, layout.type, {}};
    for (int c = 0; c < layout.components; ++c) {
      span_.components[c] = {bytes_.data() + (layout.packed ? c * sample : c * row * kHeight), row, pixel};
    }
  }

  const FrameSpan& span() const { return span_; }
  FrameView view() const {
    FrameView view{kWidth, kHeight, layout_.type, {}};
    for (int c = 0; c < layout_.components; ++c) {
      view.components[c] = {span_.components[c].data, span_.components[c].row_stride,
                            span_.components[c].pixel_stride};
    }
    return view;
  }

  bool padding_is_untouched() const {
    for (int c = 0; c < (layout_.packed ? 1 : layout_.components); ++c) {
      for (int y = 0; y < kHeight; ++y) {
        const auto* end =
            span_.components[c].data + (y + 1) * span_.components[c].row_stride - layout_.padding;
        for (int i = 0; i < layout_.padding; ++i) {
          if (end[i] != kFiller) return false;
        }
      }
    }
    return true;
  }

 private:
  Layout layout_;
  std::vector<std::byte> bytes_;
  FrameSpan span_;
};

class FrameLayouts : public testing::TestWithParam<Layout> {};

TEST_P(FrameLayouts, WritingAndReadingGivesTheNearestCodeValue) {
  const auto& layout = GetParam();
  const auto tensor = at::rand({1, layout.components, kHeight, kWidth});
  Picture picture(layout);
  store_frame(tensor, picture.span());
  const auto read = load_frame(picture.view());
  ASSERT_EQ(read.sizes(), tensor.sizes());
  const double half_step = layout.type == SampleType::kUint8    ? 0.5 / 255
                           : layout.type == SampleType::kUint16 ? 0.5 / 65535
                                                                : 0;
  EXPECT_LE((read - tensor).abs().max().item<double>(), half_step + 1e-7);
  EXPECT_TRUE(picture.padding_is_untouched());
}

TEST_P(FrameLayouts, CodeValuesSurviveARoundTripBitForBit) {
  Picture first(GetParam()), second(GetParam());
  store_frame(at::rand({1, GetParam().components, kHeight, kWidth}), first.span());
  const auto read = load_frame(first.view());
  store_frame(read, second.span());
  EXPECT_TRUE(load_frame(second.view()).equal(read));
}

TEST_P(FrameLayouts, OnlyTheUpperLeftPartOfALargerTensorIsWritten) {
  const auto tensor = at::rand({1, GetParam().components, kHeight + 7, kWidth + 11});
  Picture whole(GetParam()), part(GetParam());
  store_frame(tensor.narrow(2, 0, kHeight).narrow(3, 0, kWidth), part.span());
  store_frame(tensor.narrow(2, 0, kHeight).narrow(3, 0, kWidth).contiguous(), whole.span());
  EXPECT_TRUE(load_frame(part.view()).equal(load_frame(whole.view())));
}

TEST_P(FrameLayouts, BytesAreCopiedApartFromTheArithmeticOnThem) {
  if (GetParam().type != SampleType::kUint8) GTEST_SKIP() << "of 8 bits alone";
  const auto tensor = at::rand({1, GetParam().components, kHeight, kWidth}) * 1.5 - 0.25;
  Picture at_once(GetParam()), by_bytes(GetParam());
  store_frame(tensor, at_once.span());
  store_frame(picture_to_bytes(tensor), by_bytes.span());
  auto bytes = at::empty(tensor.sizes(), at::kByte);
  load_frame(by_bytes.view(), bytes);
  EXPECT_TRUE(bytes_to_picture(bytes).equal(load_frame(at_once.view())));
  EXPECT_TRUE(by_bytes.padding_is_untouched());
}

INSTANTIATE_TEST_SUITE_P(Layouts, FrameLayouts,
                         testing::Values(Layout{"rgb8", SampleType::kUint8, true, 3, 5},
                                         Layout{"rgba8", SampleType::kUint8, true, 4, 0},
                                         Layout{"planar8", SampleType::kUint8, false, 3, 27},
                                         Layout{"rgba16", SampleType::kUint16, true, 4, 6},
                                         Layout{"planar16", SampleType::kUint16, false, 3, 0},
                                         Layout{"planar32", SampleType::kFloat32, false, 3, 8}),
                         [](const auto& info) { return info.param.name; });

TEST(FrameIo, AMissingAlphaIsWrittenOpaque) {
  for (const auto type : {SampleType::kUint8, SampleType::kUint16}) {
    Picture picture({"rgba", type, true, 4, 0});
    store_frame(at::rand({1, 3, kHeight, kWidth}), picture.span());
    EXPECT_TRUE(load_frame(picture.view()).select(1, 3).eq(1).all().item<bool>());
  }
  Picture picture({"rgba", SampleType::kUint8, true, 4, 0});
  store_frame(at::zeros({1, 3, kHeight, kWidth}, at::kByte), picture.span());
  EXPECT_TRUE(load_frame(picture.view()).select(1, 3).eq(1).all().item<bool>());
}

TEST(FrameIo, ValuesOutsideTheRangeAreClampedAndNaNIsBlack) {
  const Layout layout{"rgb8", SampleType::kUint8, true, 3, 0};
  Picture picture(layout);
  for (const auto& [value, expected] : {std::pair{-0.5f, 0.0f},
                                        {1.5f, 1.0f},
                                        {std::numeric_limits<float>::infinity(), 1.0f},
                                        {std::numeric_limits<float>::quiet_NaN(), 0.0f}}) {
    store_frame(at::full({1, 3, kHeight, kWidth}, value), picture.span());
    EXPECT_TRUE(load_frame(picture.view()).eq(expected).all().item<bool>()) << value;
  }
}

// No two threads write one row.
TEST(FrameIo, LumaAndHalvedChromaGoByRowsInSeveralThreads) {
  constexpr ColourMatrix kHalf = {{{{0.5f, 0, 0}, {0, 0.5f, 0}, {0, 0, 0.5f}}}, {0, 0, 0}};
  constexpr int kRows = 203, kColumns = 31;
  std::vector<std::uint8_t> bytes(3 * kRows * kColumns), at_once = bytes;
  FrameSpan span{kColumns,
                 kRows,
                 SampleType::kUint8,
                 {},
                 kHalf,
                 ChromaSampling::kFirstOfTwo,
                 ChromaSampling::kFirstOfTwo};
  FrameView view{kColumns,
                 kRows,
                 SampleType::kUint8,
                 {},
                 kHalf,
                 ChromaSampling::kFirstOfTwo,
                 ChromaSampling::kFirstOfTwo};
  for (int c = 0; c < 3; ++c) {
    span.components[c] = {reinterpret_cast<std::byte*>(at_once.data() + c * kRows * kColumns), kColumns, 1};
    view.components[c] = {reinterpret_cast<std::byte*>(bytes.data() + c * kRows * kColumns), kColumns, 1};
  }
  const auto picture = at::rand({1, 3, kRows, kColumns});
  const auto* values = picture.const_data_ptr<float>();
  const auto rows = [&](std::int64_t y) {
    const auto* row = values + y * kColumns;
    return PlaneRows<const float>{row, row + kRows * kColumns, row + 2 * kRows * kColumns, nullptr};
  };
  RowWriter<std::uint8_t> writer(span);
  for (int y = 0; y < (kRows + 1) / 2; ++y) writer.write(y, rows);
  const auto threads = at::get_num_threads();
  at::set_num_threads(4);
  for (int c = 0; c < 3; ++c)
    span.components[c].data = reinterpret_cast<std::byte*>(bytes.data() + c * kRows * kColumns);
  store_frame(picture, span);
  const auto loaded = load_frame(view);
  at::set_num_threads(threads);
  EXPECT_EQ(bytes, at_once);
  RowReader<std::uint8_t> reader(view);
  auto expected = at::empty_like(picture);
  auto* target = expected.mutable_data_ptr<float>();
  for (int y = 0; y < kRows; ++y) {
    auto* row = target + y * kColumns;
    reader.read(y, {row, row + kRows * kColumns, row + 2 * kRows * kColumns, nullptr});
  }
  EXPECT_TRUE(loaded.equal(expected));
}

}  // namespace
}  // namespace videoenhance
