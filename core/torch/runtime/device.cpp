#include "core/torch/runtime/device.h"

#include <ATen/Context.h>

#include <charconv>
#include <optional>

#include "core/torch/runtime/device_memory.h"

namespace videoenhance {
namespace {

// N of "cuda:N", 0 of "cuda", nothing for any other text.
std::optional<int> cuda_index(const std::string& name) {
  if (name == "cuda") return 0;
  if (!name.starts_with("cuda:")) return std::nullopt;
  int index = -1;
  const char* end = name.data() + name.size();
  const auto [rest, error] = std::from_chars(name.data() + 5, end, index);
  if (error != std::errc() || rest != end || index < 0 || index > 127) return std::nullopt;
  return index;
}

}  // namespace

void settle_device(c10::Device device) {
  if (!device.is_cuda()) return;
  at::globalContext().setAllowTF32CuDNN(false);
  at::globalContext().setAllowTF32CuBLAS(false);
  at::globalContext().setDeterministicCuDNN(true);
}

bool multiplies_bfloat16() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512bf16") || __builtin_cpu_supports("amx-bf16");
#else
  return false;
#endif
}

Result<c10::Device> resolve_device(const std::string& name) {
  const int count = cuda_device_count();
  if (name == "cpu" || (name == "auto" && count == 0)) return c10::Device(c10::kCPU);
  const auto index = name == "auto" ? std::optional(0) : cuda_index(name);
  if (!index) {
    return fail(ErrorKind::kBadSettings,
                "There is no device \"" + name + "\": use auto, cpu, cuda or cuda:N.", "device=" + name);
  }
  if (*index >= count) {
    const std::string found = count == 0 ? "none" : std::to_string(count);
    return fail(ErrorKind::kBadSettings,
                "The device " + name + " is not there (CUDA devices found: " + found +
                    "): set device=cpu, or install a driver and a LibTorch with CUDA.",
                "device=" + name + ", LibTorch " + (at::hasCUDA() ? "with" : "without") + " CUDA");
  }
  return c10::Device(c10::kCUDA, static_cast<c10::DeviceIndex>(*index));
}

Result<c10::ScalarType> resolve_precision(Precision precision, c10::Device device, bool needs_range) {
  switch (precision) {
    case Precision::kFloat32:
      return c10::kFloat;
    case Precision::kBFloat16:
      return c10::kBFloat16;
    case Precision::kFloat16:
      if (!device.is_cpu()) return c10::kHalf;
      return fail(ErrorKind::kBadSettings,
                  "precision=float16 needs a CUDA device: use bfloat16 or float32 on the processor.");
    case Precision::kAuto:
      break;
  }
  if (device.is_cuda()) return needs_range ? c10::kBFloat16 : c10::kHalf;
  return device.is_cpu() && multiplies_bfloat16() ? c10::kBFloat16 : c10::kFloat;
}

const char* precision_name(c10::ScalarType type) {
  return type == c10::kBFloat16 ? "bfloat16" : type == c10::kHalf ? "float16" : "float32";
}

}  // namespace videoenhance
