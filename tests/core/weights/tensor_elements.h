// Reads elements of tensor views one by one, slowly and plainly.
#pragma once

#include <vector>

#include "core/weights/weight_file.h"

namespace videoenhance {

// All elements in row-major order, as doubles.
std::vector<double> elements_of(const TensorView& view);

}  // namespace videoenhance
