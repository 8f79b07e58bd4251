// Named tensors out of a weight file, with strict names, shapes and values.
#pragma once

#include <string>

#include "core/engine/result.h"
#include "core/torch/binding/tensor_shapes.h"
#include "core/torch/pch/aten.h"
#include "core/weights/weight_file.h"

namespace videoenhance {

using TensorsByKey = std::map<std::string, at::Tensor>;

class WeightBinder {
 public:
  // prefix: what data-parallel training put before every key, such as "module."; may be missing in the file.
  // `file` must outlive the binder.
  WeightBinder(const WeightFile& file, const std::string& prefix);

  std::string file_name() const { return file_.path().filename().string(); }

  // Keys without the prefix, and shapes: what recognising an architecture needs.
  const ShapesByKey& shapes() const { return shapes_; }

  // Contiguous float32 copies on a device, under the wanted keys. What is not wanted (leftovers of training)
  // is ignored. Errors: kBadModel, naming file and key: a missing key, another shape, a value that is not
  // finite.
  Result<TensorsByKey> take(const ShapesByKey& wanted, c10::Device device) const;

 private:
  Result<at::Tensor> take_one(const std::string& key, const Shape& shape) const;
  tl::unexpected<Error> missing(const std::string& key, const Shape& shape) const;
  tl::unexpected<Error> refuse(const std::string& key, const std::string& trouble) const;

  const WeightFile& file_;
  ShapesByKey shapes_;
  std::map<std::string, std::string> full_keys_;  // by key without the prefix
};

}  // namespace videoenhance
