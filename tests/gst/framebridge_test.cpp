// Pictures on their way to the engine and back, format by format.
#include "gst/framebridge.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <string>

#include "core/torch/kernels/frame_rows.h"
#include "core/video/thumbnail.h"
#include "gst/formats.h"
#include "tests/fakes/fake_picture.h"
#include "tests/gst/frames.h"

namespace videoenhance {
namespace {

// First pixel as colours 0 … 1.
std::array<double, 4> colour_of(const FrameView& view) {
  const FakePicture picture = copy_picture(view, 0);
  std::array<double, 4> colour = {};
  for (std::size_t c = 0; c < (view.has_alpha() ? 4u : 3u); ++c) colour[c] = picture.components[c].front();
  return colour;
}

// Four planes of values.
struct Values {
  PlaneRows<float> rows_at(std::int64_t y, bool alpha) {
    PlaneRows<float> rows = {};
    for (std::size_t c = 0; c < (alpha ? 4u : 3u); ++c) rows[c] = planes[c].data() + y * kWidth;
    return rows;
  }

  std::array<std::vector<float>, 4> planes = {
      std::vector<float>(kWidth * kHeight), std::vector<float>(kWidth* kHeight),
      std::vector<float>(kWidth* kHeight), std::vector<float>(kWidth* kHeight, 1.0f)};
};

template <typename Sample>
void read_rows(const FrameView& view, Values& values) {
  RowReader<Sample> reader(view);
  for (int y = 0; y < kHeight; ++y) reader.read(y, values.rows_at(y, view.has_alpha()));
}

template <typename Sample>
void write_rows(const FrameSpan& span, Values& values) {
  RowWriter<Sample> writer(span);
  for (int y = 0; y < samples_of(kHeight, span.chroma_rows); ++y) {
    writer.write(y, [&](std::int64_t row) {
      const auto rows = values.rows_at(row, true);
      return PlaneRows<const float>{rows[0], rows[1], rows[2], rows[3]};
    });
  }
}

// Reads `source` and writes what was read into `target`, as engines do.
void round_trip(const FrameBridge& reader, GstBuffer* source, const FrameBridge& writer, GstBuffer* target) {
  Values values;
  const Status read = reader.read(source, [&](const FrameView& view) -> Status {
    view.type == SampleType::kUint8 ? read_rows<std::uint8_t>(view, values)
                                    : read_rows<std::uint16_t>(view, values);
    return {};
  });
  EXPECT_TRUE(read) << read.error().message;
  const Status written = writer.write(target, [&](const FrameSpan& span) -> Status {
    span.type == SampleType::kUint8 ? write_rows<std::uint8_t>(span, values)
                                    : write_rows<std::uint16_t>(span, values);
    return {};
  });
  EXPECT_TRUE(written) << written.error().message;
}

// ---- every format

std::vector<std::string> formats() {
  gst_init(nullptr, nullptr);
  const CapsPtr caps(supported_caps());
  const GValue* list = gst_structure_get_value(gst_caps_get_structure(caps.get(), 0), "format");
  std::vector<std::string> names;
  for (guint i = 0; i < gst_value_list_get_size(list); ++i) {
    names.push_back(g_value_get_string(gst_value_list_get_value(list, i)));
  }
  return names;
}

class EveryFormat : public ::testing::TestWithParam<std::string> {};

// Chroma that pixels share is flat: what lies between two samples is not what comes back.
TEST_P(EveryFormat, APictureComesBackExactly) {
  const GstVideoInfo info = info_of(GetParam());
  const FrameBridge reader(info), writer(info);
  const int top = (1 << GST_VIDEO_INFO_COMP_DEPTH(&info, 0)) - 1;
  for (const std::array<double, 4>& part : {std::array{0.2, 0.48, 0.52, 0.3},
                                            {0.5, 0.47, 0.55, 0.9},
                                            {0.75, 0.5, 0.5, 0.0},
                                            {0.31, 0.53, 0.46, 1.0}}) {
    const auto sample = [&](int c, int x, int y) {
      const bool shared = GST_VIDEO_INFO_COMP_WIDTH(&info, c) < kWidth;
      const int wave = shared ? 0 : (3 * x + 5 * y) % 11 * top / 255 + (x + y) % 2;
      const int base = static_cast<int>(part[static_cast<std::size_t>(c)] * top);
      return c == 3 ? std::min(base + wave, top) : base + wave;
    };
    const BufferPtr source = frame_of(info), target = frame_of(info);
    {
      Mapped mapped(info, source.get());
      for (int c = 0; c < static_cast<int>(GST_VIDEO_INFO_N_COMPONENTS(&info)); ++c)
        draw(plane_of(mapped.get(), c), [&](int x, int y) { return sample(c, x, y); });
    }
    round_trip(reader, source.get(), writer, target.get());
    Mapped mapped(info, target.get());
    for (int c = 0; c < static_cast<int>(GST_VIDEO_INFO_N_COMPONENTS(&info)); ++c) {
      const Plane plane = plane_of(mapped.get(), c);
      for (int y = 0; y < plane.height; ++y) {
        for (int x = 0; x < plane.width; ++x)
          ASSERT_EQ(sample_at(plane, x, y), sample(c, x, y)) << "component " << c << " at " << x << "," << y;
      }
    }
  }
}

// What a frame holds, with waves in all components.
BufferPtr waves_in(const GstVideoInfo& info, const GstVideoInfo& layout) {
  GstVideoInfo padded = layout;
  BufferPtr buffer(gst_buffer_new_allocate(nullptr, GST_VIDEO_INFO_SIZE(&layout), nullptr));
  gst_buffer_memset(buffer.get(), 0, 0xa5, GST_VIDEO_INFO_SIZE(&layout));
  gst_buffer_add_video_meta_full(buffer.get(), GST_VIDEO_FRAME_FLAG_NONE, GST_VIDEO_INFO_FORMAT(&info),
                                 kWidth, kHeight, GST_VIDEO_INFO_N_PLANES(&info), padded.offset,
                                 padded.stride);
  const int top = (1 << GST_VIDEO_INFO_COMP_DEPTH(&info, 0)) - 1;
  Mapped mapped(info, buffer.get());
  for (int c = 0; c < static_cast<int>(GST_VIDEO_INFO_N_COMPONENTS(&info)); ++c)
    draw(plane_of(mapped.get(), c),
         [&](int x, int y) { return (60 + 20 * c + 7 * x % 31 + 5 * y) * top / 255; });
  return buffer;
}

TEST_P(EveryFormat, APaddedLayoutReadsAndIsWrittenLikeATightOne) {
  const GstVideoInfo info = info_of(GetParam());
  GstVideoInfo padded = info;
  GstVideoAlignment align;
  gst_video_alignment_reset(&align);
  align.padding_right = align.padding_bottom = 32;
  gst_video_info_align(&padded, &align);
  const FrameBridge bridge(info);
  const BufferPtr tight = waves_in(info, info), loose = waves_in(info, padded);
  FakePicture pictures[2];
  for (int i : {0, 1}) {
    ASSERT_TRUE(bridge.read((i ? loose : tight).get(), [&](const FrameView& view) -> Status {
      pictures[i] = copy_picture(view, 0);
      return {};
    }));
  }
  EXPECT_EQ(pictures[0].components, pictures[1].components);
  const BufferPtr same = waves_in(info, info);
  round_trip(bridge, tight.get(), bridge, same.get());
  round_trip(bridge, tight.get(), bridge, loose.get());
  EXPECT_TRUE(bridge.equal(same.get(), loose.get()));
  ASSERT_TRUE(bridge.copy(tight.get(), loose.get()));
  EXPECT_TRUE(bridge.equal(tight.get(), loose.get()));
}

// GStreamer maps it: it has looked at the first byte of each plane.
TEST_P(EveryFormat, AMetaThatTellsOfMoreThanTheMemoryHoldsIsAnError) {
  GstVideoInfo info = info_of(GetParam());
  const FrameBridge bridge(info);
  const gsize last = info.offset[GST_VIDEO_INFO_N_PLANES(&info) - 1];
  for (const gsize size : {last + 1, info.size - 8}) {
    const BufferPtr buffer(gst_buffer_new_allocate(nullptr, size, nullptr));
    gst_buffer_add_video_meta_full(buffer.get(), GST_VIDEO_FRAME_FLAG_NONE, GST_VIDEO_INFO_FORMAT(&info),
                                   kWidth, kHeight, GST_VIDEO_INFO_N_PLANES(&info), info.offset, info.stride);
    EXPECT_FALSE(bridge.read(buffer.get(), [](const FrameView&) -> Status { return {}; })) << size;
    EXPECT_FALSE(bridge.read_luma(buffer.get(), [](const FrameView&) -> Status { return {}; })) << size;
    EXPECT_FALSE(bridge.write(buffer.get(), [](const FrameSpan&) -> Status { return {}; })) << size;
  }
}

TEST_P(EveryFormat, ABufferThatIsTooSmallIsAnError) {
  const GstVideoInfo info = info_of(GetParam());
  FrameBridge bridge(info);
  BufferPtr small(gst_buffer_new_allocate(nullptr, 8, nullptr));
  const auto read = bridge.read(small.get(), [](const FrameView&) -> Status { return {}; });
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().kind, ErrorKind::kFailed);
  EXPECT_FALSE(bridge.write(small.get(), [](const FrameSpan&) -> Status { return {}; }));
}

// ---- luma, in every format

// A grey picture of an even luma, in the range of the caps. Its lines may be longer than they must be.
BufferPtr grey_frame(const GstVideoInfo& info, double luma, guint padding) {
  GstVideoInfo layout = info;
  GstVideoAlignment align;
  gst_video_alignment_reset(&align);
  align.padding_right = align.padding_bottom = padding;
  gst_video_info_align(&layout, &align);
  BufferPtr buffer(gst_buffer_new_allocate(nullptr, GST_VIDEO_INFO_SIZE(&layout), nullptr));
  gst_buffer_memset(buffer.get(), 0, 0xa5, GST_VIDEO_INFO_SIZE(&layout));
  gst_buffer_add_video_meta_full(buffer.get(), GST_VIDEO_FRAME_FLAG_NONE, GST_VIDEO_INFO_FORMAT(&info),
                                 kWidth, kHeight, GST_VIDEO_INFO_N_PLANES(&info), layout.offset,
                                 layout.stride);
  gint offset[GST_VIDEO_MAX_COMPONENTS], scale[GST_VIDEO_MAX_COMPONENTS];
  gst_video_color_range_offsets(info.colorimetry.range, info.finfo, offset, scale);
  std::array<int, 4> samples = {};
  for (guint c = 0; c < GST_VIDEO_INFO_N_COMPONENTS(&info); ++c) {
    const bool chroma = GST_VIDEO_INFO_IS_YUV(&info) && (c == 1 || c == 2);
    samples[c] = chroma ? offset[c] : offset[c] + static_cast<int>(std::lround(luma * scale[c]));
  }
  fill_flat(info, buffer.get(), samples);
  return buffer;
}

TEST_P(EveryFormat, TheSameGreyHasTheSameLuma) {
  const GstVideoInfo any = info_of(GetParam());
  const bool rgb = GST_VIDEO_INFO_IS_RGB(&any);
  for (const char* colorimetry :
       {rgb ? "1:1:5:1" : "1:3:5:1", rgb ? "2:1:5:1" : "2:3:5:1"}) {  // full, limited
    const GstVideoInfo info = info_of(GetParam(), std::string(",colorimetry=(string)") + colorimetry);
    FrameBridge bridge(info);
    for (const double luma : {0.0, 0.25, 0.6, 1.0}) {
      for (const guint padding : {0u, 32u}) {
        const BufferPtr buffer = grey_frame(info, luma, padding);
        Thumbnail thumbnail;
        ASSERT_TRUE(bridge.read_luma(buffer.get(), [&](const FrameView& view) -> Status {
          EXPECT_TRUE(thumbnail.take(view));
          return {};
        }));
        EXPECT_EQ(thumbnail.width, kWidth);
        EXPECT_EQ(thumbnail.height, kHeight);
        for (const float cell : thumbnail.luma)
          ASSERT_NEAR(cell, luma, 0.51 / 219) << colorimetry << ", " << padding << " columns of padding";
      }
    }
  }
}

TEST_P(EveryFormat, LumaOfABufferThatIsTooSmallIsAnError) {
  const GstVideoInfo info = info_of(GetParam());
  FrameBridge bridge(info);
  const BufferPtr small(gst_buffer_new_allocate(nullptr, 8, nullptr));
  const auto read = bridge.read_luma(small.get(), [](const FrameView&) -> Status { return {}; });
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().kind, ErrorKind::kFailed);
}

