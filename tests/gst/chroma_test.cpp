// Where chroma lies, and what of it is seen and written, beside GStreamer's own conversion.
#include <gtest/gtest.h>

#include <cmath>

#include "gst/framebridge.h"
#include "tests/fakes/fake_picture.h"
#include "tests/gst/frames.h"

namespace videoenhance {
namespace {

TEST(ChromaSites, LieWhereTheCapsSay) {
  using enum ChromaSampling;
  struct Site {
    const char *format, *site;
    ChromaSampling columns, rows;
  };
  for (const Site& c :
       {Site{"I420", "jpeg", kBetweenTwo, kBetweenTwo}, Site{"NV12", "mpeg2", kFirstOfTwo, kBetweenTwo},
        Site{"YV12", "dv", kFirstOfTwo, kFirstOfTwo}, Site{"Y42B", "mpeg2", kFirstOfTwo, kEach},
        Site{"Y42B", "jpeg", kBetweenTwo, kEach}, Site{"Y444", "jpeg", kEach, kEach}}) {
    const GstVideoInfo info =
        info_of(c.format, std::string(",colorimetry=bt601,chroma-site=(string)") + c.site);
    FrameBridge bridge(info);
    const BufferPtr buffer = frame_of(info);
    ASSERT_TRUE(bridge.read(buffer.get(), [&](const FrameView& view) -> Status {
      EXPECT_EQ(view.chroma_columns, c.columns) << c.format << " " << c.site;
      EXPECT_EQ(view.chroma_rows, c.rows) << c.format << " " << c.site;
      return {};
    }));
  }
}

// GStreamer's own chroma at full size, as words of A, Y, Cb and Cr, and its own chroma of such words.
void convert(const GstVideoInfo& from, GstBuffer* source, const GstVideoInfo& to, GstBuffer* target) {
  GstVideoInfo in = from, out = to;
  Mapped one(in, source), other(out, target);
  GstVideoConverter* converter = gst_video_converter_new(
      &in, &out,
      gst_structure_new("options", GST_VIDEO_CONVERTER_OPT_CHROMA_RESAMPLER_METHOD,
                        GST_TYPE_VIDEO_RESAMPLER_METHOD, GST_VIDEO_RESAMPLER_METHOD_LINEAR,
                        GST_VIDEO_CONVERTER_OPT_DITHER_METHOD, GST_TYPE_VIDEO_DITHER_METHOD,
                        GST_VIDEO_DITHER_NONE, nullptr));
  gst_video_converter_frame(converter, &one.get(), &other.get());
  gst_video_converter_free(converter);
}

class Chroma : public ::testing::TestWithParam<std::pair<const char*, const char*>> {
 protected:
  Chroma()
      : info(info_of(GetParam().first,
                     std::string(",colorimetry=bt601,chroma-site=(string)") + GetParam().second)),
        full(info) {
    gst_video_info_set_format(&full, GST_VIDEO_FORMAT_AYUV64, kWidth, kHeight);
    full.fps_n = info.fps_n;
    full.fps_d = info.fps_d;
    full.colorimetry = info.colorimetry;
  }

  // Waves of middling steepness.
  static double wave(int c, int x, int y) { return 0.5 + 0.3 * std::sin(0.9 * x + 0.7 * y * (c + 1)); }

  GstVideoInfo info, full;
};

TEST_P(Chroma, IsReadAsGStreamerReadsIt) {
  const BufferPtr source = frame_of(info), words = frame_of(full);
  {
    Mapped mapped(info, source.get());
    for (int c = 0; c < 3; ++c) {
      draw(plane_of(mapped.get(), c), [c](int x, int y) { return static_cast<int>(255 * wave(c, x, y)); });
    }
  }
  convert(info, source.get(), full, words.get());
  FakePicture seen;
  FrameBridge bridge(info);
  ASSERT_TRUE(bridge.read(source.get(), [&](const FrameView& view) -> Status {
    FrameView samples = view;
    samples.colours.reset();
    seen = copy_picture(samples, 0);
    return {};
  }));
  Mapped mapped(full, words.get());
  for (int c = 0; c < 3; ++c) {
    const Plane plane = plane_of(mapped.get(), c);
    for (int y = 0; y < kHeight; ++y) {
      for (int x = 0; x < kWidth; ++x)
        ASSERT_NEAR(255 * seen.components[c][y * kWidth + x], sample_at(plane, x, y) / 257.0, 1.01)
            << c << " " << x << "," << y;
    }
  }
}

TEST_P(Chroma, IsWrittenAsGStreamerWritesIt) {
  const BufferPtr words = frame_of(full), theirs = frame_of(info), ours = frame_of(info);
  {
    Mapped mapped(full, words.get());
    for (int c = 0; c < 3; ++c) {
      draw(plane_of(mapped.get(), c), [c](int x, int y) { return static_cast<int>(65535 * wave(c, x, y)); });
    }
  }
  convert(full, words.get(), info, theirs.get());
  FrameBridge bridge(info);
  ASSERT_TRUE(bridge.write(ours.get(), [&](const FrameSpan& span) -> Status {
    FrameSpan samples = span;
    samples.colours.reset();
    paint(samples,
          [](std::size_t c, int x, int y) { return static_cast<float>(wave(static_cast<int>(c), x, y)); });
    return {};
  }));
  Mapped one(info, ours.get()), other(info, theirs.get());
  for (int c = 0; c < 3; ++c) {
    const Plane a = plane_of(one.get(), c), b = plane_of(other.get(), c);
    for (int y = 0; y < a.height; ++y) {
      // Of the last sample that lies in the left column of two, GStreamer leaves out the right one.
      const bool is_left = info.chroma_site & GST_VIDEO_CHROMA_SITE_H_COSITED;
      for (int x = 0; x < a.width - (is_left && c > 0); ++x)
        ASSERT_NEAR(sample_at(a, x, y), sample_at(b, x, y), 1) << c << " " << x << "," << y;
    }
  }
}

// Not those in the first of two rows, between which GStreamer does not interpolate.
INSTANTIATE_TEST_SUITE_P(Sites, Chroma,
                         ::testing::Values(std::pair{"I420", "jpeg"}, std::pair{"I420", "mpeg2"},
                                           std::pair{"NV12", "jpeg"}, std::pair{"YV12", "mpeg2"},
                                           std::pair{"Y42B", "mpeg2"}, std::pair{"Y42B", "jpeg"},
                                           std::pair{"Y444", "jpeg"}));

}  // namespace
}  // namespace videoenhance
