// Matrix and range of a stream's colours, exactly. GStreamer's own matrices have 8-bit coefficients and round
// towards zero: a drawn frame would be up to 4/255 off its neighbours, which flickers.
#pragma once

#include <gst/video/video.h>

#include <cstdint>

namespace videoenhance {

// Works on pixels of four native 16-bit words, the first being alpha, as GstVideoConverter makes them of a
// stream's samples (by repeating their bits) and packs them into samples (by dropping the low bits).
class ColourMatrix {
 public:
  // word[1 + row] = matrix[row] * words 1 to 3 + offset[row], cut to a whole number in range.
  struct Affine {
    float matrix[3][3] = {};
    float offset[3] = {};
  };

  // `info` is the stream's: its matrix, range and depth count.
  explicit ColourMatrix(const GstVideoInfo& info);

  // Stream colours to full-range R'G'B', in place.
  void to_rgb(std::uint16_t* pixels, int count) const { apply(to_rgb_, pixels, count); }

  // Full-range R'G'B' to stream colours, in place, such that dropping the low bits rounds to the nearest
  // sample.
  void from_rgb(std::uint16_t* pixels, int count) const { apply(from_rgb_, pixels, count); }

 private:
  static void apply(const Affine& affine, std::uint16_t* pixels, int count);

  Affine to_rgb_;
  Affine from_rgb_;
};

}  // namespace videoenhance