INSTANTIATE_TEST_SUITE_P(All, EveryFormat, ::testing::ValuesIn(formats()),
                         [](const auto& info) { return info.param; });

// ---- colours

struct ColourCase {
  const char* format;
  const char* colorimetry;
  std::array<int, 3> samples;
  std::array<double, 3> colour;
};

class Colours : public ::testing::TestWithParam<ColourCase> {};

TEST_P(Colours, FollowMatrixAndRangeOfTheCaps) {
  const ColourCase& c = GetParam();
  const GstVideoInfo info = info_of(c.format, std::string(",colorimetry=") + c.colorimetry);
  BufferPtr buffer = frame_of(info);
  fill_flat(info, buffer.get(), {c.samples[0], c.samples[1], c.samples[2], 0});
  FrameBridge bridge(info);
  ASSERT_TRUE(bridge.read(buffer.get(), [&](const FrameView& view) -> Status {
    for (int i = 0; i < 3; ++i) EXPECT_NEAR(colour_of(view)[i], c.colour[i], 0.004) << "component " << i;
    return {};
  }));
}

INSTANTIATE_TEST_SUITE_P(Table, Colours,
                         ::testing::Values(ColourCase{"I420", "bt601", {235, 128, 128}, {1, 1, 1}},
                                           ColourCase{"I420", "bt601", {16, 128, 128}, {0, 0, 0}},
                                           ColourCase{"I420", "bt601", {81, 90, 240}, {1, 0, 0}},
                                           ColourCase{"Y444", "bt709", {63, 102, 240}, {1, 0, 0}},
                                           ColourCase{"NV12", "bt709", {32, 240, 118}, {0, 0, 1}},
                                           ColourCase{
                                               "I420", "1:4:0:0", {128, 128, 128}, {0.502, 0.502, 0.502}},
                                           ColourCase{"P010_10LE", "bt2020-10", {940, 512, 512}, {1, 1, 1}},
                                           ColourCase{"RGB", "sRGB", {255, 0, 51}, {1, 0, 0.2}},
                                           ColourCase{"RGB", "2:1:0:0", {235, 16, 126}, {1, 0, 0.502}},
                                           ColourCase{"GRAY8", "1:4:0:0", {51, 0, 0}, {0.2, 0.2, 0.2}}));

