#include "tests/core/weights/tensor_elements.h"

#include <cmath>
#include <cstring>
#include <stdexcept>

namespace videoenhance {
namespace {

template <typename T>
T load(const std::byte* place) {
  T value;
  std::memcpy(&value, place, sizeof(value));
  return value;
}

// Normal numbers and zero only.
double half_to_double(std::uint16_t bits) {
  if ((bits & 0x7FFF) == 0) return 0.0;
  const double magnitude = std::ldexp(1024 + (bits & 0x3FF), ((bits >> 10) & 0x1F) - 25);
  return (bits & 0x8000) != 0 ? -magnitude : magnitude;
}

double bfloat_to_double(std::uint16_t bits) {
  const std::uint32_t wide = std::uint32_t{bits} << 16;
  return load<float>(reinterpret_cast<const std::byte*>(&wide));
}

double element(DataType type, const std::byte* place) {
  switch (type) {
    case DataType::kFloat32:
      return load<float>(place);
    case DataType::kFloat64:
      return load<double>(place);
    case DataType::kFloat16:
      return half_to_double(load<std::uint16_t>(place));
    case DataType::kBFloat16:
      return bfloat_to_double(load<std::uint16_t>(place));
    case DataType::kInt64:
      return static_cast<double>(load<std::int64_t>(place));
    case DataType::kInt32:
      return load<std::int32_t>(place);
    case DataType::kInt16:
      return load<std::int16_t>(place);
    case DataType::kInt8:
      return load<std::int8_t>(place);
    case DataType::kUint8:
    case DataType::kBool:
      return load<std::uint8_t>(place);
  }
  throw std::logic_error("a type that this test does not know");
}

}  // namespace

std::vector<double> elements_of(const TensorView& view) {
  std::vector<double> elements;
  std::vector<std::int64_t> index(view.shape.size(), 0);
  for (const std::int64_t size : view.shape) {
    if (size == 0) return elements;
  }
  while (true) {
    std::int64_t offset = 0;
    for (std::size_t k = 0; k < index.size(); ++k) offset += index[k] * view.strides[k];
    elements.push_back(
        element(view.type, view.data + offset * static_cast<std::int64_t>(bytes_of(view.type))));
    std::size_t k = index.size();
    while (k > 0 && ++index[k - 1] == view.shape[k - 1]) index[--k] = 0;
    if (k == 0) return elements;
  }
}

}  // namespace videoenhance
