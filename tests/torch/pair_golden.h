// Two pictures, and the one that an oracle of tests/oracle drew between them.
#pragma once

#include <cstring>
#include <filesystem>
#include <string>

#include "core/torch/pch/aten.h"
#include "core/weights/weight_file.h"
#include "tests/torch/test_device.h"

namespace videoenhance {

struct Golden {
  at::Tensor left, right, expected;  // float32 [1,C,H,W] on the tests' device
};

inline Golden read_golden(const std::filesystem::path& path) {
  const auto file = WeightFile::open(path);
  const auto read = [&](const std::string& key) {
    const TensorView& view = file->tensors().at(key);
    at::Tensor tensor = at::empty(view.shape, at::kFloat);
    std::memcpy(tensor.data_ptr(), view.data, view.extent);
    return tensor.to(test_device());
  };
  return {read("img0"), read("img1"), read("out")};
}

}  // namespace videoenhance
