#include "core/torch/binding/weight_binder.h"

#include <ATen/ops/isfinite.h>

#include <algorithm>

namespace videoenhance {
namespace {

c10::ScalarType scalar_type(DataType type) {
  switch (type) {
    case DataType::kFloat32:
      return c10::kFloat;
    case DataType::kFloat64:
      return c10::kDouble;
    case DataType::kFloat16:
      return c10::kHalf;
    case DataType::kBFloat16:
      return c10::kBFloat16;
    case DataType::kInt64:
      return c10::kLong;
    case DataType::kInt32:
      return c10::kInt;
    case DataType::kInt16:
      return c10::kShort;
    case DataType::kInt8:
      return c10::kChar;
    case DataType::kUint8:
      return c10::kByte;
    case DataType::kBool:
      return c10::kBool;
  }
  return c10::kFloat;
}

// float32, contiguous. The file's bytes may be unaligned: they are copied before LibTorch looks at them.
at::Tensor values_of(const TensorView& view) {
  const auto elements = static_cast<std::int64_t>(view.extent / bytes_of(view.type));
  at::Tensor flat = at::empty({elements}, at::TensorOptions().dtype(scalar_type(view.type)));
  std::copy_n(view.data, static_cast<std::size_t>(elements) * bytes_of(view.type),
              static_cast<std::byte*>(flat.data_ptr()));
  return flat.as_strided(view.shape, view.strides).to(c10::kFloat).contiguous();
}

}  // namespace

WeightBinder::WeightBinder(const WeightFile& file, const std::string& prefix) : file_(file) {
  for (const auto& [full_key, view] : file.tensors()) {
    const std::string key = full_key.starts_with(prefix) ? full_key.substr(prefix.size()) : full_key;
    shapes_[key] = view.shape;
    full_keys_[key] = full_key;
  }
}

Result<TensorsByKey> WeightBinder::take(const ShapesByKey& wanted, c10::Device device) const {
  TensorsByKey tensors;
  for (const auto& [key, shape] : wanted) {
    auto tensor = take_one(key, shape);
    if (!tensor) return tl::unexpected(tensor.error());
    tensors[key] = tensor->to(device);
  }
  return tensors;
}

Result<at::Tensor> WeightBinder::take_one(const std::string& key, const Shape& shape) const {
  const auto full_key = full_keys_.find(key);
  if (full_key == full_keys_.end()) return missing(key, shape);
  const TensorView& view = file_.tensors().at(full_key->second);
  if (view.shape != shape) {
    return refuse(key, "has the shape " + shape_text(view.shape) + " instead of " + shape_text(shape));
  }
  at::Tensor values = values_of(view);
  if (!at::isfinite(values).all().item<bool>()) return refuse(key, "holds NaN or infinity");
  return values;
}

tl::unexpected<Error> WeightBinder::missing(const std::string& key, const Shape& shape) const {
  for (const auto& [name, global] : file_.foreign()) {
    if (name == key || name.ends_with("." + key)) {
      return refuse(key, "is no tensor but a call of " + global + ", which is never executed");
    }
  }
  return refuse(key, "is missing (expected with the shape " + shape_text(shape) + ")");
}

tl::unexpected<Error> WeightBinder::refuse(const std::string& key, const std::string& trouble) const {
  return fail(ErrorKind::kBadModel,
              "The weights " + file_name() + " cannot be used: " + key + " " + trouble + ".",
              file_.path().string());
}

}  // namespace videoenhance