TEST(Colours, TheEngineSeesSamplesWhereTheyLie) {
  for (const auto& [format, type] : {std::pair{"BGRx", SampleType::kUint8},
                                     {"GBR", SampleType::kUint8},
                                     {"ARGB64", SampleType::kUint16},
                                     {"I420", SampleType::kUint8},
                                     {"P010_10LE", SampleType::kUint16}}) {
    const GstVideoInfo info = info_of(format);
    FrameBridge bridge(info);
    BufferPtr buffer = frame_of(info);
    ASSERT_TRUE(bridge.read(buffer.get(), [&, type = type](const FrameView& view) -> Status {
      EXPECT_EQ(view.type, type);
      EXPECT_EQ(view.width, kWidth);
      EXPECT_EQ(view.height, kHeight);
      EXPECT_EQ(view.colours.has_value(), !GST_VIDEO_INFO_IS_RGB(&info));
      GstMapInfo map;
      gst_buffer_map(buffer.get(), &map, GST_MAP_READ);
      const auto* begin = reinterpret_cast<const std::byte*>(map.data);
      for (const auto& component : view.components)
        EXPECT_TRUE(!component.data || (component.data >= begin && component.data < begin + map.size));
      gst_buffer_unmap(buffer.get(), &map);
      return {};
    }));
  }
}

