// Any TorchScript module that draws a frame between two, as a network of the pair engine.
#pragma once

#include "core/torch/interpolation/pair_network.h"

namespace videoenhance {

// Reads the declaration beside the file, loads the program and tries it out on small pictures. Errors:
// kBadModel, kUnreadable: no or a wrong declaration, a module that does not load or does not do what its
// declaration promises.
Result<std::shared_ptr<const PairNetwork>> load_script_network(const std::filesystem::path& path,
                                                               c10::Device device);

}  // namespace videoenhance
