#include "core/weights/refusal.h"

#include <bit>
#include <cstddef>

namespace videoenhance {
namespace {

constexpr std::size_t kLongest = 72;  // bytes of a quoted text; a message holds up to three of them

bool continues_character(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0) == 0x80;
}

// Bytes of the UTF-8 character at the front; 0 if there is none or it is a control character.
std::size_t character_length(std::string_view text) {
  const auto first = static_cast<unsigned char>(text.front());
  if (first < 0x80) return first < 0x20 || first == 0x7F ? 0 : 1;
  const auto length = static_cast<std::size_t>(std::countl_one(first));
  if (length < 2 || length > 4 || length > text.size() || first < 0xC2 || first > 0xF4) return 0;
  for (std::size_t k = 1; k < length; ++k) {
    if (!continues_character(text[k])) return 0;
  }
  const auto second = static_cast<unsigned char>(text[1]);
  const bool overlong = (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90);
  const bool no_character = (first == 0xED && second > 0x9F) || (first == 0xF4 && second > 0x8F);
  return overlong || no_character ? 0 : length;
}

std::string without_middle(std::string_view text) {
  std::size_t front = kLongest / 3;
  std::size_t back = text.size() - (kLongest - front);
  while (front > 0 && continues_character(text[front])) --front;
  while (back < text.size() && continues_character(text[back])) ++back;
  return std::string(text.substr(0, front)) + "…" + std::string(text.substr(back));
}

}  // namespace

std::string in_quotes(std::string_view text) {
  const std::string shown = text.size() > kLongest ? without_middle(text) : std::string(text);
  std::string result = "'";
  for (std::string_view rest = shown; !rest.empty();) {
    const std::size_t length = character_length(rest);
    result += length > 0 ? rest.substr(0, length) : "\uFFFD";
    rest.remove_prefix(length > 0 ? length : 1);
  }
  return result + "'";
}

}  // namespace videoenhance
