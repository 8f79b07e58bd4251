// What an operator of LibTorch, or a kernel of ours, must do at least, by the shapes of its tensors.
#pragma once

#include <ATen/core/ivalue.h>

#include <string_view>

#include "core/torch/pch/aten.h"

namespace videoenhance {

struct Work {
  std::map<c10::ScalarType, double> operations;  // of products: multiplications and additions, by their type
  double bytes = 0;                              // read and written by everything else

  Work& operator+=(const Work& other);
};

// Convolutions, matrix products and attention.
bool is_product(std::string_view name);

// name: with its namespace, such as "aten::conv2d"; without one it is a KernelScope's
// (core/torch/runtime/stage.h). A product has operations alone. Anything else reads its inputs and writes its
// outputs once, but for operators that only reserve memory and those whose result is a view of an input.
// c10::Error if a product's tensors are not where they are known to be.
Work work_of(std::string_view name, c10::ArrayRef<c10::IValue> inputs, c10::ArrayRef<c10::IValue> outputs);

}  // namespace videoenhance
