// Device and precision policy.
#pragma once

#include "core/engine/engine.h"
#include "core/torch/pch/aten.h"

namespace videoenhance {

// "auto" (cuda:0 if LibTorch has a CUDA device, else cpu), "cpu", "cuda" or "cuda:N".
// Errors: kBadSettings for names that are not understood and devices that are not there.
Result<c10::Device> resolve_device(const std::string& name);

// Makes the same input give the same bits on a CUDA device each time, and float32 there be float32: LibTorch
// lets cuDNN take the quickest algorithm, one that adds in any order, too, and read the first 10 bits of a
// number alone. LibTorch has these settings once for the whole process, and so for others who use it there.
void settle_device(c10::Device device);

// Whether the processor has instructions for it (AVX-512 BF16, AMX).
bool multiplies_bfloat16();

// The type that convolutions and linear layers compute in. Flow, warps, masks, norms, noise and blending are
// float32 in any case. kAuto on a processor is bfloat16 where that multiplies it natively, and float32
// elsewhere. It costs RIFE no quality on real clips; of FlashVSR only miniatures with random weights could be
// measured (48 dB of a decoder from float32). On CUDA devices kAuto is float16 (of RIFE 87 dB and more from
// float32, where bfloat16 has 71; FILM and TLBVFI were measured with random weights alone), or bfloat16 for
// networks that need its range: FlashVSR was trained with it, and the published weights have not been tried
// here in any other. That was measured on one GPU of the Hopper generation; those before Ampere multiply
// bfloat16 slowly. Errors: kBadSettings for float16 on a CPU, which has no fast half-precision convolutions.
Result<c10::ScalarType> resolve_precision(Precision precision, c10::Device device, bool needs_range = false);

// float32, bfloat16 or float16.
const char* precision_name(c10::ScalarType type);

}  // namespace videoenhance
