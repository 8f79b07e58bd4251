// Matrices between a stream's colours and R'G'B', whatever its format.
#include "gst/colourmatrix.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace videoenhance {
namespace {

using Three = std::array<double, 3>;

// As engines do it, but in double.
Three change(const ColourMatrix& colours, const Three& from) {
  Three to;
  for (std::size_t row = 0; row < 3; ++row) {
    double sum = colours.offset[row];
    for (std::size_t i = 0; i < 3; ++i) sum += colours.matrix[row][i] * std::clamp(from[i], 0.0, 1.0);
    to[row] = std::clamp(sum, 0.0, 1.0);
  }
  return to;
}

struct Stream {
  GstVideoFormat format;
  const char* colorimetry;
};

void PrintTo(const Stream& stream, std::ostream* out) {
  *out << gst_video_format_to_string(stream.format) << " " << stream.colorimetry;
}

class Streams : public ::testing::TestWithParam<Stream> {
 protected:
  Streams() {
    gst_video_info_set_format(&info, GetParam().format, 64, 64);
    EXPECT_TRUE(gst_video_colorimetry_from_string(&info.colorimetry, GetParam().colorimetry));
    top = (1 << GST_VIDEO_INFO_COMP_DEPTH(&info, 0)) - 1;
  }

  // The nearest samples of R'G'B'. A gray stream has the first one only.
  std::array<int, 3> samples_of(const Three& rgb) const {
    const Three parts = change(samples_of_rgb(info), rgb);
    std::array<int, 3> samples;
    std::ranges::transform(parts, samples.begin(),
                           [this](double part) { return static_cast<int>(std::lround(part * top)); });
    if (GST_VIDEO_INFO_IS_GRAY(&info)) samples.fill(samples[0]);
    return samples;
  }

  Three rgb_of(const std::array<int, 3>& samples) const {
    Three parts;
    std::ranges::transform(samples, parts.begin(), [this](int sample) { return sample / top; });
    return change(rgb_of_samples(info), parts);
  }

  GstVideoInfo info;
  double top;
};

TEST_P(Streams, ASampleThatIsReadIsTheOneThatIsWritten) {
  std::mt19937 random(1);
  std::uniform_real_distribution<double> colour(0.02, 0.98);  // any colour near these is one of R'G'B'
  for (int k = 0; k < 2000; ++k) {
    Three rgb = {colour(random), colour(random), colour(random)};
    if (GST_VIDEO_INFO_IS_GRAY(&info)) rgb.fill(rgb[0]);
    const auto samples = samples_of(rgb);
    ASSERT_EQ(samples_of(rgb_of(samples)), samples);
  }
}

TEST_P(Streams, ColoursAreWrittenAsTheNearestSamples) {
  std::mt19937 random(1);
  std::uniform_real_distribution<double> colour(0, 1);
  gint offset[GST_VIDEO_MAX_COMPONENTS], scale[GST_VIDEO_MAX_COMPONENTS];
  gst_video_color_range_offsets(info.colorimetry.range, info.finfo, offset, scale);
  for (int k = 0; k < 2000; ++k) {
    const double grey = colour(random);
    const double wanted = offset[0] + grey * scale[0];  // of a grey, luma and R' alike
    ASSERT_LE(std::abs(samples_of({grey, grey, grey})[0] - wanted), 0.501);
  }
}

TEST_P(Streams, BlackAndWhiteAreNoMoreAndNoLess) {
  for (const double grey : {0.0, 1.0}) {
    for (const double value : rgb_of(samples_of({grey, grey, grey}))) EXPECT_NEAR(value, grey, 1e-5);
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, Streams,
    ::testing::Values(Stream{GST_VIDEO_FORMAT_I420, "bt601"}, Stream{GST_VIDEO_FORMAT_NV12, "bt709"},
                      Stream{GST_VIDEO_FORMAT_Y444, "1:4:0:0"}, Stream{GST_VIDEO_FORMAT_I420, "2:0:0:0"},
                      Stream{GST_VIDEO_FORMAT_P010_10LE, "bt2020-10"},
                      Stream{GST_VIDEO_FORMAT_RGB, "2:1:0:0"}, Stream{GST_VIDEO_FORMAT_ARGB64, "2:1:0:0"},
                      Stream{GST_VIDEO_FORMAT_GRAY8, "1:4:0:0"}));

}  // namespace
}  // namespace videoenhance
