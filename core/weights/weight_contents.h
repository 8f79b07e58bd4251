// What a reader finds in a weight file.
#pragma once

#include <map>
#include <string>

#include "core/weights/mapped_file.h"
#include "core/weights/refusal.h"
#include "core/weights/weight_file.h"

namespace videoenhance {

struct WeightContents {
  Container container;
  std::map<std::string, TensorView> tensors = {};
  std::map<std::string, std::string> metadata = {};
  std::map<std::string, std::string> foreign = {};
};

}  // namespace videoenhance
