// Names and shapes of a weight file, all that recognising an architecture needs.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace videoenhance {

using Shape = std::vector<std::int64_t>;
using ShapesByKey = std::map<std::string, Shape>;

}  // namespace videoenhance
