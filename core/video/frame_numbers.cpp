#include "core/video/frame_numbers.h"

#include <algorithm>
#include <charconv>
#include <sstream>

namespace videoenhance {
namespace {

std::optional<std::uint64_t> parse_number(const std::string& text) {
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end) return std::nullopt;
  return number;
}

std::string without_spaces(std::string text) {
  std::erase_if(text, [](char c) { return c == ' ' || c == '\t' || c == '\n'; });
  return text;
}

}  // namespace

std::optional<std::set<std::uint64_t>> parse_frame_numbers(const std::string& text) {
  std::set<std::uint64_t> numbers;
  const std::string list = without_spaces(text);
  if (list.empty()) return numbers;
  if (list.back() == ',') return std::nullopt;
  std::istringstream parts(list);
  for (std::string part; std::getline(parts, part, ',');) {
    const auto number = parse_number(part);
    if (!number) return std::nullopt;
    numbers.insert(*number);
  }
  return numbers;
}

}  // namespace videoenhance
