// Where a stream's noise comes from: its seed, or a file, for comparisons with other programs.
#pragma once

#include "core/torch/flashvsr/flashvsr_stream.h"

namespace videoenhance {

// Errors: those of reading options.noise_file, and kBadModel where it holds no "noise" [16,T,h,w]. The source
// itself fails (kBadSettings) for a latent or a place that the file does not have.
Result<NoiseSource> noise_source(const FlashVsrOptions& options);

}  // namespace videoenhance
