// Names and shapes of a weight file, all that recognising an architecture needs.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace videoenhance {

using Shape = std::vector<std::int64_t>;
using ShapesByKey = std::map<std::string, Shape>;

// "[64, 32, 3, 3]".
inline std::string shape_text(const Shape& shape) {
  std::string text = "[";
  for (const auto size : shape) text += (text.size() > 1 ? ", " : "") + std::to_string(size);
  return text + "]";
}

}  // namespace videoenhance
