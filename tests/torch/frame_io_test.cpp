#include "core/torch/kernels/frame_io.h"

#include <ATen/ops/from_blob.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include <cstring>
#include <limits>

#include "tests/fakes/fake_picture.h"
#include "tests/instruction_sets.h"

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

// ---- frames whose samples are no R'G'B', beside what is computed pixel by pixel

// R'G'B' of limited-range Y'CbCr, and the way back.
constexpr ColourMatrix kToRgb = {{{{1.164f, 0, 1.596f}, {1.164f, -0.391f, -0.813f}, {1.164f, 2.018f, 0}}},
                                 {-0.874f, 0.531f, -1.086f}};
constexpr ColourMatrix kFromRgb = {
    {{{0.257f, 0.504f, 0.098f}, {-0.148f, -0.291f, 0.439f}, {0.439f, -0.368f, -0.071f}}},
    {0.063f, 0.502f, 0.502f}};

struct Samples {
  const char* name;
  SampleType type;
  ChromaSampling columns, rows;
  bool interleaved = false;  // the second and third component, as in NV12
  WordBits word = {};
};

void PrintTo(const Samples& samples, std::ostream* out) {
  *out << samples.name;
}

// Planes of any samples, one after the other, rows as long as the picture is wide.
class ColouredPicture {
 public:
  explicit ColouredPicture(const Samples& samples, const ColourMatrix& colours)
      : size_(static_cast<std::ptrdiff_t>(bytes_of(samples.type))),
        bytes_(static_cast<std::size_t>(kPlane * size_ * 3), kFiller) {
    const std::ptrdiff_t row = 2 * kWidth * size_;
    span_ = {kWidth, kHeight, samples.type, {}, colours, samples.columns, samples.rows, samples.word};
    for (int c = 0; c < 3; ++c) span_.components[c] = {bytes_.data() + c * kPlane * size_, row, size_};
    if (!samples.interleaved) return;
    span_.components[1].pixel_stride = span_.components[2].pixel_stride = 2 * size_;
    span_.components[2].data = span_.components[1].data + size_;
  }

  const FrameSpan& span() const { return span_; }
  FrameView view() const {
    FrameView view{kWidth,    kHeight, span_.type, {}, span_.colours, span_.chroma_columns, span_.chroma_rows,
                   span_.word};
    for (int c = 0; c < 3; ++c)
      view.components[c] = {span_.components[c].data, span_.components[c].row_stride,
                            span_.components[c].pixel_stride};
    return view;
  }

  std::vector<int> samples() const {
    std::vector<int> all;
    for (std::size_t i = 0; i < bytes_.size(); i += static_cast<std::size_t>(size_)) {
      std::uint16_t sample = 0;
      std::memcpy(&sample, bytes_.data() + i, static_cast<std::size_t>(size_));
      all.push_back(sample >> (size_ == 2 ? span_.word.shift : 0));
    }
    return all;
  }

 private:
  static constexpr std::ptrdiff_t kPlane = 2 * kWidth * kHeight;

  std::ptrdiff_t size_;
  std::vector<std::byte> bytes_;
  FrameSpan span_;
};

class ColouredFrames : public testing::TestWithParam<Samples> {};

TEST_P(ColouredFrames, AreReadAsTheirPixelsSay) {
  const auto noise = at::rand({3, kHeight, kWidth});
  ColouredPicture painted(GetParam(), kFromRgb);
  paint(painted.span(),
        [&](std::size_t c, int x, int y) { return noise[static_cast<std::int64_t>(c)][y][x].item<float>(); });
  FrameView view = painted.view();
  view.colours = kToRgb;
  const FakePicture expected = copy_picture(view, 0);
  on_each_instruction_set([&] {
    const auto read = load_frame(view);
    for (std::int64_t c = 0; c < 3; ++c) {
      const auto plane = at::from_blob(const_cast<float*>(expected.components[c].data()), {kHeight, kWidth});
      EXPECT_LE((read[0][c] - plane).abs().max().item<double>(), 2e-6) << c;
    }
  });
}

