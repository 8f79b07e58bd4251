#include "gst/colourmatrix.h"

#include <array>

#include "core/video/thumbnail.h"

namespace videoenhance {
namespace {

using Rows = std::array<std::array<double, 3>, 3>;
constexpr Rows kSame = {{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};

// Luma weights of red and blue; an unknown matrix is taken for that of standard definition.
struct Luma {
  double red = 0.299;
  double blue = 0.114;
};

Luma luma_of(const GstVideoInfo& info) {
  Luma luma;
  if (info.colorimetry.matrix != GST_VIDEO_COLOR_MATRIX_RGB) {
    gst_video_color_matrix_get_Kr_Kb(info.colorimetry.matrix, &luma.red, &luma.blue);
  }
  return luma;
}

// Rows give Y'CbCr (Y' 0 … 1, the others -1/2 … 1/2) of R'G'B'.
Rows luma_chroma_of_rgb(const GstVideoInfo& info) {
  if (GST_VIDEO_INFO_IS_RGB(&info)) return kSame;
  const auto [kr, kb] = luma_of(info);
  const double kg = 1 - kr - kb, cb = 2 * (1 - kb), cr = 2 * (1 - kr);
  return {{{kr, kg, kb}, {-kr / cb, -kg / cb, (1 - kb) / cb}, {(1 - kr) / cr, -kg / cr, -kb / cr}}};
}

// Rows give R'G'B' of Y'CbCr.
Rows rgb_of_luma_chroma(const GstVideoInfo& info) {
  if (GST_VIDEO_INFO_IS_RGB(&info)) return kSame;
  const auto [kr, kb] = luma_of(info);
  const double kg = 1 - kr - kb, cb = 2 * (1 - kb), cr = 2 * (1 - kr);
  return {{{1, 0, cr}, {1, -cb * kb / kg, -cr * kr / kg}, {1, cb, 0}}};
}

// A sample is offset + scale * colour.
struct Range {
  gint offset[GST_VIDEO_MAX_COMPONENTS] = {}, scale[GST_VIDEO_MAX_COMPONENTS] = {};
  double top;  // the largest sample
};

Range range_of(const GstVideoInfo& info) {
  Range range;
  gst_video_color_range_offsets(info.colorimetry.range, info.finfo, range.offset, range.scale);
  range.top = (1 << GST_VIDEO_INFO_COMP_DEPTH(&info, 0)) - 1;
  return range;
}

}  // namespace

ColourMatrix rgb_of_samples(const GstVideoInfo& info) {
  if (GST_VIDEO_INFO_IS_GRAY(&info)) return gray_of_luma(info);
  const Rows rows = rgb_of_luma_chroma(info);
  const Range range = range_of(info);
  ColourMatrix colours;
  for (int row = 0; row < 3; ++row) {
    double offset = 0;
    for (int column = 0; column < 3; ++column) {
      const double gain = rows[row][column] / range.scale[column];
      colours.matrix[row][column] = static_cast<float>(gain * range.top);
      offset -= gain * range.offset[column];
    }
    colours.offset[row] = static_cast<float>(offset);
  }
  return colours;
}

ColourMatrix gray_of_luma(const GstVideoInfo& info) {
  const Range range = range_of(info);
  return gray_between(range.offset[0] / range.top, (range.offset[0] + range.scale[0]) / range.top);
}

ColourMatrix samples_of_rgb(const GstVideoInfo& info) {
  const Rows rows = luma_chroma_of_rgb(info);
  const Range range = range_of(info);
  ColourMatrix colours;
  for (int row = 0; row < 3; ++row) {
    colours.offset[row] = static_cast<float>(range.offset[row] / range.top);
    for (int column = 0; column < 3; ++column)
      colours.matrix[row][column] = static_cast<float>(rows[row][column] * range.scale[row] / range.top);
  }
  return colours;
}

}  // namespace videoenhance
