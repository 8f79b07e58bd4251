#include "benchmarks/operator_work.h"

#include <algorithm>
#include <array>
#include <optional>

namespace videoenhance {
namespace {

using Values = c10::ArrayRef<c10::IValue>;

enum class Product {
  kConvolution,
  kDeconvolution,
  kEitherConvolution,
  kMatrices,
  kAttention,
  kBlockAttention
};

struct KnownProduct {
  std::string_view name;
  Product product;
  std::size_t first;  // places of its two factors among the inputs
  std::size_t second;
};

constexpr std::array kProducts = {
    KnownProduct{"aten::conv2d", Product::kConvolution, 0, 1},
    KnownProduct{"aten::conv3d", Product::kConvolution, 0, 1},
    KnownProduct{"mkldnn::_convolution_pointwise", Product::kConvolution, 0, 1},
    KnownProduct{"aten::conv_transpose2d", Product::kDeconvolution, 0, 1},
    KnownProduct{"mkldnn::_convolution_transpose_pointwise", Product::kDeconvolution, 0, 1},
    KnownProduct{"aten::convolution", Product::kEitherConvolution, 0, 1},
    KnownProduct{"aten::_convolution", Product::kEitherConvolution, 0, 1},
    KnownProduct{"aten::linear", Product::kMatrices, 0, 1},
    KnownProduct{"aten::matmul", Product::kMatrices, 0, 1},
    KnownProduct{"aten::mm", Product::kMatrices, 0, 1},
    KnownProduct{"aten::bmm", Product::kMatrices, 0, 1},
    KnownProduct{"aten::addmm", Product::kMatrices, 1, 2},
    KnownProduct{"aten::baddbmm", Product::kMatrices, 1, 2},
    KnownProduct{"aten::scaled_dot_product_attention", Product::kAttention, 0, 1},
    KnownProduct{"block_attention", Product::kBlockAttention, 0, 1},
};

constexpr std::string_view kRowChain = "row_chain";

const KnownProduct* find_product(std::string_view name) {
  const auto found = std::ranges::find(kProducts, name, &KnownProduct::name);
  return found == kProducts.end() ? nullptr : &*found;
}

at::Tensor tensor_at(std::string_view name, Values values, std::size_t place) {
  const bool is_there =
      place < values.size() && values[place].isTensor() && values[place].toTensor().defined();
  TORCH_CHECK(is_there, name, " has no tensor where one is known to be, at ", place);
  return values[place].toTensor();
}

// A convolution with something that it adds has that in the second place.
std::size_t place_of_weight(const KnownProduct& known, Values inputs) {
  const bool adds = known.name == "mkldnn::_convolution_pointwise" && inputs.size() > 2 &&
                    inputs[2].isTensor() && inputs.size() > 3 && !inputs[3].isIntList();
  return adds ? 2 : known.second;
}

// Each place meets each number of the weight once: places of the output, or of the input of a deconvolution.
double convolution(const at::Tensor& places, const at::Tensor& weight) {
  return static_cast<double>(places.numel() / places.size(1)) * static_cast<double>(weight.numel());
}

// queries: [windows,tokens,heads * width], chosen: bool [heads,windows,keys].
double block_attention(const at::Tensor& queries, const at::Tensor& chosen) {
  const auto* first = chosen.const_data_ptr<bool>();
  const auto pairs = static_cast<double>(std::count(first, first + chosen.numel(), true));
  const auto tokens = static_cast<double>(queries.size(1));
  return 2 * pairs * tokens * tokens * static_cast<double>(queries.size(2) / chosen.size(0));
}

double multiplications(const KnownProduct& known, Values inputs, Values outputs) {
  const at::Tensor first = tensor_at(known.name, inputs, known.first);
  const at::Tensor second = tensor_at(known.name, inputs, place_of_weight(known, inputs));
  if (known.product == Product::kBlockAttention) return block_attention(first, second);
  const at::Tensor out = tensor_at(known.name, outputs, 0);
  constexpr std::size_t kTransposed = 6;
  switch (known.product) {
    case Product::kMatrices:
      return static_cast<double>(out.numel()) * static_cast<double>(first.size(-1));
    case Product::kAttention:
      return static_cast<double>(first.numel() + out.numel()) * static_cast<double>(second.size(-2));
    case Product::kEitherConvolution:
      return convolution(inputs.at(kTransposed).toBool() ? first : out, second);
    default:
      return convolution(known.product == Product::kDeconvolution ? first : out, second);
  }
}

// A tensor that repeats its memory has no more than there is.
double bytes_of(const at::Tensor& tensor) {
  if (!tensor.defined()) return 0;
  const std::size_t bytes = tensor.numel() * tensor.element_size();
  return static_cast<double>(tensor.has_storage() ? std::min(bytes, tensor.storage().nbytes()) : bytes);
}

std::vector<at::Tensor> tensors_of(Values values) {
  std::vector<at::Tensor> tensors;
  for (const auto& value : values) {
    if (value.isTensor()) tensors.push_back(value.toTensor());
    if (value.isTensorList()) {
      for (const at::Tensor& tensor : value.toTensorList()) tensors.push_back(tensor);
    }
  }
  return tensors;
}

double bytes_of(const std::vector<at::Tensor>& tensors) {
  double bytes = 0;
  for (const auto& tensor : tensors) bytes += bytes_of(tensor);
  return bytes;
}

bool shares_memory(const at::Tensor& first, const at::Tensor& second) {
  return first.defined() && second.defined() && first.has_storage() && second.has_storage() &&
         first.is_alias_of(second);
}

double bytes_of_kernel(Values touched) {
  double bytes = bytes_of(tensors_of(touched));
  for (const auto& value : touched) bytes += value.isInt() ? static_cast<double>(value.toInt()) : 0;
  return bytes;
}

// How many products, and their type.
Work work_of_rows(Values inputs) {
  TORCH_CHECK(inputs.size() == 2 && inputs[0].isDouble() && inputs[1].isInt(), kRowChain, " has other marks");
  return {{{static_cast<c10::ScalarType>(inputs[1].toInt()), 2 * inputs[0].toDouble()}}, 0};
}

double bytes_of_operator(std::string_view name, Values inputs, Values outputs) {
  if (name.starts_with("aten::empty") || name.starts_with("aten::new_empty")) return 0;
  const auto read = tensors_of(inputs), written = tensors_of(outputs);
  // What it writes to is the first of its inputs.
  if (name == "aten::copy_" || name == "aten::fill_" || name == "aten::zero_") return bytes_of(read);
  if (!name.ends_with('_')) {
    for (const auto& result : written) {
      if (std::ranges::any_of(read, [&](const at::Tensor& tensor) { return shares_memory(result, tensor); }))
        return 0;
    }
  }
  return bytes_of(read) + bytes_of(written);
}

}  // namespace

Work& Work::operator+=(const Work& other) {
  for (const auto& [type, count] : other.operations) operations[type] += count;
  bytes += other.bytes;
  return *this;
}

bool is_product(std::string_view name) {
  return name == kRowChain || find_product(name) != nullptr;
}

Work work_of(std::string_view name, Values inputs, Values outputs) {
  if (name == kRowChain) return work_of_rows(inputs);
  if (const KnownProduct* known = find_product(name)) {
    const double operations = 2 * multiplications(*known, inputs, outputs);
    return {{{tensor_at(name, inputs, known->first).scalar_type(), operations}}, 0};
  }
  const bool is_kernel = name.find("::") == std::string_view::npos;
  return {{}, is_kernel ? bytes_of_kernel(inputs) : bytes_of_operator(name, inputs, outputs)};
}

}  // namespace videoenhance
