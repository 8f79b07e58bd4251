// Two pictures, and the one that an oracle of tests/oracle drew between them.
#pragma once

#include <cstring>
#include <filesystem>
#include <string>

#include "core/torch/pch/aten.h"
#include "core/weights/weight_file.h"

namespace videoenhance {

struct Golden {
  at::Tensor left, right, expected;  // float32 [1,C,H,W]
};

inline Golden read_golden(const std::filesystem::path& path) {
  const auto file = WeightFile::open(path);
  const auto read = [&](const std::string& key) {
    const TensorView& view = file->tensors().at(key);
    at::Tensor tensor = at::empty(view.shape, at::kFloat);
    std::memcpy(tensor.data_ptr(), view.data, view.extent);
    return tensor;
  };
  return {read("img0"), read("img1"), read("out")};
}

}  // namespace videoenhance
