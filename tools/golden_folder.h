// A folder that holds a model, its inputs and the result that another program got from them.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/engine/engine.h"
#include "core/engine/result.h"

namespace videoenhance {

// A float32 tensor, row-major.
struct Values {
  std::vector<std::int64_t> shape;
  std::vector<float> data;
};

struct Manifest {
  std::filesystem::path folder;
  nlohmann::json fields;

  std::string model() const;
};

// Errors: kNotFound, kUnreadable, kBadModel, naming the file.
Result<Manifest> read_manifest(const std::filesystem::path& folder);

// The tensor `name` of the safetensors file FOLDER/`name`.safetensors, or of FOLDER/`file`.safetensors.
Result<Values> read_values(const std::filesystem::path& folder, const std::string& file,
                           const std::string& name);

// Writes one float32 tensor as a safetensors file. Errors: kUnreadable.
Status write_values(const std::filesystem::path& path, const std::string& name, const Values& values);

// Picture `index` of planar float32 [N,3,H,W] pictures, not copied.
FrameView view_of(const Values& pictures, std::size_t index = 0);
FrameSpan span_of(Values& pictures, std::size_t index = 0);

}  // namespace videoenhance
