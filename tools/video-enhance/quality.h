// How near one picture comes to another, by the definitions that papers use.
#pragma once

#include <cstddef>
#include <vector>

namespace videoenhance {

// Luma in 16 to 235, row by row.
struct Luma {
  std::size_t width = 0, height = 0;
  std::vector<double> values;
};

// In dB with peak 255, for two pictures of one size; 100 where they are equal, so that means stay finite.
double psnr(const Luma& a, const Luma& b);

// Structural similarity (Wang et al. 2004) of two pictures of one size, at least kSsimWindow wide and high:
// with peak 255, in a Gaussian window of sigma 1.5 that stays inside the picture.
constexpr std::size_t kSsimWindow = 11;
double ssim(const Luma& a, const Luma& b);

}  // namespace videoenhance
