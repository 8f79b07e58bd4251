// TorchScript files made from source.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "core/torch/pch/aten.h"

namespace videoenhance {

// Saves a module with these methods, in the language of TorchScript. They find a parameter `one`, which is
// 1, and a buffer `calls`, which is 0.
void save_scripted(const std::filesystem::path& path, const std::string& methods);

// The same, but without any tensor: as a frozen module, whose weights are constants of its program.
void save_frozen(const std::filesystem::path& path, const std::string& methods);

// Saves parameters in nested modules, whose names the dots in the keys part, and no method.
void save_weights(const std::filesystem::path& path, const std::map<std::string, at::Tensor>& weights);

}  // namespace videoenhance
