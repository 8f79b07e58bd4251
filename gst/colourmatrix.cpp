#include "gst/colourmatrix.h"

#include <algorithm>

// Compiles this file once for each instruction set.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gst/colourmatrix.cpp"
#include <hwy/foreach_target.h>
// The order matters: the one above includes this file again.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace videoenhance {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

template <typename D>
void transform(D d, const ColourMatrix::Affine& affine, std::uint16_t* pixels) {
  const hn::Rebind<std::uint16_t, D> words;
  const hn::Rebind<std::int32_t, D> whole_numbers;
  hn::Vec<decltype(words)> in[4];
  hn::LoadInterleaved4(words, pixels, in[0], in[1], in[2], in[3]);
  const auto wide = [&](int i) HWY_ATTR { return hn::ConvertTo(d, hn::PromoteTo(whole_numbers, in[i])); };
  const auto first = wide(1), second = wide(2), third = wide(3);
  const auto row = [&](int i) HWY_ATTR {
    const auto& m = affine.matrix[i];
    auto sum = hn::MulAdd(first, hn::Set(d, m[0]), hn::Set(d, affine.offset[i]));
    sum = hn::MulAdd(second, hn::Set(d, m[1]), sum);
    sum = hn::MulAdd(third, hn::Set(d, m[2]), sum);
    return hn::DemoteTo(words, hn::ConvertTo(whole_numbers, sum));  // to the nearest word, if it is none
  };
  hn::StoreInterleaved4(in[0], row(0), row(1), row(2), words, pixels);
}

void transform_row(const ColourMatrix::Affine& affine, std::uint16_t* pixels, int count) {
  const hn::ScalableTag<float> d;
  const int lanes = static_cast<int>(hn::Lanes(d));
  int x = 0;
  for (; x + lanes <= count; x += lanes) transform(d, affine, pixels + 4 * x);
  for (; x < count; ++x) transform(hn::CappedTag<float, 1>(), affine, pixels + 4 * x);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace videoenhance
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace videoenhance {
namespace {

HWY_EXPORT(transform_row);

constexpr double kTop = 65535.0;  // of a 16-bit word

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
void fill_forward(const Luma& luma, double (&rows)[3][3]) {
  const double kr = luma.red, kb = luma.blue, kg = 1 - kr - kb;
  const double cb = 2 * (1 - kb), cr = 2 * (1 - kr);
  const double forward[3][3] = {
      {kr, kg, kb}, {-kr / cb, -kg / cb, (1 - kb) / cb}, {(1 - kr) / cr, -kg / cr, -kb / cr}};
  std::copy(&forward[0][0], &forward[0][0] + 9, &rows[0][0]);
}

// Rows give R'G'B' of Y'CbCr.
void fill_backward(const Luma& luma, double (&rows)[3][3]) {
  const double kr = luma.red, kb = luma.blue, kg = 1 - kr - kb;
  const double cb = 2 * (1 - kb), cr = 2 * (1 - kr);
  const double backward[3][3] = {{1, 0, cr}, {1, -cb * kb / kg, -cr * kr / kg}, {1, cb, 0}};
  std::copy(&backward[0][0], &backward[0][0] + 9, &rows[0][0]);
}

}  // namespace

ColourMatrix::ColourMatrix(const GstVideoInfo& info) {
  double forward[3][3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
  double backward[3][3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
  if (!GST_VIDEO_INFO_IS_RGB(&info)) {
    fill_forward(luma_of(info), forward);
    fill_backward(luma_of(info), backward);
  }
  // A sample is offset + scale * colour. Gray formats tell these of luma only; their chroma is always
  // neutral.
  gint offset[GST_VIDEO_MAX_COMPONENTS] = {}, scale[GST_VIDEO_MAX_COMPONENTS] = {};
  gst_video_color_range_offsets(info.colorimetry.range, info.finfo, offset, scale);
  const int depth = GST_VIDEO_INFO_COMP_DEPTH(&info, 0);
  if (GST_VIDEO_INFO_IS_GRAY(&info)) {
    for (int i : {1, 2}) {
      offset[i] = 1 << (depth - 1);
      scale[i] = (1 << depth) - 1;
    }
  }
  const double sample_of_word = ((1 << depth) - 1) / kTop;
  const double word_of_sample = 1 << (16 - depth);
  for (int row = 0; row < 3; ++row) {
    to_rgb_.offset[row] = 0.5f;
    // Half a sample, so that the samples that follow are rounded and not cut.
    from_rgb_.offset[row] = static_cast<float>((offset[row] + 0.5) * word_of_sample);
    for (int column = 0; column < 3; ++column) {
      const double gain = backward[row][column] / scale[column] * kTop;
      to_rgb_.matrix[row][column] = static_cast<float>(gain * sample_of_word);
      to_rgb_.offset[row] -= static_cast<float>(gain * offset[column]);
      from_rgb_.matrix[row][column] =
          static_cast<float>(scale[row] * forward[row][column] / kTop * word_of_sample);
    }
  }
}

void ColourMatrix::apply(const Affine& affine, std::uint16_t* pixels, int count) {
  HWY_DYNAMIC_DISPATCH(transform_row)(affine, pixels, count);
}

}  // namespace videoenhance
#endif
