// Rows of frames in any layout, beside what is computed pixel by pixel, in memory that ends where frames do.
#include "core/torch/kernels/frame_rows.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <limits>
#include <random>

#include "tests/fakes/fake_picture.h"
#include "tests/instruction_sets.h"

namespace videoenhance {
namespace {

// R'G'B' of limited-range Y'CbCr, and the way back.
constexpr ColourMatrix kToRgb = {{{{1.164f, 0, 1.596f}, {1.164f, -0.391f, -0.813f}, {1.164f, 2.018f, 0}}},
                                 {-0.874f, 0.531f, -1.086f}};
constexpr ColourMatrix kFromRgb = {
    {{{0.257f, 0.504f, 0.098f}, {-0.148f, -0.291f, 0.439f}, {0.439f, -0.368f, -0.071f}}},
    {0.063f, 0.502f, 0.502f}};

struct Layout {
  const char* name;
  SampleType type;
  ChromaSampling columns, rows;
  bool interleaved = false;  // the second and third component, as in NV12
  WordBits word = {};
};

void PrintTo(const Layout& layout, std::ostream* out) {
  *out << layout.name;
}

struct Size {
  int width, height;
};
constexpr Size kSizes[] = {{1, 1}, {1, 2}, {2, 1}, {2, 2}, {3, 3}, {5, 1}, {1, 6}, {37, 21}, {32, 8}};

// Components in memory of their own, one after the other or the last two as one.
class Frame {
 public:
  Frame(const Layout& layout, Size size) : layout_(layout), size_(size) {
    const auto sample = static_cast<std::ptrdiff_t>(bytes_of(layout.type));
    const int columns = samples_of(size.width, layout.columns), rows = samples_of(size.height, layout.rows);
    span_ = {size.width, size.height, layout.type, {}, kFromRgb, layout.columns, layout.rows, layout.word};
    for (int c = 0; c < 3; ++c) {
      const bool shares = layout.interleaved && c > 0;
      const std::ptrdiff_t pixel = shares ? 2 * sample : sample, row = pixel * (c ? columns : size.width);
      auto& memory = memory_[shares ? 1 : c];
      memory.resize(static_cast<std::size_t>(row * (c ? rows : size.height)));
      span_.components[c] = {memory.data() + (shares && c == 2 ? sample : 0), row, pixel};
    }
  }

  const FrameSpan& span() const { return span_; }
  FrameView view() const {
    FrameView view{size_.width, size_.height,    layout_.type, {},
                   kToRgb,      layout_.columns, layout_.rows, layout_.word};
    for (int c = 0; c < 3; ++c)
      view.components[c] = {span_.components[c].data, span_.components[c].row_stride,
                            span_.components[c].pixel_stride};
    return view;
  }

  // The largest difference of samples, in steps of them, and how many differ at all.
  std::pair<double, int> difference(const Frame& other) const {
    std::pair<double, int> result = {0, 0};
    for (std::size_t c = 0; c < 3; ++c) {
      for (std::size_t i = 0; i < memory_[c].size(); i += bytes_of(layout_.type)) {
        const double steps = std::abs(sample(c, i) - other.sample(c, i));
        result = {std::max(result.first, steps), result.second + (steps > 0.01)};
      }
    }
    return result;
  }

 private:
  double sample(std::size_t c, std::size_t i) const {
    std::uint16_t word = 0;
    float value = 0;
    if (layout_.type == SampleType::kFloat32) {
      std::memcpy(&value, memory_[c].data() + i, sizeof value);
      return 65535 * value;
    }
    std::memcpy(&word, memory_[c].data() + i, bytes_of(layout_.type));
    return word >> (layout_.type == SampleType::kUint16 ? layout_.word.shift : 0);
  }

  Layout layout_;
  Size size_;
  FrameSpan span_;
  std::array<std::vector<std::byte>, 3> memory_;
};

// Three planes of values.
struct Picture {
  explicit Picture(Size size, float lowest = 0, float highest = 1) : size(size) {
    std::mt19937 random(3);
    std::uniform_real_distribution<float> value(lowest, highest);
    values.resize(static_cast<std::size_t>(3 * size.width * size.height));
    for (float& x : values) x = value(random);
  }

  float* row(std::size_t c, std::int64_t y) {
    return values.data() + (static_cast<std::int64_t>(c) * size.height + y) * size.width;
  }