TEST(Colours, OnlyFormatsWithAlphaHaveAFourthComponent) {
  for (const auto& [format, alpha] :
       {std::pair{"RGBA", true}, {"ARGB64", true}, {"RGBx", false}, {"I420", false}}) {
    const GstVideoInfo info = info_of(format);
    FrameBridge bridge(info);
    BufferPtr buffer = frame_of(info);
    ASSERT_TRUE(bridge.read(buffer.get(), [alpha = alpha](const FrameView& view) -> Status {
      EXPECT_EQ(view.has_alpha(), alpha);
      return {};
    }));
  }
}

TEST(Colours, ThePaddingByteOfAWrittenPixelIsNotLeftAsItWas) {
  const GstVideoInfo info = info_of("RGBx");
  BufferPtr buffer = frame_of(info);
  FrameBridge bridge(info);
  ASSERT_TRUE(bridge.write(buffer.get(), [](const FrameSpan&) -> Status { return {}; }));
  guint8 pixel[4] = {};
  gst_buffer_extract(buffer.get(), 0, pixel, sizeof pixel);
  EXPECT_EQ(pixel[3], 0xff);
}

// Larger frames than the caps tell of are cut: what lies around them is not touched.
TEST(Colours, OfALargerFrameThePartThatTheCapsTellOfIsWritten) {
  for (const bool alpha : {true, false}) {
    const GstVideoInfo info = info_of("RGBA");
    GstVideoInfo larger;
    gst_video_info_set_format(&larger, GST_VIDEO_FORMAT_RGBA, 2 * kWidth, 4 * kHeight);
    const gsize size = info.size * 3;  // less than all rows of the larger one
    const BufferPtr buffer(gst_buffer_new_allocate(nullptr, size, nullptr));
    gst_buffer_memset(buffer.get(), 0, 7, size);
    gst_buffer_add_video_meta_full(buffer.get(), GST_VIDEO_FRAME_FLAG_NONE, GST_VIDEO_FORMAT_RGBA, 2 * kWidth,
                                   4 * kHeight, 1, larger.offset, larger.stride);
    const FrameBridge bridge(info, alpha);
    ASSERT_TRUE(bridge.write(buffer.get(), [](const FrameSpan&) -> Status { return {}; }));
    GstMapInfo map;
    gst_buffer_map(buffer.get(), &map, GST_MAP_READ);
    const std::size_t row = larger.stride[0];
    EXPECT_EQ(map.data[3], alpha ? 7 : 255);
    EXPECT_EQ(map.data[4 * kWidth + 3], 7);     // right of the part
    EXPECT_EQ(map.data[row * kHeight + 3], 7);  // below it
    EXPECT_EQ(map.data[row * (kHeight - 1) + 4 * kWidth - 1], alpha ? 7 : 255);
    gst_buffer_unmap(buffer.get(), &map);
  }
}

