#include "core/weights/tensor_layout.h"

#include <algorithm>

namespace videoenhance {
namespace {

bool is_negative(std::int64_t value) {
  return value < 0;
}

}  // namespace

std::optional<std::size_t> bytes_of_shape(const std::vector<std::int64_t>& shape, std::size_t element) {
  if (shape.size() > kMaxRank || std::ranges::any_of(shape, is_negative)) return std::nullopt;
  auto total = static_cast<std::int64_t>(element);
  for (const std::int64_t size : shape) {
    // Without the empty dimensions, so that the strides of an empty tensor do not overflow either.
    if (__builtin_mul_overflow(total, std::max<std::int64_t>(size, 1), &total)) return std::nullopt;
  }
  return std::ranges::count(shape, 0) > 0 ? 0 : static_cast<std::size_t>(total);
}

std::optional<std::size_t> bytes_reached(const std::vector<std::int64_t>& shape,
                                         const std::vector<std::int64_t>& strides, std::size_t element) {
  const auto bytes = bytes_of_shape(shape, element);
  if (!bytes || shape.size() != strides.size() || std::ranges::any_of(strides, is_negative))
    return std::nullopt;
  if (*bytes == 0) return 0;
  std::int64_t elements = 1;
  for (std::size_t k = 0; k < shape.size(); ++k) {
    std::int64_t span = 0;
    if (__builtin_mul_overflow(shape[k] - 1, strides[k], &span)) return std::nullopt;
    if (__builtin_add_overflow(elements, span, &elements)) return std::nullopt;
  }
  if (__builtin_mul_overflow(elements, static_cast<std::int64_t>(element), &elements)) return std::nullopt;
  return static_cast<std::size_t>(elements);
}

std::vector<std::int64_t> row_major_strides(const std::vector<std::int64_t>& shape) {
  std::vector<std::int64_t> strides(shape.size(), 1);
  for (std::size_t k = shape.size(); k-- > 1;)
    strides[k - 1] = strides[k] * std::max<std::int64_t>(shape[k], 1);
  return strides;
}

std::string to_words(const std::vector<std::int64_t>& shape) {
  std::string words = "[";
  for (std::size_t k = 0; k < shape.size(); ++k) words += (k > 0 ? ", " : "") + std::to_string(shape[k]);
  return words + "]";
}

}  // namespace videoenhance
