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

void save_weights(const std::filesystem::path& path, const std::map<std::string, at::Tensor>& weights) {
  torch::jit::Module root("Root");
  for (const auto& [key, tensor] : weights) {
    torch::jit::Module module = root;
    std::size_t begin = 0;
    for (std::size_t dot; (dot = key.find('.', begin)) != std::string::npos; begin = dot + 1) {
      const std::string name = key.substr(begin, dot - begin);
      if (!module.hasattr(name)) module.register_module(name, torch::jit::Module("Part"));
      module = module.attr(name).toModule();
    }
    module.register_parameter(key.substr(begin), tensor, /*is_buffer=*/false);
  }
  root.save(path.native());
}

}  // namespace videoenhance