// ---- two formats

TEST(TwoFormats, WhatIsDrawnFillsTenBits) {
  for (const char* format : {"I420_10LE", "P010_10LE"}) {
    const GstVideoInfo info = info_of(format);
    FrameBridge writer(info);
    BufferPtr target = frame_of(info);
    // A gray ramp finer than ten bits, from left to right and top to bottom.
    ASSERT_TRUE(writer.write(target.get(), [](const FrameSpan& span) -> Status {
      EXPECT_EQ(span.type, SampleType::kUint16);
      paint(span,
            [&](std::size_t, int x, int y) { return 64 * static_cast<float>(y * span.width + x) / 65535; });
      return {};
    }));
    Mapped mapped(info, target.get());
    const Plane luma = plane_of(mapped.get(), 0);
    std::set<int> levels;
    for (int y = 0; y < kHeight; ++y) {
      for (int x = 0; x < kWidth; ++x) levels.insert(sample_at(luma, x, y));
    }
    // 64/65535 of 876 levels a pixel: more than eight tenths of the pixels have a level of their own.
    EXPECT_GT(levels.size(), 0.8 * kWidth * kHeight) << format;
  }
}

TEST(TwoFormats, MatrixAndRangeAreTheInputsInReadingAndTheOutputsInWriting) {
  const GstVideoInfo from = info_of("Y444", ",colorimetry=bt601"), to = info_of("Y444", ",colorimetry=bt709");
  BufferPtr source = frame_of(from), target = frame_of(to);
  fill_flat(from, source.get(), {81, 90, 240, 0});  // red
  FrameBridge reader(from), writer(to);
  round_trip(reader, source.get(), writer, target.get());
  Mapped mapped(to, target.get());
  EXPECT_NEAR(sample_at(plane_of(mapped.get(), 0), 0, 0), 63, 1);
  EXPECT_NEAR(sample_at(plane_of(mapped.get(), 1), 0, 0), 102, 1);
  EXPECT_NEAR(sample_at(plane_of(mapped.get(), 2), 0, 0), 240, 1);
}

