#include "core/torch/kernels/frame_io.h"

#include <ATen/ops/rand.h>
#include <gtest/gtest.h>

#include <cstring>
#include <limits>

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

// ---- frames whose samples are no R'G'B'

// R'G'B' of the samples of bt601, and the way back.
constexpr ColourMatrix kToRgb = {{{{1.164f, 0, 1.596f}, {1.164f, -0.391f, -0.813f}, {1.164f, 2.018f, 0}}},
                                 {-0.874f, 0.531f, -1.086f}};
constexpr ColourMatrix kFromRgb = {
    {{{0.257f, 0.504f, 0.098f}, {-0.148f, -0.291f, 0.439f}, {0.439f, -0.368f, -0.071f}}},
    {0.063f, 0.502f, 0.502f}};

at::Tensor mixed(const at::Tensor& picture, const ColourMatrix& colours) {
  const auto values = picture.to(at::kDouble).nan_to_num(0).clamp(0, 1);
  auto result = values.clone();
  for (int row = 0; row < 3; ++row) {
    auto sum = at::full({kHeight, kWidth}, colours.offset[row], at::kDouble);
    for (int i = 0; i < 3; ++i) sum += colours.matrix[row][i] * values[0][i];
    result[0][row] = sum.clamp(0, 1);
  }
  return result;
}

// Words of a pixel with alpha or its place in front, as GStreamer's ARGB64 and AYUV64.
class WordPixels {
 public:
  explicit WordPixels(bool alpha) : words_(4 * kWidth * kHeight), alpha_(alpha) {
    for (std::size_t i = 0; i < words_.size(); ++i) words_[i] = static_cast<std::uint16_t>(i * 7919);
  }

  template <typename Byte>
  BasicFrame<Byte> frame(const ColourMatrix& colours) {
    BasicFrame<Byte> frame{kWidth, kHeight, SampleType::kUint16, {}, colours};
    auto* bytes = reinterpret_cast<Byte*>(words_.data());
    for (int c = 0; c < 3; ++c) frame.components[c] = {bytes + 2 * (c + 1), 8 * kWidth, 8};
    if (alpha_) frame.components[3] = {bytes, 8 * kWidth, 8};
    return frame;
  }
  FrameView view(const ColourMatrix& colours) { return frame<const std::byte>(colours); }
  FrameSpan span(const ColourMatrix& colours) { return frame<std::byte>(colours); }
  const std::vector<std::uint16_t>& words() const { return words_; }

 private:
  std::vector<std::uint16_t> words_;
  bool alpha_;
};

// The same samples component by component, which the fast path does not take.
FrameView plane_by_plane(const FrameView& frame, std::vector<std::uint16_t>& planes) {
  planes.assign(std::size_t{4} * kWidth * kHeight, 0);
  FrameView view = frame;
  for (int c = 0; c < (frame.has_alpha() ? 4 : 3); ++c) {
    auto* plane = planes.data() + c * kWidth * kHeight;
    for (int i = 0; i < kWidth * kHeight; ++i)
      std::memcpy(plane + i, frame.components[c].data + 8 * i, sizeof *plane);
    view.components[c] = {reinterpret_cast<const std::byte*>(plane), 2 * kWidth, 2};
  }
  return view;
}

class ColouredWords : public testing::TestWithParam<bool> {};  // with alpha

TEST_P(ColouredWords, AreReadThroughTheirMatrixInAnyLayout) {
  WordPixels pixels(GetParam());
  auto plain = pixels.view(kToRgb);
  plain.colours.reset();
  const auto expected = mixed(load_frame(plain), kToRgb);
  std::vector<std::uint16_t> planes;
  const auto by_plane = load_frame(plane_by_plane(pixels.view(kToRgb), planes));
  EXPECT_LE((by_plane - expected).abs().max().item<double>(), 1e-6);
  on_each_instruction_set(
      [&] { EXPECT_LE((load_frame(pixels.view(kToRgb)) - expected).abs().max().item<double>(), 1e-6); });
}

TEST_P(ColouredWords, AreTheNearestOnesInWriting) {
  const auto picture = at::rand({1, 4, kHeight, kWidth}) * 1.4 - 0.2;
  const auto expected = mixed(picture, kFromRgb).mul(65535);
  on_each_instruction_set([&] {
    WordPixels pixels(GetParam());
    store_frame(picture, pixels.span(kFromRgb));
    auto plain = pixels.view(kFromRgb);
    plain.colours.reset();
    const auto written = load_frame(plain).mul(65535);
    const auto wanted = expected.narrow(1, 0, written.size(1));
    // Sums of floats are up to three rounding steps, of 1/256 of a word each, off.
    EXPECT_LE((written - wanted).abs().max().item<double>(), 0.52);
  });
}

TEST_P(ColouredWords, OfAPixelDifferByAWordAtMostFromThoseOfPlanes) {
  const auto picture = at::rand({1, 3, kHeight, kWidth});
  WordPixels pixels(GetParam());
  store_frame(picture, pixels.span(kFromRgb));
  Picture planes({"planar16", SampleType::kUint16, false, 3, 6});
  FrameSpan span = planes.span();
  span.colours = kFromRgb;
  store_frame(picture, span);
  auto plain = pixels.view(kFromRgb);
  plain.colours.reset();
  const auto difference = (load_frame(plain).narrow(1, 0, 3) - load_frame(planes.view())).mul(65535).abs();
  EXPECT_LE(difference.max().item<double>(), 1.01);
  EXPECT_LE(difference.mean().item<double>(), 0.01);
  EXPECT_TRUE(planes.padding_is_untouched());
}

TEST_P(ColouredWords, OfNoNumberAreThoseOfBlack) {
  on_each_instruction_set([&] {
    WordPixels black(GetParam()), no_number(GetParam());
    store_frame(at::zeros({1, 3, kHeight, kWidth}), black.span(kFromRgb));
    store_frame(at::full({1, 3, kHeight, kWidth}, std::numeric_limits<float>::quiet_NaN()),
                no_number.span(kFromRgb));
    EXPECT_EQ(black.words(), no_number.words());
  });
}

INSTANTIATE_TEST_SUITE_P(Alpha, ColouredWords, testing::Bool());

TEST(ColouredWords, LeaveTheWordThatIsNotAlphaAsItWas) {
  on_each_instruction_set([] {
    WordPixels pixels(false);
    const auto before = pixels.words();
    store_frame(at::rand({1, 4, kHeight, kWidth}), pixels.span(kFromRgb));
    for (std::size_t i = 0; i < before.size(); i += 4) ASSERT_EQ(pixels.words()[i], before[i]);
  });
}

TEST(ColouredWords, HaveOpaqueAlphaWhereThePictureHasNone) {
  on_each_instruction_set([] {
    WordPixels pixels(true);
    store_frame(at::rand({1, 3, kHeight, kWidth}), pixels.span(kFromRgb));
    for (std::size_t i = 0; i < pixels.words().size(); i += 4) ASSERT_EQ(pixels.words()[i], 0xffff);
  });
}

}  // namespace
}  // namespace videoenhance