TEST_P(ColouredFrames, AreWrittenAsTheNearestSamplesAndNothingElseIs) {
  const auto picture = at::rand({1, 3, kHeight, kWidth}) * 1.2 - 0.1;
  ColouredPicture expected(GetParam(), kFromRgb);
  paint(expected.span(), [&](std::size_t c, int x, int y) {
    return picture[0][static_cast<std::int64_t>(c)][y][x].item<float>();
  });
  on_each_instruction_set([&] {
    ColouredPicture written(GetParam(), kFromRgb);
    store_frame(picture, written.span());
    const auto one = written.samples(), other = expected.samples();
    int differ = 0;
    for (std::size_t i = 0; i < one.size(); ++i) {
      ASSERT_LE(std::abs(one[i] - other[i]), 1) << i;
      differ += one[i] != other[i];
    }
    // Halves are rounded one way or the other; a 16-bit sample is near one in each hundredth or so.
    EXPECT_LE(differ, 0.02 * kWidth * kHeight);
  });
}

TEST_P(ColouredFrames, OfNoNumberAreThoseOfBlack) {
  on_each_instruction_set([&] {
    ColouredPicture black(GetParam(), kFromRgb), no_number(GetParam(), kFromRgb);
    store_frame(at::zeros({1, 3, kHeight, kWidth}), black.span());
    store_frame(at::full({1, 3, kHeight, kWidth}, std::numeric_limits<float>::quiet_NaN()), no_number.span());
    EXPECT_EQ(black.samples(), no_number.samples());
  });
}

INSTANTIATE_TEST_SUITE_P(
    Layouts, ColouredFrames,
    testing::Values(
        Samples{"y444", SampleType::kUint8, ChromaSampling::kEach, ChromaSampling::kEach},
        Samples{"i420", SampleType::kUint8, ChromaSampling::kBetweenTwo, ChromaSampling::kBetweenTwo},
        Samples{"mpeg2", SampleType::kUint8, ChromaSampling::kFirstOfTwo, ChromaSampling::kBetweenTwo},
        Samples{"cosited", SampleType::kUint8, ChromaSampling::kFirstOfTwo, ChromaSampling::kFirstOfTwo},
        Samples{"nv12", SampleType::kUint8, ChromaSampling::kBetweenTwo, ChromaSampling::kBetweenTwo, true},
        Samples{"y42b", SampleType::kUint8, ChromaSampling::kFirstOfTwo, ChromaSampling::kEach},
        Samples{"i420_10",
                SampleType::kUint16,
                ChromaSampling::kFirstOfTwo,
                ChromaSampling::kBetweenTwo,
                false,
                {10, 0}},
        Samples{"p010",
                SampleType::kUint16,
                ChromaSampling::kFirstOfTwo,
                ChromaSampling::kBetweenTwo,
                true,
                {10, 6}},
        Samples{"y444_16", SampleType::kUint16, ChromaSampling::kEach, ChromaSampling::kEach}),
    [](const auto& info) { return info.param.name; });

// Two rows or columns, or one, are all neighbours that a sample has.
TEST(ColouredFrames, OfASingleRowOrColumnAreReadAndWritten) {
  for (const auto& [width, height] : {std::pair{1, 1}, {1, 4}, {5, 1}, {2, 2}}) {
    for (const auto sampling : {ChromaSampling::kBetweenTwo, ChromaSampling::kFirstOfTwo}) {
      std::vector<std::uint8_t> bytes(3 * 16, 128);
      FrameSpan span{width, height, SampleType::kUint8, {}, kFromRgb, sampling, sampling};
      FrameView view{width, height, SampleType::kUint8, {}, kToRgb, sampling, sampling};
      for (int c = 0; c < 3; ++c) {
        span.components[c] = {reinterpret_cast<std::byte*>(bytes.data() + 16 * c), 5, 1};
        view.components[c] = {span.components[c].data, 5, 1};
      }
      const auto colour = at::tensor({0.3f, 0.6f, 0.5f}).view({1, 3, 1, 1});
      store_frame(colour.expand({1, 3, height, width}).contiguous(), span);
      EXPECT_LE((load_frame(view) - colour).abs().max().item<double>(), 0.01) << width << "x" << height;
    }
  }
}

TEST(ColouredFrames, WithoutAPlaceForChromaHaveLumaAlone) {
  std::vector<std::uint8_t> bytes(kWidth * kHeight, 0);
  FrameSpan span{kWidth, kHeight, SampleType::kUint8, {}, kFromRgb};
  span.components[0] = {reinterpret_cast<std::byte*>(bytes.data()), kWidth, 1};
  store_frame(at::ones({1, 3, kHeight, kWidth}), span);
  for (const auto byte : bytes) ASSERT_EQ(byte, 235);
}

}  // namespace
}  // namespace videoenhance