TEST(TwoFormats, AlphaThatTheEngineIsNotGivenIsLeftOutAndWrittenOpaque) {
  for (const char* format : {"RGBA", "ARGB64"}) {
    for (const char* range : {"", ",colorimetry=(string)2:1:0:0"}) {  // as it is, and through a matrix
      const GstVideoInfo info = info_of(format, range);
      FrameBridge bridge(info, false);
      BufferPtr buffer = frame_of(info);
      gst_buffer_memset(buffer.get(), 0, 0x10, GST_VIDEO_INFO_SIZE(&info));
      ASSERT_TRUE(bridge.read(buffer.get(), [](const FrameView& view) -> Status {
        EXPECT_FALSE(view.has_alpha());
        return {};
      }));
      ASSERT_TRUE(bridge.write(buffer.get(), [](const FrameSpan& span) -> Status {
        EXPECT_FALSE(span.has_alpha());
        return {};
      }));
      Mapped mapped(info, buffer.get());
      const int opaque = (1 << GST_VIDEO_INFO_COMP_DEPTH(&info, 3)) - 1;
      EXPECT_EQ(sample_at(plane_of(mapped.get(), 3), 0, 0), opaque) << format << range;
      EXPECT_EQ(sample_at(plane_of(mapped.get(), 3), kWidth - 1, kHeight - 1), opaque) << format << range;
    }
  }
}

// ---- errors

TEST(BadFrames, AMetaOfAnotherSizeIsAnErrorAndNotReadBeyondItsMemory) {
  const GstVideoInfo info = info_of("RGB");
  BufferPtr buffer(gst_buffer_new_allocate(nullptr, 4 * 4 * 3, nullptr));
  gst_buffer_add_video_meta(buffer.get(), GST_VIDEO_FRAME_FLAG_NONE, GST_VIDEO_FORMAT_RGB, 4, 4);
  FrameBridge bridge(info);
  EXPECT_FALSE(bridge.read(buffer.get(), [](const FrameView&) -> Status { return {}; }));
  EXPECT_FALSE(bridge.read_luma(buffer.get(), [](const FrameView&) -> Status { return {}; }));
}

TEST(BadFrames, AFailureOfTheCallerIsHandedOn) {
  for (const char* format : {"RGB", "I420"}) {
    const GstVideoInfo info = info_of(format);
    BufferPtr buffer = frame_of(info);
    FrameBridge bridge(info);
    const auto refuse = [](const auto&) -> Status { return fail(ErrorKind::kNoMemory, "no"); };
    EXPECT_EQ(bridge.read(buffer.get(), refuse).error().kind, ErrorKind::kNoMemory);
    EXPECT_EQ(bridge.read_luma(buffer.get(), refuse).error().kind, ErrorKind::kNoMemory);
    EXPECT_EQ(bridge.write(buffer.get(), refuse).error().kind, ErrorKind::kNoMemory);
  }
}

}  // namespace
}  // namespace videoenhance