  Size size;
  std::vector<float> values;
};

template <typename Sample>
void read(const FrameView& frame, Picture& picture) {
  RowReader<Sample> reader(frame);
  for (std::int64_t y = 0; y < frame.height; ++y)
    reader.read(y, {picture.row(0, y), picture.row(1, y), picture.row(2, y), nullptr});
}

void read(const FrameView& frame, Picture& picture) {
  if (frame.type == SampleType::kUint8) return read<std::uint8_t>(frame, picture);
  return frame.type == SampleType::kUint16 ? read<std::uint16_t>(frame, picture)
                                           : read<float>(frame, picture);
}

template <typename Sample>
void write(Picture& picture, const FrameSpan& frame) {
  RowWriter<Sample> writer(frame);
  for (std::int64_t y = 0; y < samples_of(frame.height, frame.chroma_rows); ++y) {
    writer.write(y, [&](std::int64_t row) {
      return PlaneRows<const float>{picture.row(0, row), picture.row(1, row), picture.row(2, row), nullptr};
    });
  }
}

void write(Picture& picture, const FrameSpan& frame) {
  if (frame.type == SampleType::kUint8) return write<std::uint8_t>(picture, frame);
  return frame.type == SampleType::kUint16 ? write<std::uint16_t>(picture, frame)
                                           : write<float>(picture, frame);
}

class FrameRows : public testing::TestWithParam<Layout> {};

TEST_P(FrameRows, AreReadAsTheirPixelsSay) {
  for (const Size size : kSizes) {
    Frame frame(GetParam(), size);
    Picture noise(size), seen(size);
    write(noise, frame.span());
    const FakePicture expected = copy_picture(frame.view(), 0);
    on_each_instruction_set([&] {
      read(frame.view(), seen);
      for (std::size_t c = 0; c < 3; ++c) {
        for (int i = 0; i < size.width * size.height; ++i)
          ASSERT_NEAR(seen.row(c, 0)[i], expected.components[c][i], 2e-6)
              << c << " " << i << " of " << size.width;
      }
    });
  }
}

TEST_P(FrameRows, AreWrittenAsTheNearestSamples) {
  for (const Size size : kSizes) {
    Picture picture(size, -0.1f, 1.1f);
    Frame expected(GetParam(), size);
    paint(expected.span(), [&](std::size_t c, int x, int y) { return picture.row(c, y)[x]; });
    on_each_instruction_set([&] {
      Frame written(GetParam(), size);
      write(picture, written.span());
      const auto [steps, differ] = written.difference(expected);
      EXPECT_LE(steps, 1.01) << size.width << "x" << size.height;
      // Halves are rounded one way or the other; a word is near one in each hundredth or so.
      EXPECT_LE(differ, 1 + 0.03 * size.width * size.height) << size.width << "x" << size.height;
    });
  }
}

TEST_P(FrameRows, OfNoNumberAreThoseOfBlack) {
  on_each_instruction_set([&] {
    const Size size = {19, 5};
    Frame black(GetParam(), size), no_number(GetParam(), size);
    Picture picture(size, 0, 0);
    write(picture, black.span());
    std::ranges::fill(picture.values, std::numeric_limits<float>::quiet_NaN());
    write(picture, no_number.span());
    EXPECT_EQ(black.difference(no_number).second, 0);
  });
}

INSTANTIATE_TEST_SUITE_P(
    Layouts, FrameRows,
    testing::Values(
        Layout{"y444", SampleType::kUint8, ChromaSampling::kEach, ChromaSampling::kEach},
        Layout{"i420", SampleType::kUint8, ChromaSampling::kBetweenTwo, ChromaSampling::kBetweenTwo},
        Layout{"mpeg2", SampleType::kUint8, ChromaSampling::kFirstOfTwo, ChromaSampling::kBetweenTwo},
        Layout{"cosited", SampleType::kUint8, ChromaSampling::kFirstOfTwo, ChromaSampling::kFirstOfTwo},
        Layout{"nv12", SampleType::kUint8, ChromaSampling::kBetweenTwo, ChromaSampling::kBetweenTwo, true},
        Layout{"y42b", SampleType::kUint8, ChromaSampling::kFirstOfTwo, ChromaSampling::kEach},
        Layout{"i420_10",
               SampleType::kUint16,
               ChromaSampling::kFirstOfTwo,
               ChromaSampling::kBetweenTwo,
               false,
               {10, 0}},
        Layout{"p010",
               SampleType::kUint16,
               ChromaSampling::kFirstOfTwo,
               ChromaSampling::kBetweenTwo,
               true,
               {10, 6}},
        Layout{"y444_16", SampleType::kUint16, ChromaSampling::kEach, ChromaSampling::kEach},
        Layout{"floats", SampleType::kFloat32, ChromaSampling::kFirstOfTwo, ChromaSampling::kBetweenTwo}),
    [](const auto& info) { return info.param.name; });

TEST(FrameRows, WithoutAPlaceForChromaAreLumaAlone) {
  std::vector<std::uint8_t> luma(15);
  FrameSpan span{5, 3, SampleType::kUint8, {}, kFromRgb};
  span.components[0] = {reinterpret_cast<std::byte*>(luma.data()), 5, 1};
  Picture white({5, 3}, 1, 1);
  write(white, span);
  EXPECT_EQ(luma, std::vector<std::uint8_t>(15, 235));
}

}  // namespace
}  // namespace videoenhance
