#include "tests/torch/scripted_module.h"

#include <ATen/ops/ones.h>
#include <torch/csrc/jit/api/module.h>

namespace videoenhance {

void save_scripted(const std::filesystem::path& path, const std::string& methods) {
  torch::jit::Module module("Scripted");
  module.register_parameter("one", at::ones({1}), /*is_buffer=*/false);
  module.register_buffer("calls", at::zeros({1}));
  module.define(methods + "\n");
  module.save(path.native());
}

void save_frozen(const std::filesystem::path& path, const std::string& methods) {
  torch::jit::Module module("Frozen");
  module.define(methods + "\n");
  module.save(path.native());
}

}  // namespace videoenhance
