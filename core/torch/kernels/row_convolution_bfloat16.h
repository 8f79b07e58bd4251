// row_convolution.h in bfloat16, by instructions that multiply pairs: AVX-512's VDPBF16PS.
#pragma once

#include "core/torch/kernels/row_convolution.h"

namespace videoenhance {

bool convolves_bfloat16_rows();

// Only where it can.
void convolve_bfloat16_row(const RowConvolution& row);

}  // namespace videoenhance
