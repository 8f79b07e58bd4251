#include "core/video/frame_numbers.h"

#include <charconv>
#include <string_view>

namespace videoenhance {
namespace {

constexpr std::string_view kSpaces = " \t\n";

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kSpaces);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(kSpaces) - first + 1);
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end) return std::nullopt;
  return number;
}

}  // namespace

std::optional<std::set<std::uint64_t>> parse_frame_numbers(const std::string& text) {
  std::set<std::uint64_t> numbers;
  std::string_view rest = text;
  if (trimmed(rest).empty()) return numbers;
  while (true) {
    const std::size_t comma = rest.find(',');
    const auto number = parse_number(trimmed(rest.substr(0, comma)));
    if (!number) return std::nullopt;
    numbers.insert(*number);
    if (comma == rest.npos) return numbers;
    rest.remove_prefix(comma + 1);
  }
}

}  // namespace videoenhance
