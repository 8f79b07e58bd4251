// What tests/golden/make_flashvsr_pictures.py made, and the miniature's weights.
#pragma once

#include <ATen/ops/randint.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <filesystem>
#include <stdexcept>

#include "core/torch/binding/weight_binder.h"

namespace videoenhance {

inline WeightFile flashvsr_file(const std::string& name) {
  auto file = WeightFile::open(std::filesystem::path(VIDEOENHANCE_GOLDENS) / "flashvsr" / name);
  if (!file) throw std::runtime_error(file.error().message);
  return *file;
}

// A tensor of pictures.golden, float32 whatever its type in the file.
inline at::Tensor golden(const std::string& key) {
  const WeightFile file = flashvsr_file("pictures.golden");
  const WeightBinder binder(file, "");
  auto tensors = binder.take({{key, binder.shapes().at(key)}}, c10::kCPU);
  if (!tensors) throw std::runtime_error(tensors.error().message);
  return tensors->at(key);
}

// Any levels of 8 and of 16 bits (core/torch/flashvsr/picture_range.h).
inline std::array<at::Tensor, 2> levels_of(at::IntArrayRef sizes) {
  return {at::randint(256, sizes).to(at::kByte), at::randint(-32768, 32768, sizes).to(at::kShort)};
}

inline double difference(const at::Tensor& a, const at::Tensor& b) {
  return (a - b).abs().max().item<double>();
}

// Of pictures in [-1,1].
inline double decibels(const at::Tensor& a, const at::Tensor& b) {
  return -10 * std::log10((a - b).square().mean().item<double>() / 4);
}

}  // namespace videoenhance
