// A list of frame numbers as users write it.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>

namespace videoenhance {

// Numbers from 0, separated by commas, with spaces around them or not; an empty text is an empty list. Nothing
// where the text is no such list.
std::optional<std::set<std::uint64_t>> parse_frame_numbers(const std::string& text);

}  // namespace videoenhance
