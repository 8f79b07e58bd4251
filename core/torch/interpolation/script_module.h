// A TorchScript program that draws a frame between two. The only files that include LibTorch's interpreter.
#pragma once

#include <filesystem>
#include <memory>

#include "core/torch/interpolation/script_declaration.h"
#include "core/torch/pch/aten.h"

namespace videoenhance {

class ScriptModule {
 public:
  // Loads a file whose program may be run: loading alone can run parts of it. Errors: kBadModel, for a file
  // that is damaged or no module, and for a forward() without the inputs that are declared.
  static Result<ScriptModule> load(const std::filesystem::path& path, const ScriptDeclaration& declaration,
                                   c10::Device device);

  // What forward() gives for two pictures, float32 [1,3,H,W], which it may write into. Errors: kBadModel,
  // unless that is one tensor. Throws what the program throws.
  Result<at::Tensor> forward(const at::Tensor& left, const at::Tensor& right, double time) const;

 private:
  struct Program;
  explicit ScriptModule(std::shared_ptr<const Program> program) : program_(std::move(program)) {}

  std::shared_ptr<const Program> program_;
};

}  // namespace videoenhance
