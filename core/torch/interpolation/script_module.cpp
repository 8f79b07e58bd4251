#include "core/torch/interpolation/script_module.h"

#include <torch/csrc/jit/serialization/import.h>

#include <algorithm>

#include "core/torch/runtime/describe_error.h"
#include "core/weights/refusal.h"

namespace videoenhance {
namespace {

using Time = ScriptDeclaration::Time;
using Values = std::vector<c10::IValue>;

// What forward() is given.
Values inputs(const ScriptDeclaration& declaration, const at::Tensor& left, const at::Tensor& right,
              double time) {
  Values values = {left, right};
  const auto add = [&](at::IntArrayRef shape) { values.emplace_back(at::full(shape, time, left.options())); };
  switch (declaration.time) {
    case Time::kNone:
      break;
    case Time::kNumber:
      values.emplace_back(time);
      break;
    case Time::kMap:
      add({1, 1, left.size(2), left.size(3)});
      break;
    case Time::kTensor:
      add(declaration.time_shape);
      break;
  }
  return values;
}

// Why forward() does not take these values; empty if it does. Inputs with defaults may be left out.
std::string mismatch(const c10::FunctionSchema& schema, const Values& values) {
  const std::vector<c10::Argument> arguments(schema.arguments().begin() + 1, schema.arguments().end());
  const auto needs = std::ranges::count_if(
      arguments, [](const c10::Argument& argument) { return !argument.default_value().has_value(); });
  if (static_cast<std::size_t>(needs) > values.size() || values.size() > arguments.size()) {
    return "for " + std::to_string(values.size()) + " inputs, and it is for " +
           std::to_string(values.size() > arguments.size() ? static_cast<std::ptrdiff_t>(arguments.size())
                                                           : needs);
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto given = values[i].type(), taken = arguments[i].type();
    if (!given->isSubtypeOf(*taken)) {
      return "whose input " + std::to_string(i + 1) + " is a " + given->repr_str() + ", and it is a " +
             taken->repr_str();
    }
  }
  return {};
}

}  // namespace

struct ScriptModule::Program {
  torch::jit::Method forward;
  ScriptDeclaration declaration;
  std::string file;
};

Result<ScriptModule> ScriptModule::load(const std::filesystem::path& path,
                                        const ScriptDeclaration& declaration, c10::Device device) try {
  const std::string file = in_quotes(path.filename().native());
  auto module = torch::jit::load(path.native(), device);
  module.eval();
  const auto forward = module.find_method("forward");
  if (!forward)
    return fail(ErrorKind::kBadModel, "The TorchScript module " + file + " has no forward().", path.string());
  const at::Tensor pixel = at::zeros({1, 3, 1, 1}, device);
  const auto trouble = mismatch(forward->function().getSchema(), inputs(declaration, pixel, pixel, 0.5));
  if (!trouble.empty()) {
    return fail(
        ErrorKind::kBadModel,
        "The declaration of " + file + " promises a forward() " + trouble +
            ": correct \"time\" there, or export a module that takes two pictures and perhaps a time.",
        path.string());
  }
  return ScriptModule(std::make_shared<const Program>(*forward, declaration, file));
} catch (...) {
  const Error error = describe_torch_exception(std::current_exception());
  if (error.kind == ErrorKind::kNoMemory) return tl::unexpected(error);
  return fail(
      ErrorKind::kBadModel,
      "The TorchScript module " + in_quotes(path.filename().native()) +
          " cannot be loaded: it is damaged, or made for another version of LibTorch or another device.",
      path.string() + ": " + error.detail);
}

Result<at::Tensor> ScriptModule::forward(const at::Tensor& left, const at::Tensor& right, double time) const {
  const auto result = program_->forward(inputs(program_->declaration, left, right, time));
  if (result.isTensor()) return result.toTensor();
  return fail(ErrorKind::kBadModel, "forward() of the TorchScript module " + program_->file +
                                        " must give one tensor and gives a " + result.type()->repr_str() +
                                        ".");
}

}  // namespace videoenhance
