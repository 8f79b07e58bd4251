// Which bytes a shape and its strides reach. All numbers may come from a hostile file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace videoenhance {

inline constexpr std::size_t kMaxRank = 64;

// Bytes of all elements of `shape`. Nothing if a size is negative, the rank above kMaxRank or the product of
// the sizes above 0 and `element` above 2^63 - 1.
std::optional<std::size_t> bytes_of_shape(const std::vector<std::int64_t>& shape, std::size_t element);

// Bytes from the first element to the end of the last one. Nothing where bytes_of_shape has nothing, the
// ranks differ, a stride is negative, or the sum is above 2^63 - 1.
std::optional<std::size_t> bytes_reached(const std::vector<std::int64_t>& shape,
                                         const std::vector<std::int64_t>& strides, std::size_t element);

// Strides of row-major order, for a shape that bytes_of_shape accepts.
std::vector<std::int64_t> row_major_strides(const std::vector<std::int64_t>& shape);

// "[64, 3, 3, 3]"
std::string to_words(const std::vector<std::int64_t>& shape);

}  // namespace videoenhance
